// Which hosts does the cookie of a login reach, and which get a session of their own? RFC 6265 §5.1.3

/** The hosts that a login is handed on to. */
export type HandOffScope =
  /** Each of these domains gets one session of its own; none is part of another. */
  | { readonly kind: 'domains'; readonly domains: readonly string[] }
  /** Every host gets one of its own, whatever domain it is in (R24). */
  | { readonly kind: 'every-host' }

export type Reach =
  /** The cookie of the login itself arrives here. */
  | { readonly kind: 'login' }
  /** A session of its own, good for `audience` and nothing else. */
  | {
      readonly kind: 'own'
      readonly audience: string
      /** Of its cookie; undefined: this host only. */
      readonly domain: string | undefined
    }
  /** No cookie of ours. */
  | { readonly kind: 'none' }

export type ReachSettings = {
  readonly loginHost: string
  /** Of the login's cookie; undefined: the login host only. */
  readonly domain: string | undefined
  /** Undefined: no login is handed on, and its cookie counts wherever it arrives. */
  readonly scope: HandOffScope | undefined
}

/** Whether a host is the domain or in it, on label boundaries (R28). */
export const isWithinDomain = (hostname: string, domain: string): boolean =>
  hostname === domain || hostname.endsWith(`.${domain}`)

/**
 * Makes the function that says what cookie a host in canonical form has.
 *
 * Ports do not count, as they do not count for cookies.
 */
export function createReach(settings: ReachSettings): (hostname: string) => Reach {
  const { loginHost, domain, scope } = settings
  const login: Reach = { kind: 'login' }
  if (scope === undefined) return () => login
  if (scope.kind === 'every-host') {
    return (hostname) =>
      hostname === loginHost ? login : { kind: 'own', audience: hostname, domain: undefined }
  }
  return (hostname) => {
    if (isWithinDomain(hostname, domain ?? loginHost)) return login
    const own = scope.domains.find((each) => isWithinDomain(hostname, each))
    return own === undefined ? { kind: 'none' } : { kind: 'own', audience: own, domain: own }
  }
}
