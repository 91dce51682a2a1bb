// The whole app with edge auth behind a small proxy, a person who signs in, and what a command line sends.

import { type Browser, findForm, type Page } from './browser.ts'
import { type GateStage, startGateStage } from './gate-stage.ts'
import { providerFor } from './login-stage.ts'
import { type RawAnswer, sendRaw } from './raw-request.ts'

export const auth = 'https://auth.example.com'
export const gateway = 'https://gateway.example.com'
export const other = 'https://other.example.com'
/** In a domain that the login's cookie does not reach. */
export const far = 'https://gateway.example.org'

export type EdgeYaml = {
  readonly edge?: string
  readonly cookie?: string
  readonly allow?: string
  readonly rules?: string
  readonly more?: string
}

export const edgeFile = ({
  edge = '{ enabled: true }',
  cookie = '{ domain: example.com }',
  allow = "{ emails: ['@example.com'] }",
  rules = '[{ host: gateway.example.com }, { host: other.example.com }]',
  more = '',
}: EdgeYaml = {}): string => `
public_url: ${auth}
data_dir: ''
cookie: ${cookie}
proxy: { dialect: traefik }
allow: ${allow}
edge_auth: ${edge}
rules: ${rules}
providers:
  - { id: home, preset: oidc, issuer: https://sso.example.com, client_id: sallyport }
${more}`

export type EdgeStage = Omit<GateStage, 'ask'> & {
  /** Asks as a proxy: may this request to the URL pass? */
  readonly ask: (
    path: '/_ws_tunnel' | '/auth',
    url: string,
    headers?: readonly string[],
    method?: string,
  ) => Promise<RawAnswer>
  /** Opens the address of a command line and signs in: the page that asks. */
  readonly connect: (browser: Browser, origin?: string, name?: string) => Promise<Page>
  /** What the script of that page does. */
  readonly click: (browser: Browser, page: Page, changes?: ClickChanges) => Promise<Page>
}

export type ClickChanges = {
  readonly origin?: string | undefined
  readonly site?: string
  readonly way?: string
  readonly state?: string
}

export const wish = 'callback_port=9999&code=TEST-1234'

export async function startEdgeStage(issuer: string, yaml: EdgeYaml = {}): Promise<EdgeStage> {
  const stage = await startGateStage(edgeFile(yaml), providerFor('home', issuer), [
    gateway,
    other,
    far,
  ])
  return {
    ...stage,
    ask: (path, address, headers = [], method = 'GET') => {
      const url = new URL(address)
      return sendRaw({ port: stage.port }, [
        `GET ${path} HTTP/1.1`,
        'Host: sallyport',
        `X-Forwarded-Method: ${method}`,
        `X-Forwarded-Proto: ${url.protocol.slice(0, -1)}`,
        `X-Forwarded-Host: ${url.host}`,
        `X-Forwarded-Uri: ${url.pathname}${url.search}`,
        ...headers,
      ])
    },
    connect: (browser, origin = gateway, name = 'alice') =>
      browser.signIn(`${origin}/auth/connect?${wish}`, name),
    click: (browser, page, changes = {}) => {
      const { fields, action } = findForm(page, ['state'])
      const { origin = new URL(page.url).origin, site = 'same-origin', way = 'script' } = changes
      const body = new URLSearchParams({ state: changes.state ?? fields['state'] ?? '', way })
      const headers = { Origin: origin, 'Sec-Fetch-Site': site }
      return browser.openOnce(action, { method: 'POST', body, headers })
    },
  }
}

/** The cookie of edge auth as it is set on the way to a page; undefined when it is not. */
export const edgeCookieOf = (page: Page): string | undefined =>
  page.setCookies.find((line) => line.startsWith('CF_Authorization='))
