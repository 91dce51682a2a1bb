// What a claims document (ID token, UserInfo, access token) says about a person. OpenID Connect Core 1.0 §5.1.

import { parseEmail } from './email.ts'
import type { Identity } from './identity.ts'

/** Claim names in order of preference; a name may be a path of members, `realm_access.roles`. */
export type ClaimNames = {
  readonly email: readonly string[]
  readonly name: readonly string[]
  readonly username: readonly string[]
  readonly groups: readonly string[]
}

/** How to read one issuer's claims. */
export type ClaimRules = {
  readonly claims: ClaimNames
  /** Takes an address as verified when the document says nothing about it (security.md R44). */
  readonly trustEmailWithoutClaim: boolean
  /** Takes the text `"true"` as true (security.md R44). */
  readonly acceptVerifiedAsText: boolean
  /** In what this issuer differs. */
  readonly quirks?: {
    /** The groups claim is an object whose member names are the groups. */
    readonly groupsAreMembers?: true
    /** The claim that says whether the address is verified, when `email_verified` is absent. */
    readonly verifiedBy?: string
  }
}

export type Claims = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Claims =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const own = (document: Claims, name: string): unknown =>
  Object.hasOwn(document, name) ? document[name] : undefined

/**
 * The value of a claim. A member of exactly that name comes first, because namespaced claims
 * (`https://example.com/roles`) have dots of their own; then the name is a path. Total.
 */
export function readClaim(document: Claims, path: string): unknown {
  const direct = own(document, path)
  if (direct !== undefined || !path.includes('.')) return direct
  let value: unknown = document
  for (const member of path.split('.')) {
    if (!isObject(value)) return undefined
    value = own(value, member)
  }
  return value
}

const textLimit = 256
const groupLimit = 1000

function cleanText(value: string): string {
  const clean = value.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '').trim()
  return [...clean.slice(0, 2 * textLimit)].slice(0, textLimit).join('')
}

/**
 * The first of the claims that is a text, cut to 256 characters and without control and
 * direction-changing characters: good to be shown, but two people may have the same.
 */
export function readText(document: Claims, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = readClaim(document, name)
    if (typeof value !== 'string') continue
    const clean = cleanText(value)
    if (clean !== '') return clean
  }
  return undefined
}

/**
 * The first of the claims that is a text of 1 to 256 characters and holds nothing invisible. Others are
 * passed over, never cleaned: `ad\u00admin` would become the name of somebody else.
 */
export function readUsername(document: Claims, names: readonly string[]): string | undefined {
  const values = names.map((name) => readClaim(document, name))
  return values.find(
    (value): value is string =>
      typeof value === 'string' && value !== '' && cleanText(value) === value,
  )
}

/**
 * Group names from a claim: a list of texts or one text, each once, the first thousand. Anything else,
 * also a list with one member of another type, is no groups at all (security.md R49).
 *
 * Nothing is cleaned, and what no encoding can tell apart (half a surrogate pair) is left out.
 */
export function readGroups(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (!list.every((entry) => typeof entry === 'string')) return []
  return [...new Set(list.slice(0, groupLimit))].filter(
    (name) => name !== '' && name.isWellFormed(),
  )
}

function isVerified(document: Claims, name: string, rules: ClaimRules): boolean {
  const holds = (statement: unknown) =>
    statement === true || (rules.acceptVerifiedAsText && statement === 'true')
  const statement = readClaim(document, `${name}_verified`)
  if (statement !== undefined) return holds(statement)
  const { verifiedBy } = rules.quirks ?? {}
  const other = verifiedBy === undefined ? undefined : own(document, verifiedBy)
  // Entra writes it as true, "1" or 1, depending on the age of the application.
  if (other !== undefined && name === 'email')
    return holds(other) || (rules.acceptVerifiedAsText && (other === '1' || other === 1))
  // `email_verified` speaks of `email` alone: it may withdraw trust in another claim, never give it.
  const general = own(document, 'email_verified')
  return rules.trustEmailWithoutClaim && (general === undefined || holds(general))
}

/**
 * The e-mail address: verified in the same document, otherwise only the claimed one (security.md R44, R45).
 * For a claim named `x` the statement is `x_verified`.
 */
export function readEmail(
  document: Claims,
  rules: ClaimRules,
): Pick<Identity, 'email' | 'emailDomain' | 'unverifiedEmail'> {
  let unverifiedEmail: string | undefined
  for (const name of rules.claims.email) {
    const value = readClaim(document, name)
    const parsed = parseEmail(value)
    if (parsed.kind !== 'email') continue
    if (isVerified(document, name, rules))
      return { email: parsed.value, emailDomain: parsed.domain, unverifiedEmail: undefined }
    unverifiedEmail ??= parsed.value
  }
  return { email: undefined, emailDomain: undefined, unverifiedEmail }
}

/** Everything about a person but who vouches for it: the issuer, the subject and the scopes are the caller's. */
export function readPerson(
  document: Claims,
  rules: ClaimRules,
): Omit<Identity, 'provider' | 'issuer' | 'subject' | 'scopes'> {
  const { claims } = rules
  const listOf = (value: unknown) =>
    rules.quirks?.groupsAreMembers && isObject(value) ? Object.keys(value) : value
  const groups = claims.groups.map((name) => readGroups(listOf(readClaim(document, name))))
  return {
    ...readEmail(document, rules),
    name: readText(document, claims.name),
    preferredUsername: readUsername(document, claims.username),
    groups: groups.find((names) => names.length > 0) ?? [],
  }
}
