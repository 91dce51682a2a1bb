// Where a redirect URI leads, in the terms of a person who has to judge it (security.md R72, RFC 8252 §7).

export type RedirectTarget =
  /** A site on the internet; `text` is its host, with the port when that is not the scheme's own. */
  | { readonly kind: 'site'; readonly text: string }
  /** A program that listens on the computer of the browser (RFC 8252 §7.3). */
  | { readonly kind: 'loopback'; readonly text: string }
  /** An application that opens addresses of its own scheme (RFC 8252 §7.1). */
  | { readonly kind: 'application'; readonly text: string }

const loopbackNames: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

const isWeb = ({ protocol }: URL): boolean => protocol === 'https:' || protocol === 'http:'

/** Says where a redirect URI leads. Does not judge whether it is registered, or may be. */
export function describeRedirect(redirectUri: string): RedirectTarget {
  const url = URL.parse(redirectUri)
  if (url === null) return { kind: 'site', text: redirectUri }
  if (!isWeb(url)) {
    const text = url.host === '' ? url.protocol : `${url.protocol}//${url.host}`
    return { kind: 'application', text }
  }
  return { kind: loopbackNames.has(url.hostname) ? 'loopback' : 'site', text: url.host }
}

/**
 * The sources that let a form of ours end at this redirect URI, for `form-action`: browsers apply that to
 * every redirect after a POST.
 *
 * @returns the exact origin, or the scheme of an application; `http:` for an IPv6 address, which the policy
 *   language cannot name; none for a host that would not stay one source
 * @see CSP Level 3 §2.3.1, §6.4.1
 */
export function formActionOf(redirectUri: string): readonly string[] {
  const url = URL.parse(redirectUri)
  if (url === null) return []
  if (!isWeb(url)) return [url.protocol]
  if (url.hostname.startsWith('[')) return [url.protocol]
  // A URL's host may hold ";" and ",", which would end the directive or the policy.
  return /^[a-z0-9.-]+$/.test(url.hostname) ? [url.origin] : []
}
