// What a personal token looks like: a prefix that scanners for leaked secrets can be told of, 256 random bits, a checksum.

import { crc32 } from 'node:zlib'

export const personalTokenPrefix = 'sallyport_pat_'

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const randomLength = 43
const checksumLength = 6

// Letters and digits only: a double click takes the whole, and no shell, URL or YAML file reads it otherwise.
function base62(value: bigint, length: number): string {
  let rest = value
  let text = ''
  for (let at = 0; at < length; at += 1) {
    text = digits.charAt(Number(rest % 62n)) + text
    rest /= 62n
  }
  return text
}

const checksumOf = (text: string): string => base62(BigInt(crc32(text)), checksumLength)

/**
 * The token made of a random value: `sallyport_pat_`, 43 and 6 letters and digits. The checksum tells a
 * mistyped or invented token from one of ours without asking anybody; it proves nothing else.
 *
 * @param random 32 random bytes as base64url, which are kept whole: 62^43 > 2^256
 */
export function formatPersonalToken(random: string): string {
  const bytes = Buffer.from(random, 'base64url')
  if (bytes.length !== 32) throw new Error('A personal token is made of 32 random bytes')
  const begin = personalTokenPrefix + base62(BigInt(`0x${bytes.toString('hex')}`), randomLength)
  return begin + checksumOf(begin)
}

/** Whether a text is meant to be a personal token: it begins like one. */
export const isPersonalToken = (text: string): boolean => text.startsWith(personalTokenPrefix)

const whole = new RegExp(`^${personalTokenPrefix}[0-9A-Za-z]{${randomLength + checksumLength}}$`)

/** Whether the text has the form of a token of ours, checksum included. Says nothing of whether there is such a token. */
export function isWellFormedPersonalToken(text: string): boolean {
  return (
    whole.test(text) && checksumOf(text.slice(0, -checksumLength)) === text.slice(-checksumLength)
  )
}
