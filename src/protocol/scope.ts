// Scopes: read, written, compared with what a resource asks for. RFC 6749 §3.3, RFC 6750 §3.1.

// NQCHAR: printable ASCII without space, quote and backslash.
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** Broader scope to the narrower ones it implies, as the operator wrote it. */
export type ImpliedScopes = Readonly<Record<string, readonly string[]>>

/**
 * The scopes of a text, each once, in their order. Total: tokens outside the grammar are dropped.
 *
 * @see RFC 6749 §3.3
 */
export function parseScope(text: string): readonly string[] {
  return [...new Set(text.split(' '))].filter((token) => scopeToken.test(token))
}

/** The scopes as one text, inverse of `parseScope`. Does not check the grammar. */
export function formatScope(scopes: readonly string[]): string {
  return scopes.join(' ')
}

/**
 * What the granted scopes amount to: themselves and everything they imply, through any number of
 * steps. Scopes that imply each other are fine.
 */
export function grantedWithImplied(
  granted: readonly string[],
  implied: ImpliedScopes = {},
): ReadonlySet<string> {
  // A Set visits what is added while it is walked, and nothing twice.
  const all = new Set(granted)
  for (const scope of all) {
    if (!Object.hasOwn(implied, scope)) continue
    for (const narrower of implied[scope] ?? []) all.add(narrower)
  }
  return all
}

/**
 * The required scopes that the grant lacks, in the order asked for; empty when it is enough.
 * A broader scope stands for the narrower ones it implies (mcp.md RS-29).
 */
export function missingScopes(
  required: readonly string[],
  granted: readonly string[],
  implied?: ImpliedScopes,
): readonly string[] {
  if (required.every((scope) => granted.includes(scope))) return []
  const all = grantedWithImplied(granted, implied)
  return required.filter((scope) => !all.has(scope))
}

/**
 * The scopes to name in a challenge: all that is required, then those granted already that still mean
 * something here, because some clients ask anew for exactly what the challenge says (mcp.md RS-27, RS-28).
 *
 * @param relevant scopes this resource knows; granted ones outside it are left out, so that a token
 *   made for many purposes does not have its scopes told back
 * @returns never `offline_access`, which is the client's own affair (mcp.md RS-10)
 */
export function challengeScopes(
  required: readonly string[],
  granted: readonly string[] = [],
  relevant: readonly string[] = [],
): readonly string[] {
  const kept = granted.filter((scope) => relevant.includes(scope))
  return withoutOfflineAccess([...new Set([...required, ...kept])])
}

/** The scopes a resource may speak of. @see mcp.md RS-10 */
export function withoutOfflineAccess(scopes: readonly string[]): readonly string[] {
  return scopes.filter((scope) => scope !== 'offline_access')
}
