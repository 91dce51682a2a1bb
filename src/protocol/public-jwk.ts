// Is this a public key in JSON, and nothing but one? RFC 7517 §4, RFC 7518 §6, RFC 8037 §2.

/** A public key that verifies signatures. */
export type PublicJwk = {
  readonly kty: string
  readonly crv?: string
  readonly x?: string
  readonly y?: string
  readonly n?: string
  readonly e?: string
  readonly kid?: string
  readonly alg?: string
  readonly use?: string
}

type Members = Readonly<Record<string, unknown>>

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

// `k` is the symmetric key itself; the rest are the private parts of RSA, EC, OKP and AKP keys.
const privateMembers = ['k', 'd', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv']

// A modulus of 4096 bits has 683 characters; verifying with a longer one is what an attacker would like us to do.
const numberLimit = 683
const labelLimit = 256

const kinds: Readonly<Record<string, readonly (keyof PublicJwk)[]>> = {
  EC: ['crv', 'x', 'y'],
  OKP: ['crv', 'x'],
  RSA: ['n', 'e'],
}

const own = (members: Members, name: string): unknown =>
  Object.hasOwn(members, name) ? members[name] : undefined

const isNumber = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= numberLimit && /^[\w-]+$/.test(value)

const isLabel = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= labelLimit

/** Whether a value carries something of a private or symmetric key. */
export const hasPrivatePart = (value: unknown): boolean =>
  isMembers(value) && privateMembers.some((name) => Object.hasOwn(value, name))

/**
 * Takes the public EC, OKP or RSA key out of a value; certificates, URLs and whatever else it has stay behind. Total.
 * Does not check that the numbers are a point of the curve: importing the key does.
 *
 * @returns undefined when the value is no such key, has a private part, or is longer than 4096 bits
 * @see security.md R96, R104, R111
 */
export function parsePublicJwk(value: unknown): PublicJwk | undefined {
  if (!isMembers(value) || hasPrivatePart(value)) return undefined
  const kty = own(value, 'kty')
  if (typeof kty !== 'string' || !Object.hasOwn(kinds, kty)) return undefined
  const names = kinds[kty] ?? []
  if (!names.every((name) => isNumber(own(value, name)))) return undefined
  const labels = (['kid', 'alg', 'use'] as const).filter((name) => Object.hasOwn(value, name))
  if (!labels.every((name) => isLabel(own(value, name)))) return undefined
  const kept = [...names, ...labels].map((name) => [name, own(value, name)])
  return { kty, ...Object.fromEntries(kept) }
}
