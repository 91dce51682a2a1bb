// How long does a client-id document stay fresh? RFC 9111 §4.2.1 within the bounds of security.md R107.

import { type EpochSeconds, type Seconds, seconds } from '../protocol/time.ts'

const shortest = 60
const usual = 5 * 60
const longest = 24 * 60 * 60

function statedLifetime(headers: Headers, now: EpochSeconds): number | undefined {
  const directives = (headers.get('Cache-Control') ?? '')
    .toLowerCase()
    .split(',')
    .map((text) => text.trim())
  if (directives.some((directive) => /^(?:no-store|no-cache)\b/.test(directive))) return 0
  const numberOf = (name: string): number | undefined => {
    const value = directives.find((directive) => directive.startsWith(`${name}=`))
    const digits = /=\s*"?(\d{1,10})"?$/.exec(value ?? '')?.[1]
    return digits === undefined ? undefined : Number(digits)
  }
  const maxAge = numberOf('s-maxage') ?? numberOf('max-age')
  const age = headers.get('Age') ?? ''
  if (maxAge !== undefined) return maxAge - (/^\d{1,10}$/.test(age) ? Number(age) : 0)
  const expires = headers.get('Expires')
  if (expires === null) return undefined
  const [end, start] = [Date.parse(expires), Date.parse(headers.get('Date') ?? '')]
  // RFC 9111 §5.3: what is no date has expired.
  if (Number.isNaN(end)) return 0
  return end / 1000 - (Number.isNaN(start) ? now : start / 1000)
}

/** How long an answer may be used without asking again: 5 minutes, or what it says between 1 minute and 24 hours. */
export const freshnessOf = (headers: Headers, now: EpochSeconds): Seconds =>
  seconds(Math.min(longest, Math.max(shortest, statedLifetime(headers, now) ?? usual)))
