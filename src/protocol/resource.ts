// Resource identifiers: one canonical form, exact comparison, where the metadata is. RFC 8707 §2, RFC 9728 §3.1.

declare const canonical: unique symbol

/** A resource identifier in canonical form. */
export type ResourceUri = string & { readonly [canonical]: true }

const absolute = /^(https?):\/\/([^/?#\\\s]+)([^?#\\\s]*)(\?[^#\\\s]*)?$/i
const printable = /^[\x21-\x7e]+$/

/**
 * The canonical form of a resource identifier, or undefined when the text is none.
 *
 * Scheme and host in lower case, no default port, no slash for an empty path. Every other part stays
 * byte for byte: `/mcp` and `/mcp/` are two resources. Fragments and user names are refused (RFC 8707 §2).
 */
export function parseResource(text: string): ResourceUri | undefined {
  if (text.length > 2048 || !printable.test(text)) return undefined
  const parts = absolute.exec(text)
  const url = URL.parse(text)
  if (parts === null || url === null) return undefined
  const [, , authority = '', path = '', query = ''] = parts
  // A user name; or an authority that URL reads as another (`%65xample.com`, `0x7f.1`): two canonical forms.
  if (authority.toLowerCase().replace(/:\d*$/, '') !== url.hostname) return undefined
  // Likewise a path with dot segments, or with characters that only some parties encode.
  if (url.pathname !== (path || '/') || url.search !== (query === '?' ? '' : query))
    return undefined
  const emptyPath = path === '/' && query === ''
  return brand(`${url.origin}${emptyPath ? '' : path}${query}`)
}

const brand = (text: string): ResourceUri => text as ResourceUri

/**
 * Whether a token's audience names one of the accepted ones. URLs compare in canonical form, other
 * audiences (client ids, project ids) byte for byte; a prefix is never enough (inventory.md RI7).
 */
export function matchAudience(audience: readonly string[], accepted: readonly string[]): boolean {
  return audience.some((entry) => {
    if (accepted.includes(entry)) return true
    const resource = parseResource(entry)
    return resource !== undefined && accepted.some((other) => parseResource(other) === resource)
  })
}

/** The path under which protected-resource metadata lives, before the resource's own path. */
export const metadataPath = '/.well-known/oauth-protected-resource'

/**
 * Where the metadata of a resource is: the well-known part goes between host and path.
 *
 * @see RFC 9728 §3.1
 */
export function protectedResourceMetadataUrl(resource: ResourceUri): string {
  const { origin } = new URL(resource)
  return `${origin}${metadataPath}${resource.slice(origin.length)}`
}
