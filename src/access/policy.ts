// Who may do what, as the operator wrote it. Plain values; `rules.ts` compiles and matches them.

import type { Demand } from '../protocol/assurance.ts'
import { clientProvider, type Identity } from '../protocol/identity.ts'

/** Conditions on an identity. Every member that is present must hold; within a member one entry is enough. */
export type AllowClause = {
  /** `me@example.com`, `@example.com` (that domain), `@*.example.com` (its sub-domains). */
  readonly emails?: readonly string[] | undefined
  readonly groups?: readonly string[] | undefined
  /** Ids of providers in the configuration; `local` for local accounts. */
  readonly providers?: readonly string[] | undefined
  /** Names of local accounts. */
  readonly users?: readonly string[] | undefined
  /** Ids of clients of our own authorization server that act for themselves, without a person. */
  readonly clients?: readonly string[] | undefined
  /** Everyone who can authenticate; has to be said, it is never a default (R48). */
  readonly anyone?: true | undefined
}

/** One clause is enough; no clause at all allows nobody. */
export type Allow = readonly AllowClause[]

export type Access = 'public' | 'optional' | 'required'

/** A rule for browser applications. */
export type RulePolicy = {
  /** Shown in logs and on the refusal page; defaults to its position, `rule 3`. */
  readonly name: string
  /** `app.example.com`, `*.example.com` (one label), each with an optional `:port` or `:*`. */
  readonly host: string
  /** `/exact` or `/prefix/` (everything below, and `/prefix` itself); undefined: every path. */
  readonly path?: string | undefined
  readonly methods?: readonly string[] | undefined
  readonly access: Access
  readonly allow?: Allow | undefined
  /** Origins besides the host's own that may use the session cookie (rule 15). */
  readonly origins?: readonly string[] | undefined
  /** Lets CORS preflights through to the application without a credential (H18). */
  readonly allowPreflight?: boolean | undefined
  /** The `Authorization` header belongs to the application: it is not read here, the cookie decides. */
  readonly applicationAuthorization?: boolean | undefined
  /** How people must have signed in; undefined: in any way. */
  readonly demand?: Demand | undefined
}

/**
 * What takes the place of "`aud` names the resource" for one issuer. `audience`: a value that the issuer
 * fixes. `client-id`: tokens without `aud`, marked as access tokens, of one of these clients.
 */
export type AudienceRule =
  | { readonly issuer: string; readonly kind: 'audience'; readonly audiences: readonly string[] }
  | { readonly issuer: string; readonly kind: 'client-id'; readonly clientIds: readonly string[] }

/** An OAuth-protected resource: answered with a challenge, never with a login redirect. */
export type ResourcePolicy = {
  /** Canonical resource identifier (RFC 8707). A host of `*.example.com` matches one label and needs `audiences`. */
  readonly url: string
  readonly scopes: readonly string[]
  /** Broader scope to the narrower ones it implies, `mcp:admin -> [mcp:tools]` (RS-29). */
  readonly impliedScopes?: Readonly<Record<string, readonly string[]>> | undefined
  readonly issuers: readonly string[]
  /** Accepted besides the resource's own URL. */
  readonly audiences: readonly string[]
  /** At most one for each issuer; where there is none, `aud` has to name the resource or one of `audiences`. */
  readonly audienceRules?: readonly AudienceRule[] | undefined
  readonly allow?: Allow | undefined
  readonly allowPreflight?: boolean | undefined
  readonly name?: string | undefined
  readonly documentation?: string | undefined
  readonly policyUri?: string | undefined
  readonly termsUri?: string | undefined
  /** What the metadata lists; defaults to `scopes`. */
  readonly scopesSupported?: readonly string[] | undefined
  /** Only tokens that are bound to a key of the client (RFC 9449). */
  readonly dpopRequired?: boolean | undefined
  /** How people must have signed in when a token is to count; undefined: in any way. */
  readonly demand?: Demand | undefined
  /** What its issuers call two factors in `acr`; challenges ask for it (RFC 9470 §3). */
  readonly acrValues?: readonly string[] | undefined
}

export type Policy = {
  /** Who may sign in at all; holds for tokens too. */
  readonly allow: Allow
  readonly rules: readonly RulePolicy[]
  readonly resources: readonly ResourcePolicy[]
}

/** Why an identity may not pass; `unverified-email` tells the person what would help. */
export type NotAllowed = 'not-on-list' | 'unverified-email'

function matchEmails(entries: readonly string[], identity: Identity): boolean {
  const { email, emailDomain } = identity
  if (email === undefined) return false
  return entries.some((entry) => {
    if (!entry.startsWith('@')) return entry.toLowerCase() === email
    if (emailDomain === undefined) return false
    const domain = entry.slice(1).toLowerCase()
    // Sub-domains need the explicit form; a bare suffix would let exploitcorp.com pass for corp.com.
    return domain.startsWith('*.') ? emailDomain.endsWith(domain.slice(1)) : emailDomain === domain
  })
}

function matchClause(clause: AllowClause, identity: Identity): boolean {
  const { emails, groups, providers, users, clients, anyone } = clause
  if (!emails && !groups && !providers && !users && !clients) return anyone === true
  if (emails && !matchEmails(emails, identity)) return false
  if (groups && !groups.some((group) => identity.groups.includes(group))) return false
  if (providers && !providers.includes(identity.provider)) return false
  if (users) {
    const { provider, preferredUsername } = identity
    if (provider !== 'local' || preferredUsername === undefined) return false
    if (!users.includes(preferredUsername)) return false
  }
  if (clients) {
    const { provider, preferredUsername } = identity
    if (provider !== clientProvider || preferredUsername === undefined) return false
    if (!clients.includes(preferredUsername)) return false
  }
  return true
}

/**
 * Whether the list lets the identity in.
 *
 * @returns undefined when it does, otherwise the reason
 */
export function matchAllow(allow: Allow, identity: Identity): NotAllowed | undefined {
  if (allow.some((clause) => matchClause(clause, identity))) return undefined
  const asksForEmail = allow.some((clause) => clause.emails !== undefined)
  return asksForEmail && identity.email === undefined && identity.unverifiedEmail !== undefined
    ? 'unverified-email'
    : 'not-on-list'
}
