// The cookies of one visitor, kept and sent as RFC 6265 §5 has it (as far as the tests need it).

export type CookieJar = {
  /** Takes the `Set-Cookie` values of an answer from `url`. */
  readonly store: (url: URL, setCookies: readonly string[]) => void
  /** The Cookie header for `url`, empty when there is none. */
  readonly headerFor: (url: URL) => string
  readonly valueOf: (name: string) => string | undefined
  readonly names: () => string[]
}

type Cookie = {
  readonly name: string
  readonly value: string
  /** With a leading dot for domain cookies, the exact host otherwise. */
  readonly host: string
  readonly path: string
}

function parse(url: URL, text: string): { cookie: Cookie; expired: boolean } {
  const [pair = '', ...attributes] = text.split(';').map((part) => part.trim())
  const attribute = (wanted: string) =>
    attributes
      .map((one) => one.split('='))
      .find(([name = '']) => name.toLowerCase() === wanted)
      ?.at(1)
  const equals = pair.indexOf('=')
  const domain = attribute('domain')
  const maxAge = attribute('max-age')
  const expires = attribute('expires')
  const expired =
    maxAge === undefined
      ? expires !== undefined && Date.parse(expires) <= Date.now()
      : Number(maxAge) <= 0
  const cookie = {
    name: pair.slice(0, equals),
    value: pair.slice(equals + 1),
    host: domain === undefined ? url.host : `.${domain.replace(/^\./, '')}`,
    path: attribute('path') ?? '/',
  }
  return { cookie, expired }
}

function matches(cookie: Cookie, url: URL): boolean {
  const host = cookie.host.startsWith('.')
    ? `.${url.hostname}`.endsWith(cookie.host)
    : cookie.host === url.host
  const below = cookie.path.endsWith('/') ? cookie.path : `${cookie.path}/`
  return host && (url.pathname === cookie.path || url.pathname.startsWith(below))
}

const isSame = (one: Cookie, other: Cookie): boolean =>
  one.name === other.name && one.host === other.host && one.path === other.path

export function createCookieJar(): CookieJar {
  let cookies: Cookie[] = []
  return {
    store: (url, setCookies) => {
      for (const text of setCookies) {
        const { cookie, expired } = parse(url, text)
        cookies = cookies.filter((one) => !isSame(one, cookie))
        if (!expired) cookies.push(cookie)
      }
    },
    headerFor: (url) =>
      cookies
        .filter((cookie) => matches(cookie, url))
        .map(({ name, value }) => `${name}=${value}`)
        .join('; '),
    valueOf: (name) => cookies.find((cookie) => cookie.name === name)?.value,
    names: () => cookies.map((cookie) => cookie.name),
  }
}
