// What `acr`, `amr` and `auth_time` of a token say: how many factors, and when? RFC 8176, OpenID Connect Core 1.0 §2.

import type { SignInAssurance } from './assurance.ts'
import type { Claims } from './claims.ts'
import { epochSeconds } from './time.ts'

/** By what an issuer says that there were two factors. One of the values is enough. */
export type SecondFactor = {
  /** Values of `acr`, and of Entra's `acrs`. */
  readonly acr: readonly string[]
  /** Values of `amr`. Undefined: `mfa`, or methods of two different kinds. */
  readonly amr?: readonly string[] | undefined
}

// RFC 8176 §2. `user`, `geo`, `rba` and the like are no factor of their own, and `mca` says nothing of which.
const kinds: Readonly<Record<string, readonly string[]>> = {
  known: ['pwd', 'pin', 'kba'],
  held: ['otp', 'hwk', 'swk', 'sms', 'tel', 'sc', 'pop'],
  own: ['face', 'fpt', 'iris', 'retina', 'vbm'],
}

const textsOf = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).filter((entry) => typeof entry === 'string')

const sharesOne = (some: readonly string[], others: readonly string[]): boolean =>
  some.some((one) => others.includes(one))

function showsTwo(methods: readonly string[], wanted: readonly string[] | undefined): boolean {
  if (wanted !== undefined) return sharesOne(methods, wanted)
  if (methods.includes('mfa')) return true
  return Object.values(kinds).filter((kind) => sharesOne(methods, kind)).length > 1
}

const mostMethods = 20

/**
 * What a verified token says of the sign-in. Does not check the token.
 *
 * @param secondFactor undefined: by `amr` alone
 * @returns undefined when it says nothing; `authenticatedAt` is absent when it does not say when
 * @see RFC 9068 §2.2.1 for access tokens
 */
export function readAssurance(
  claims: Claims,
  secondFactor: SecondFactor | undefined,
): SignInAssurance | undefined {
  const { amr, acr, acrs, auth_time: time } = claims
  if (amr === undefined && acr === undefined && acrs === undefined && time === undefined)
    return undefined
  const methods = textsOf(amr).slice(0, mostMethods)
  const classes = [...textsOf(acr), ...textsOf(acrs)]
  const said = typeof time === 'number' && Number.isFinite(time) && time > 0
  const two = showsTwo(methods, secondFactor?.amr) || sharesOne(classes, secondFactor?.acr ?? [])
  if (methods.length === 0 && !two && !said) return undefined
  return {
    factors: two ? 2 : 1,
    ...(methods.length === 0 ? {} : { methods: methods.map((method) => method.slice(0, 64)) }),
    ...(said ? { authenticatedAt: epochSeconds(time) } : {}),
  }
}
