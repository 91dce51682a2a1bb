// A person with a browser on plain http: follows redirects, keeps cookies, fills in forms.

import { createCookieJar } from './cookie-jar.ts'

export type WebPage = {
  readonly url: URL
  readonly status: number
  readonly body: string
  /** Every address on the way, the last one included. */
  readonly trail: readonly string[]
}

export type WebVisitor = {
  /** Loads a page and follows redirects. */
  readonly open: (address: string) => Promise<WebPage>
  /** Sends the form of a page that has these fields. */
  readonly submit: (page: WebPage, fields: Readonly<Record<string, string>>) => Promise<WebPage>
  /** The Cookie header for an address. */
  readonly cookieFor: (address: string) => string
}

const mostRedirects = 12

const unescaped = (text: string): string =>
  text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&')

function attributeOf(tag: string, name: string): string | undefined {
  const [, value] = new RegExp(`\\s${name}="([^"]*)"`).exec(tag) ?? []
  return value === undefined ? undefined : unescaped(value)
}

/** The form with all these fields: where it goes, and what it sends besides. */
function findForm({ url, body }: WebPage, names: readonly string[]) {
  const forms = body.match(/<form[\s\S]*?<\/form>/g) ?? []
  const form = forms.find((one) => names.every((name) => one.includes(`name="${name}"`)))
  if (form === undefined) {
    throw new Error(`No form with "${names.join('", "')}" at ${url.href}:\n${body}`)
  }
  const hidden = (form.match(/<input[^>]*>/g) ?? []).flatMap((tag): [string, string][] => {
    const name = attributeOf(tag, 'name')
    const isHidden = attributeOf(tag, 'type') === 'hidden' && name !== undefined
    return isHidden ? [[name, attributeOf(tag, 'value') ?? '']] : []
  })
  const fields = Object.fromEntries(hidden)
  return { action: new URL(attributeOf(form, 'action') ?? '', url), fields }
}

export function createWebVisitor(): WebVisitor {
  const cookies = createCookieJar()

  async function load(first: URL, init: RequestInit): Promise<WebPage> {
    let url = first
    let sending = init
    const trail: string[] = []
    while (trail.length <= mostRedirects) {
      trail.push(url.href)
      const headers = new Headers(sending.headers)
      headers.set('Accept', 'text/html,application/xhtml+xml,*/*;q=0.8')
      const cookie = cookies.headerFor(url)
      if (cookie !== '') headers.set('Cookie', cookie)
      const answer = await fetch(url, { ...sending, headers, redirect: 'manual' })
      cookies.store(url, answer.headers.getSetCookie())
      const location = answer.headers.get('Location')
      const body = await answer.text()
      if (location === null || ![302, 303, 307].includes(answer.status)) {
        return { url, status: answer.status, body, trail }
      }
      url = new URL(location, url)
      sending = {}
    }
    throw new Error(`Redirects without end: ${trail.join(' ')}`)
  }

  return {
    cookieFor: (address) => cookies.headerFor(new URL(address)),
    open: (address) => load(new URL(address), {}),
    submit: async (page, fields) => {
      const form = findForm(page, Object.keys(fields))
      const body = new URLSearchParams({ ...form.fields, ...fields })
      const next = await load(form.action, {
        method: 'POST',
        headers: { Origin: page.url.origin },
        body,
      })
      return { ...next, trail: [...page.trail, ...next.trail] }
    },
  }
}
