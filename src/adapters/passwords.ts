// Passwords of local accounts: hashing them, checking them, and which new ones are good enough (RFC 9106).

import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Secret } from '../protocol/secret.ts'

type Parameters = { readonly memory: number; readonly passes: number; readonly lanes: number }

// OWASP's first choice, 19 MiB and 2 passes: about 50 ms of one core. More memory would not fit a
// container of 256 MiB twice over beside everything else; an account here has a long password and a limit
// on attempts before an attacker gets to the hash.
const current: Parameters = { memory: 19_456, passes: 2, lanes: 1 }

// A stored hash may ask for other parameters, but not for the whole machine.
const greatest: Parameters = { memory: 262_144, passes: 10, lanes: 4 }

const saltLength = 16
const hashLength = 32

// Two of libuv's four threads: files and names must still be looked up while people sign in.
const concurrent = 2
const longestQueue = 64

/** Nobody's password is longer: it is not hashed, so that a form of many megabytes costs nothing. */
export const longestPassword = 1024
export const shortestPassword = 12

let running = 0
const queue: Array<() => void> = []

/** Runs at most `concurrent` hashes at a time; the others wait in order. */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= concurrent) await new Promise<void>((resolve) => queue.push(resolve))
  else running++
  try {
    return await work()
  } finally {
    // The place is handed on, not given back: a newcomer must not overtake who waits.
    const next = queue.shift()
    if (next) next()
    else running--
  }
}

const revealed = (password: Secret | string): string =>
  // One spelling of each character, whatever keyboard made it. RFC 8265 §4.2.2
  (typeof password === 'string' ? password : password.reveal()).normalize('NFC')

const argon2id = (password: string, salt: Buffer, size: number, use: Parameters): Promise<Buffer> =>
  inTurn(() => {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
    const { memory, passes, lanes: parallelism } = use
    const input = { message: password, nonce: salt, tagLength: size, memory, passes, parallelism }
    argon2('argon2id', input, (fault, key) => (fault ? reject(fault) : resolve(key)))
    return promise
  })

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '')

const format = (salt: Buffer, key: Buffer, { memory, passes, lanes }: Parameters): string =>
  `$argon2id$v=19$m=${memory},t=${passes},p=${lanes}$${unpadded(salt)}$${unpadded(key)}`

/** Hashes a password with argon2id, off the event loop. The result is in PHC string form. */
export async function hashPassword(password: Secret | string): Promise<string> {
  const salt = randomBytes(saltLength)
  return format(salt, await argon2id(revealed(password), salt, hashLength, current), current)
}

const phc =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,64})\$([A-Za-z0-9+/]{22,86})$/

type Stored = { readonly use: Parameters; readonly salt: Buffer; readonly key: Buffer }

function parseStored(text: string): Stored {
  const [, memory, passes, lanes, salt = '', key = ''] = phc.exec(text) ?? []
  const use = { memory: Number(memory), passes: Number(passes), lanes: Number(lanes) }
  const isSound =
    use.memory >= 8 * use.lanes &&
    use.memory <= greatest.memory &&
    use.passes >= 1 &&
    use.passes <= greatest.passes &&
    use.lanes >= 1 &&
    use.lanes <= greatest.lanes
  if (!isSound) throw new Error('Cannot read a stored password hash: expected argon2id in PHC form')
  return { use, salt: Buffer.from(salt, 'base64'), key: Buffer.from(key, 'base64') }
}

/** `busy`: too many are waiting already, nothing was checked. */
export type PasswordCheck = 'match' | 'mismatch' | 'busy'

const nobodys = format(Buffer.alloc(saltLength), Buffer.alloc(hashLength), current)

/**
 * Whether the password is the one of the hash.
 *
 * @param stored PHC string; undefined for an account that does not exist: the same work is done, so that
 *   the time does not say which names exist, and the answer is `mismatch`
 * @throws when `stored` is not argon2id in PHC form
 */
export async function verifyPassword(
  password: Secret | string,
  stored: string | undefined,
): Promise<PasswordCheck> {
  const { use, salt, key } = parseStored(stored ?? nobodys)
  const text = revealed(password)
  if (Buffer.byteLength(text) > longestPassword) return 'mismatch'
  if (queue.length >= longestQueue) return 'busy'
  const same = timingSafeEqual(await argon2id(text, salt, key.length, use), key)
  return same && stored !== undefined ? 'match' : 'mismatch'
}

// Stems of what is guessed first. No rules on kinds of characters: they make passwords worse.
// NIST SP 800-63B-4 §3.1.1.2
const guessed = [
  'password',
  'passw0rd',
  'p@ssw0rd',
  'p@ssword',
  'passwort',
  'motdepasse',
  'qwertyuiop',
  'qwerty',
  'qwertz',
  'azerty',
  'asdfghjkl',
  '1q2w3e4r5t6y',
  '1q2w3e4r',
  '1qaz2wsx3edc',
  '1qaz2wsx',
  'administrator',
  'admin',
  'changeme',
  'letmein',
  'welcome',
  'iloveyou',
  'sunshine',
  'secret',
  'default',
  'correcthorsebatterystaple',
  'my-secret-key',
  'sallyport',
]

const sequences = ['01234567890123456789', 'abcdefghijklmnopqrstuvwxyz', '98765432109876543210']

/** What is left of the text when well-known words, sequences and the account's name are taken out. */
function remainder(text: string, accountName: string): string {
  let rest = text.toLowerCase()
  const name = accountName.length >= 3 ? [accountName] : []
  for (const word of [...name, ...guessed]) rest = rest.replaceAll(word, '')
  for (const sequence of sequences) {
    for (let length = sequence.length; length >= 3; length--) {
      for (let start = 0; start + length <= sequence.length; start++) {
        rest = rest.replaceAll(sequence.slice(start, start + length), '')
      }
    }
  }
  return rest
}

/**
 * Why a new password is not accepted, as the end of a sentence, or undefined when it is.
 *
 * @param accountName the account it is for: the name and little else is no password
 */
export function refuseNewPassword(password: string, accountName: string): string | undefined {
  const text = password.normalize('NFC')
  const length = Buffer.byteLength(text)
  if (length < shortestPassword) return `it is shorter than ${shortestPassword} bytes`
  if (length > longestPassword) return `it is longer than ${longestPassword} bytes`
  if (/\p{Cc}/u.test(text)) return 'it holds a control character'
  if (new Set(text).size < 5) return 'it repeats a few characters'
  if (/^(.{1,5})\1+$/u.test(text)) return 'it repeats a few characters'
  if (new Set(remainder(text, accountName)).size < 4) return 'it is one of those guessed first'
  return undefined
}
