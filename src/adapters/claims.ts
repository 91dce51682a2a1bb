// What a provider's claims come to: attributes of an identity, each of the one type it may have.

import { parseEmail } from '../protocol/email.ts'

/** A JSON document of claims: an ID token's payload, a UserInfo answer, an access token's payload. */
export type ClaimDocument = Readonly<Record<string, unknown>>

export type EmailTrust = {
  /** Claim names in order of preference. */
  readonly names: readonly string[]
  /** Takes the text `"true"` for the boolean (R44). */
  readonly acceptVerifiedAsText: boolean
  /** Takes an address as verified when the document says nothing about it (R44). */
  readonly trustEmailWithoutClaim: boolean
}

export type EmailClaim = {
  readonly email: string | undefined
  readonly emailDomain: string | undefined
  readonly unverifiedEmail: string | undefined
}

const maxGroups = 1000
const maxTextLength = 256

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined
}

/**
 * The claim of that name; else, when the name has dots, the member at that path (`realm_access.roles`).
 * Names such as `https://example.com/groups` are names first.
 */
export function findClaim(document: ClaimDocument, name: string): unknown {
  const direct = member(document, name)
  if (direct !== undefined || !name.includes('.')) return direct
  return name.split('.').reduce(member, document)
}

function firstOf<T>(
  document: ClaimDocument,
  names: readonly string[],
  read: (value: unknown) => T | undefined,
): T | undefined {
  for (const name of names) {
    const value = read(findClaim(document, name))
    if (value !== undefined) return value
  }
  return undefined
}

function readText(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  // Control and direction-changing characters have no place in a name that pages and headers show.
  const clean = value.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').trim()
  return clean === '' ? undefined : [...clean].slice(0, maxTextLength).join('')
}

/** The first claim of these that is a text, without control characters, at most 256 characters. */
export const readTextClaim = (document: ClaimDocument, names: readonly string[]) =>
  firstOf(document, names, readText)

function readGroupList(value: unknown): readonly string[] | undefined {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (!list.every((entry): entry is string => typeof entry === 'string' && entry !== ''))
    return undefined
  return list.slice(0, maxGroups)
}

/**
 * The first claim of these that is one text or a list of texts; undefined when there is none. Any other
 * type counts as no groups; beyond 1,000 the rest is left out (R49).
 */
export const readGroupsClaim = (document: ClaimDocument, names: readonly string[]) =>
  firstOf(document, names, readGroupList)

function isVerified(document: ClaimDocument, name: string, trust: EmailTrust): boolean {
  const verified = findClaim(document, 'email_verified')
  // The claim speaks of `email` only: a verified `email` says nothing about `upn` (nOAuth).
  if (verified === undefined || name !== 'email') {
    return trust.trustEmailWithoutClaim && verified !== false
  }
  return verified === true || (trust.acceptVerifiedAsText && verified === 'true')
}

/**
 * The e-mail address of a document, verified or not by the same document (R44).
 *
 * `email_verified` counts for the claim `email`; another claim needs `trustEmailWithoutClaim`.
 *
 * @returns undefined when the document names no acceptable address (R45)
 */
export function readEmailClaim(document: ClaimDocument, trust: EmailTrust): EmailClaim | undefined {
  for (const name of trust.names) {
    const found = parseEmail(findClaim(document, name))
    if (found.kind === 'refused') continue
    return isVerified(document, name, trust)
      ? { email: found.value, emailDomain: found.domain, unverifiedEmail: undefined }
      : { email: undefined, emailDomain: undefined, unverifiedEmail: found.value }
  }
  return undefined
}
