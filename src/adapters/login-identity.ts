// Who is it, from an ID token and what UserInfo adds to it?

import { type ClaimRules, type Claims, readClaim, readPerson } from '../protocol/claims.ts'
import type { Identity } from '../protocol/identity.ts'
import type { Behaviour } from './providers/behaviour.ts'

export type IdentityRules = ClaimRules & {
  readonly id: string
  readonly scopes: readonly string[]
}

/**
 * What the documents say about the person; the ID token comes first.
 *
 * @param account issuer and subject, as verified
 */
export function readIdentity(
  rules: IdentityRules,
  behaviour: Behaviour,
  account: { readonly issuer: string; readonly subject: string },
  documents: readonly Claims[],
): Identity {
  const persons = documents.map((document) => ({ ...readPerson(document, rules), document }))
  // An address counts with the verification beside it, never with that of another document (R44).
  const address =
    persons.find(({ email }) => email !== undefined) ??
    persons.find(({ unverifiedEmail }) => unverifiedEmail !== undefined)
  const domain = address?.emailDomain
  const vouched = behaviour.vouchedDomain
  return {
    provider: rules.id,
    ...account,
    email: address?.email,
    emailDomain: vouched && address ? vouched(domain, address.document) : domain,
    unverifiedEmail: address?.unverifiedEmail,
    name: persons.find(({ name }) => name !== undefined)?.name,
    preferredUsername: persons.find((person) => person.preferredUsername !== undefined)
      ?.preferredUsername,
    groups: persons.find(({ groups }) => groups.length > 0)?.groups ?? [],
    scopes: [],
  }
}

/** Whether UserInfo could tell more than the ID token does: asked for only then. */
export function isIncomplete(rules: IdentityRules, idToken: Claims): boolean {
  const wantsEmail = rules.scopes.includes('email') || rules.trustEmailWithoutClaim
  if (wantsEmail && readPerson(idToken, rules).email === undefined) return true
  const { groups } = rules.claims
  return groups.length > 0 && groups.every((name) => readClaim(idToken, name) === undefined)
}
