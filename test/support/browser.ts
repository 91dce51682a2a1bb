// A small browser for flow tests: a cookie jar, redirects, forms. It reads pages as a client would; none of our code.

export type Handler = (request: Request) => Response | Promise<Response>

export type Page = {
  readonly url: string
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Every URL on the way, this one included. */
  readonly trail: readonly string[]
  /** Every `Set-Cookie` on the way. */
  readonly setCookies: readonly string[]
}

type Cookie = { readonly value: string; readonly host: string; readonly domain: string | undefined }

export type Browser = {
  /** Loads a URL and follows redirects. */
  readonly open: (url: string, init?: RequestInit) => Promise<Page>
  /** Loads a URL and stops there. */
  readonly openOnce: (url: string, init?: RequestInit) => Promise<Page>
  /** Fills in the first form that has all these fields, hidden fields included, and sends it. */
  readonly submit: (page: Page, fields: Readonly<Record<string, string>>) => Promise<Page>
  /** Opens a URL and gives the name at the test provider's form when that comes. */
  readonly signIn: (url: string, name: string) => Promise<Page>
  /** Cookies by name, as they are sent to this URL. */
  readonly cookiesFor: (url: string) => Readonly<Record<string, string>>
  readonly setCookie: (url: string, name: string, value: string) => void
  readonly forget: (name: string) => void
}

const unescaped = (text: string): string =>
  text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&')

function attribute(tag: string, name: string): string | undefined {
  const [, value] = new RegExp(`\\s${name}="([^"]*)"`).exec(tag) ?? []
  return value === undefined ? undefined : unescaped(value)
}

/** The action and hidden fields of the first form with all these names. */
export function findForm(page: Page, names: readonly string[]) {
  const forms = page.text.match(/<form[\s\S]*?<\/form>/g) ?? []
  const form = forms.find((one) => names.every((name) => one.includes(`name="${name}"`)))
  if (form === undefined) throw new Error(`No form with "${names}" at ${page.url}:\n${page.text}`)
  const fields: Record<string, string> = {}
  for (const tag of form.match(/<input[^>]*>/g) ?? []) {
    const name = attribute(tag, 'name')
    if (attribute(tag, 'type') === 'hidden' && name) fields[name] = attribute(tag, 'value') ?? ''
  }
  return { action: new URL(attribute(form, 'action') ?? '', page.url).href, fields }
}

function store(jar: Map<string, Cookie>, url: URL, line: string): void {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
  const name = pair.slice(0, pair.indexOf('='))
  const value = pair.slice(pair.indexOf('=') + 1)
  const find = (key: string) =>
    attributes.find((one) => one.toLowerCase().startsWith(`${key}=`))?.slice(key.length + 1)
  const domain = find('domain')
  const secure = attributes.includes('Secure')
  // RFC 6265bis §5.7: what a browser refuses, this one refuses.
  if (name.startsWith('__Host-') && (domain !== undefined || !secure)) return
  if (name.startsWith('__Secure-') && !secure) return
  if (domain !== undefined && url.hostname !== domain && !url.hostname.endsWith(`.${domain}`))
    return
  const key = `${name};${domain ?? url.hostname}`
  if (find('max-age') === '0') jar.delete(key)
  else jar.set(key, { value, host: url.hostname, domain })
}

/**
 * @param handlers answer for the origins they are named by; every other origin is asked over the network
 */
export function createBrowser(handlers: Readonly<Record<string, Handler>>): Browser {
  const jar = new Map<string, Cookie>()

  const cookiesFor = (address: string): Record<string, string> => {
    const { hostname } = new URL(address)
    const fits = ({ host, domain }: Cookie) =>
      domain === undefined
        ? host === hostname
        : hostname === domain || hostname.endsWith(`.${domain}`)
    const entries = [...jar].filter(([, cookie]) => fits(cookie))
    return Object.fromEntries(entries.map(([key, { value }]) => [key.split(';')[0], value]))
  }

  async function openOnce(address: string, init: RequestInit = {}): Promise<Page> {
    const url = new URL(address)
    const headers = new Headers(init.headers)
    const cookies = Object.entries(cookiesFor(address)).map(([name, value]) => `${name}=${value}`)
    if (cookies.length > 0) headers.set('Cookie', cookies.join('; '))
    const request = new Request(url, { ...init, headers, redirect: 'manual' })
    // Request leaves out a Cookie header that a script sets; the handler needs it, so it is given again.
    if (cookies.length > 0) request.headers.set('Cookie', cookies.join('; '))
    const handler = handlers[url.origin]
    const response = handler ? await handler(request) : await fetch(request)
    const setCookies = response.headers.getSetCookie()
    for (const line of setCookies) store(jar, url, line)
    const { status } = response
    return {
      url: address,
      status,
      headers: response.headers,
      text: await response.text(),
      trail: [address],
      setCookies,
    }
  }

  async function follow(first: Page): Promise<Page> {
    let page = first
    for (let hops = 0; hops < 15; hops++) {
      const location = page.headers.get('Location')
      if (location === null) return page
      const next = await openOnce(new URL(location, page.url).href)
      const trail = [...page.trail, ...next.trail]
      page = { ...next, trail, setCookies: [...page.setCookies, ...next.setCookies] }
    }
    throw new Error(`Redirects without end: ${page.trail.join(' ')}`)
  }

  const open = async (url: string, init?: RequestInit) => follow(await openOnce(url, init))

  async function submit(page: Page, fields: Readonly<Record<string, string>>): Promise<Page> {
    const form = findForm(page, Object.keys(fields))
    const body = new URLSearchParams({ ...form.fields, ...fields })
    const headers = { Origin: new URL(page.url).origin, 'Sec-Fetch-Site': 'same-origin' }
    return open(form.action, { method: 'POST', body, headers })
  }

  return {
    open,
    openOnce,
    submit,
    signIn: async (url, name) => {
      const page = await open(url)
      if (!page.url.includes('/interaction/')) return page
      const last = await submit(page, { login: name })
      const setCookies = [...page.setCookies, ...last.setCookies]
      return { ...last, trail: [...page.trail, ...last.trail], setCookies }
    },
    cookiesFor,
    setCookie: (url, name, value) => {
      const { hostname } = new URL(url)
      jar.set(`${name};${hostname}`, { value, host: hostname, domain: undefined })
    },
    forget: (name) => {
      for (const key of jar.keys()) if (key.startsWith(`${name};`)) jar.delete(key)
    },
  }
}
