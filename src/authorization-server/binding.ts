// The browser that began an authorization is the one that agrees to it and finishes it (security.md R74).

import type { KoaContextWithOIDC } from 'oidc-provider'
import type { EngineParts } from './dependencies.ts'

type CookieJar = Pick<KoaContextWithOIDC['cookies'], 'get' | 'set'>

export type Binding = {
  /** Hash of this browser's cookie; one is set when it has none. */
  readonly bind: (cookies: CookieJar) => string
  /** Whether this is the browser with that hash. */
  readonly isBound: (cookies: CookieJar, hash: unknown) => boolean
}

const lifetime = 3_600

/** Browsers refuse a `__Host-` cookie over plain http, which only development has. */
export const cookieNameFor = (issuer: string, name: string): string =>
  issuer.startsWith('https:') ? `__Host-sallyport-${name}` : `sallyport-${name}`

export function createBinding({ settings, dependencies }: EngineParts): Binding {
  const { hashOf, randomToken } = dependencies
  const name = cookieNameFor(settings.issuer, 'consent')
  const read = (cookies: CookieJar): string | undefined => {
    const value = cookies.get(name, { signed: false })
    return value !== undefined && /^[\w-]{43}$/.test(value) ? value : undefined
  }
  return {
    bind: (cookies) => {
      const value = read(cookies) ?? randomToken()
      cookies.set(name, value, {
        httpOnly: true,
        sameSite: 'lax',
        secure: settings.issuer.startsWith('https:'),
        path: '/',
        maxAge: lifetime * 1000,
        overwrite: true,
        signed: false,
      })
      return hashOf(value)
    },
    isBound: (cookies, hash) => {
      const value = read(cookies)
      return value !== undefined && hashOf(value) === hash
    },
  }
}
