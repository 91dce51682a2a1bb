// Codes that are good once: of an authenticator app (RFC 6238), and recovery codes on paper.
//
// jose signs with SHA-2 only, and every authenticator app expects SHA-1: so the one HMAC that RFC 4226 §5.3 asks
// for is Node's own.

import { createHmac, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import type { EpochSeconds } from '../protocol/time.ts'

// RFC 6238 §5.2: 30 seconds; RFC 4226 §5.3: six digits. Apps know no other.
const period = 30
const digits = 6

/** Steps before and after the present one whose codes are taken: clocks of phones differ. RFC 6238 §5.2 */
const skew = 1

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** RFC 4648 §6, without padding. */
function formatBase32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('')
  const groups = bits.match(/.{1,5}/g) ?? []
  return groups.map((group) => base32.charAt(Number.parseInt(group.padEnd(5, '0'), 2))).join('')
}

function parseBase32(text: string): Buffer {
  const bits = Array.from(text, (letter) =>
    base32.indexOf(letter).toString(2).padStart(5, '0'),
  ).join('')
  const bytes = bits.match(/.{8}/g) ?? []
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)))
}

/** A new secret of 160 bits, in base32. RFC 4226 §4 R6 */
export const newOneTimeSecret = (): string => formatBase32(randomBytes(20))

/** @see RFC 4226 §5.3 */
function codeOf(secret: Buffer, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', secret).update(counter).digest()
  const offset = (mac.at(-1) ?? 0) & 0xf
  const value = (mac.readUInt32BE(offset) & 0x7fffffff) % 10 ** digits
  return String(value).padStart(digits, '0')
}

/** The code that an app with this secret shows at a moment: for tests, and for nothing else. */
export const oneTimeCode = (secret: string, at: EpochSeconds): string =>
  codeOf(parseBase32(secret), Math.floor(at / period))

/**
 * The time step whose code this is, at `now` or one step before or after it; undefined: it is none of them.
 * Does not check whether it was used before: the store spends the step.
 */
export function matchOneTimeCode(
  secret: string,
  code: string,
  now: EpochSeconds,
): number | undefined {
  if (!/^[0-9]{6}$/.test(code)) return undefined
  const key = parseBase32(secret)
  const present = Math.floor(now / period)
  const steps = [present, present - skew, present + skew].filter((step) => step >= 0)
  // All are computed, whichever fits.
  const fitting = steps.filter((step) =>
    timingSafeEqual(Buffer.from(codeOf(key, step)), Buffer.from(code)),
  )
  return fitting[0]
}

/** The address that authenticator apps open. */
export function oneTimeSecretUri(secret: string, account: string, issuer: string): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`
  return `otpauth://totp/${label}?secret=${secret}&issuer=${encodeURIComponent(issuer)}`
}

// Without what looks like something else, and without vowels: they are written down and typed.
const letters = '23456789bcdfghjkmnpqrstvwxz'
const recoveryLength = 16
export const recoveryCodeCount = 10

const newRecoveryCode = (): string =>
  Array.from({ length: recoveryLength }, () => letters.charAt(randomInt(letters.length))).join('')

/** Ten new recovery codes of 76 bits each, as they are kept: without the dashes they are shown with. */
export const newRecoveryCodes = (): readonly string[] =>
  Array.from({ length: recoveryCodeCount }, newRecoveryCode)

export const formatRecoveryCode = (code: string): string => code.replace(/.{4}(?=.)/g, '$&-')

/** A recovery code as a person typed it; undefined when it cannot be one. */
export function parseRecoveryCode(text: string): string | undefined {
  if (text.length > 64) return undefined
  const code = text.toLowerCase().replace(/[\s-]/g, '')
  return code.length === recoveryLength && [...code].every((one) => letters.includes(one))
    ? code
    : undefined
}
