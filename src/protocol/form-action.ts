// Where may a form of ours end, when its answer sends the browser on? CSP Level 3 §6.4.1 (security.md R129).

/**
 * The sources that let a form of ours end at this redirect URI, for `form-action`: browsers apply that to
 * every redirect after a POST.
 *
 * @returns the exact origin, or the scheme of an application; `http:` for an IPv6 address, which the policy
 *   language cannot name; none for a host that would not stay one source
 * @see CSP Level 3 §2.3.1
 */
export function formActionOf(redirectUri: string): readonly string[] {
  const url = URL.parse(redirectUri)
  if (url === null) return []
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return [url.protocol]
  if (url.hostname.startsWith('[')) return [url.protocol]
  // A URL's host may hold ";" and ",", which would end the directive or the policy.
  return /^[a-z0-9.-]+$/.test(url.hostname) ? [url.origin] : []
}
