// Secrets: given as a value or in a file, never both, never weak, never printed (R109, R112, R116).

import { resolve } from 'node:path'
import { type Secret, secret } from '../protocol/secret.ts'
import type { ReadFile } from './files.ts'
import { type Findings, shown, unreadable } from './findings.ts'

export type SecretSource = {
  readonly readFile: ReadFile
  /** Whether files that others can read are accepted wherever they are. */
  readonly allowReadable: boolean
  readonly findings: Findings
}

const knownWeak: ReadonlySet<string> = new Set([
  'admin',
  'changeit',
  'change-me',
  'change_me',
  'changeme',
  'client-secret',
  'client_secret',
  'default',
  'letmein',
  'my-client-secret',
  'my-secret',
  'my-secret-key',
  'mysecret',
  'none',
  'null',
  'password',
  'secret',
  'secret-key',
  'test',
  'undefined',
])

const isRepeated = (value: string): boolean => /^(.{1,4}?)\1+$/s.test(value)

const isLongRepeated = (value: string): boolean => /^(.{1,16}?)\1+$/s.test(value)

/** Whether anyone would guess it: empty, on every list, or one short piece over and over. */
export function isWeakSecret(value: string): boolean {
  const plain = value.trim().toLowerCase()
  return plain.length < 4 || knownWeak.has(plain) || isRepeated(plain)
}

/** Whether it looks like the gap in a documentation example, `<INSERT_VALUE>` or `your-client-secret`. */
export function isPlaceholder(value: string): boolean {
  return /^<.*>$|^\$\{.*\}$|^\$[A-Z_]+$|^your[-_ ]|insert[-_ ]|^x{4,}$|^\.{3}$/i.test(value.trim())
}

const mountedByEngine = (path: string): boolean => /^(?:\/var)?\/run\/secrets\//.test(resolve(path))

function readSecretFile(setting: string, path: string, source: SecretSource): string | undefined {
  const reading = source.readFile(path)
  const say = (what: string) =>
    source.findings.problem(`Cannot read setting "${setting}": the file ${shown(path)} ${what}`)
  if (reading.kind === 'missing') say('does not exist')
  else if (reading.kind === 'unreadable') say(`cannot be used: ${reading.reason}`)
  else if ((reading.mode & 0o077) !== 0 && !source.allowReadable && !mountedByEngine(path))
    say(
      'can be read by others on this machine; give it mode 0600, or set SALLYPORT_ALLOW_READABLE_SECRETS=true',
    )
  else return reading.text.replace(/\r?\n$/, '')
  return undefined
}

/**
 * The secret of a setting, or undefined when there is none or it cannot be had (a problem then).
 * One newline at the end of a file is not part of it. Files below `/run/secrets` may be readable by others.
 *
 * Does not judge its strength.
 */
export function resolveSecret(
  setting: string,
  value: string | undefined,
  file: string | undefined,
  source: SecretSource,
): Secret | undefined {
  if (value !== undefined && file !== undefined) {
    source.findings.problem(
      `Setting "${setting}" is given twice, as a value and as "${setting}_file"; keep one`,
    )
    return undefined
  }
  if (file === undefined) return value === undefined ? undefined : secret(value)
  const text = readSecretFile(`${setting}_file`, file, source)
  return text === undefined ? undefined : secret(text)
}

/** Refuses a weak client secret and warns of one that was never filled in. */
export function judgeClientSecret(setting: string, value: Secret, findings: Findings): void {
  const text = value.reveal()
  if (isPlaceholder(text)) {
    findings.warn(`Setting "${setting}" looks like a placeholder: no login will succeed with it`)
  } else if (isWeakSecret(text)) {
    findings.problem(unreadable(setting, 'a secret that cannot be guessed'))
  }
}

/** Fewer than this many different characters are no 32 random bytes, in whatever form they are written. */
const fewestCharacters = 8

/** Refuses a secret of ours, or of a client of ours, that is not 32 random bytes (R85, R109). */
export function judgeOwnSecret(setting: string, value: Secret, findings: Findings): void {
  const text = value.reveal()
  const isStrong =
    Buffer.byteLength(text) >= 32 &&
    new Set(text).size >= fewestCharacters &&
    !isLongRepeated(text) &&
    !isWeakSecret(text) &&
    !isPlaceholder(text)
  if (!isStrong)
    findings.problem(
      unreadable(setting, 'at least 32 random bytes; "openssl rand -base64 48" prints some'),
    )
}
