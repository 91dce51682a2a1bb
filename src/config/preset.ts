// What a preset has to say about one kind of identity provider.

import type { ProviderQuirks } from '../ports/provider-quirks.ts'
import type { SecondFactor } from '../protocol/authentication-methods.ts'
import type { ClaimNames } from '../protocol/claims.ts'

/**
 * By what an access token of this provider shows that it was made for a resource (RFC 8707 §2).
 *
 * - `none`: by nothing, or there is no token we could check
 * - `resource`: `aud` holds the resource's URL
 * - `audience`: `aud` holds a value the provider fixes. Weak when that is the client's own id: then every
 *   token of the client opens the resource
 * - `client-id`: there is no `aud`; only `client_id` says who asked for it. Always weak
 */
export type ResourceTokens =
  | { readonly kind: 'none'; readonly because: string }
  | { readonly kind: 'resource' }
  | { readonly kind: 'audience'; readonly weak: boolean; readonly wanted: string }
  | { readonly kind: 'client-id' }

export type Preset = {
  readonly label: string
  /** Absent: the operator names it. `fixed`: there is no other; else it is the usual one. */
  readonly issuer?: { readonly url: string; readonly fixed: boolean }
  /** Its issuers have no slash at their end; one that was written is taken away. */
  readonly dropsSlash?: true
  /** What is wanted instead of this issuer, or undefined when it can be one. */
  readonly wrongIssuer?: (issuer: string) => string | undefined
  /** What is dangerous about an issuer that works. */
  readonly issuerWarning?: (issuer: string) => string | undefined
  /** Issuers that are of this kind even when nobody logs in there. */
  readonly recognises?: RegExp
  readonly needsSecret: boolean
  readonly scopes: readonly string[]
  /** Scopes that it answers with an error, and why. */
  readonly refusedScopes?: Readonly<Record<string, string>>
  readonly claims: ClaimNames
  /** Claims that look like addresses and are not: never to be taken for one. */
  readonly notEmail?: readonly string[]
  /** Why there are no groups, said when a rule asks for some. */
  readonly noGroups?: string
  readonly tokens: ResourceTokens
  /** Access tokens carry `typ: JWT` or none instead of `at+jwt` (RFC 9068 §2.1). */
  readonly plainJwtType?: true
  /** Path of its keys below the issuer, where it has no discovery document for them. */
  readonly keysPath?: string
  /** Its tokens name addresses without saying that they are verified; only verified ones get there (R44). */
  readonly vouchesForEmail?: true
  /** Writes `email_verified` as text. */
  readonly verifiedAsText?: true
  /** By what it says that there were two factors, when not by `amr` alone. */
  readonly secondFactor?: SecondFactor
  /** Why nothing is known of how and when people sign in, said when a rule wants to know. */
  readonly noAssurance?: string
  readonly quirks: ProviderQuirks
}

export const standardClaims: ClaimNames = {
  email: ['email'],
  name: ['name'],
  username: ['preferred_username'],
  groups: ['groups'],
}

export const standardScopes: readonly string[] = ['openid', 'email', 'profile']

/** Wants the slash that the issuer ends with at this kind of provider. */
export const withSlash =
  (name: string) =>
  (issuer: string): string | undefined =>
    issuer.endsWith('/') ? undefined : `"${issuer}/" (${name}'s issuer ends with a slash)`

/** Wants no slash at the end. */
export const withoutSlash =
  (name: string) =>
  (issuer: string): string | undefined =>
    issuer.endsWith('/')
      ? `"${issuer.replace(/\/+$/, '')}" (${name}'s issuer has no slash at its end)`
      : undefined
