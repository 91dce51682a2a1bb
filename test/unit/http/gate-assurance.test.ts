import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type GateStage, startGateStage } from '../../support/gate-stage.ts'
import { clientSecret, providerFor } from '../../support/login-stage.ts'
import {
  type RunningProvider,
  secondFactorContext,
  startOpenIdProvider,
} from '../../support/openid-provider.ts'

const origin = 'https://app.example.com'
const auth = 'https://auth.example.com'
const bank = `${origin}/bank/?q=%20`

let home: RunningProvider
let stage: GateStage

beforeAll(async () => {
  home = await startOpenIdProvider({
    clients: [{ clientId: 'sallyport', clientSecret, redirectUris: [`${auth}/callback/home`] }],
  })
})
afterAll(() => home.close())
beforeEach(async () => {
  const provider = providerFor('home', home.issuer, 'sallyport', {
    secondFactor: { acr: [secondFactorContext] },
  })
  const yaml = `public_url: ${auth}
cookie: { domain: example.com }
providers: [{ id: home, issuer: "https://home.example.com", client_id: sallyport }]
allow: { emails: "@example.com" }
session: { idle: 0 }
rules:
  - { host: app.example.com, path: /bank/, factor: 2, max_age: 1h }
  - { host: app.example.com }`
  stage = await startGateStage(yaml, provider, [origin])
})
afterEach(() => stage.close())

describe('createApp() with a rule that wants a surer sign-in', () => {
  test('leads a stranger through it, and back byte for byte', async () => {
    expect((await stage.browser().signIn(bank, 'alice')).url).toBe(bank)
  })

  test('leads whoever is signed in with one factor through it, and lets their scripts in after that', async () => {
    const browser = stage.browser()
    const cookie = () =>
      Object.entries(browser.cookiesFor(origin))
        .map(([name, value]) => `${name}=${value}`)
        .join('; ')
    expect((await browser.signIn(`${origin}/`, 'alice')).url).toBe(`${origin}/`)
    expect(await stage.ask(bank, cookie())).toBe(401)
    expect((await browser.signIn(bank, 'alice')).url).toBe(bank)
    expect(await stage.ask(bank, cookie())).toBe(200)
  })

  test('wants it again once it is too long ago', async () => {
    const browser = stage.browser()
    await browser.signIn(bank, 'alice')
    stage.wait(3700)
    const page = await browser.openOnce(bank)
    expect(page.headers.get('Location')).toContain('&need=fresh')
    expect(page.headers.get('Location')).not.toContain('need=factor')
  })

  test('gives whoever has none a page and no loop', async () => {
    const browser = stage.browser()
    const page = await browser.signIn(bank, 'single')
    expect([page.status, new URL(page.url).pathname]).toEqual([403, '/callback/home'])
    expect((await browser.open(`${origin}/`)).url).toBe(`${origin}/`)
  })

  test('says on the page of the account which rule wants it', async () => {
    const browser = stage.browser()
    await browser.signIn(bank, 'alice')
    const page = await browser.open(`${auth}/account`)
    expect(page.text).toContain('<code>app.example.com/bank/</code>')
    expect(page.text).toContain('a sign-in within 1 hour')
    expect(page.text).toContain('Sessions and devices')
  })
})
