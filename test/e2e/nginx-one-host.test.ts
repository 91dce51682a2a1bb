// The variants that nginx/README.md describes: login below a path of the application's host, tokens of its own.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { headerOf, headersOf, statusOf } from './support/http-message.ts'
import { nginxVersion, startNginxWith } from './support/nginx.ts'
import { observe, only } from './support/observe.ts'
import type { Replacement } from './support/shipped-files.ts'
import { type Stage, startStage } from './support/stage.ts'
import { allowed } from './support/stage-configuration.ts'

const host = 'app.sep.test'

const variants: readonly Replacement[] = [
  [
    '  location / {\n    include sallyport/sallyport-app.conf;\n',
    `  location ^~ /_auth/ { include sallyport/sallyport-public.conf; }
  location ^~ /.well-known/oauth-protected-resource { include sallyport/sallyport-public.conf; }
  location / {
    include sallyport/sallyport-app.conf;
    proxy_set_header Authorization $http_authorization;
`,
  ],
]

describe(`${nginxVersion()}, one host for everything`, () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await startStage(startNginxWith(variants), {
      public_url: `https://${host}/_auth`,
      cookie: {},
      allow: { emails: allowed },
      rules: [{ host, app_authorization: true }],
      resources: [],
    })
  })
  afterAll(async () => {
    await stage?.stop()
  })

  test('login comes back to the exact address with a cookie of this host only', async () => {
    const address = `https://${host}/report?q=a%20b&x=1`
    const page = await stage.visitor().signIn(address, 'alice')
    expect([page.status, page.trail.at(-1)]).toEqual([200, address])
    const session = page.setCookies.find((value) => value.startsWith('__Host-sallyport='))
    expect(session).toBeDefined()
    expect(session).not.toContain('Domain')
  })

  test('no cookie of ours reaches the application, also while a login is under way', async () => {
    const visitor = stage.visitor()
    await visitor.signIn(`https://${host}/`, 'alice')
    await visitor.openOnce(`https://${host}/_auth/login/home?prompt=select_account`)
    expect(visitor.cookies.names().filter((name) => name.includes('flow'))).toHaveLength(1)
    const cookie = `mine=1; ${visitor.cookies.headerFor(new URL(`https://${host}/`))}`
    const seen = await observe(stage, { host, headers: [['Cookie', cookie]] })
    expect(statusOf(seen.answer)).toBe(200)
    expect(headersOf(only(seen.app), 'cookie')).toEqual(['mine=1'])
    expect(headerOf(only(seen.app), 'x-forwarded-user')).toBe('alice@example.com')
  })

  test('an application with tokens of its own gets them, and the session still decides', async () => {
    const visitor = stage.visitor()
    const authorization = ['Authorization', 'Bearer of-the-app'] as const
    const closed = await observe(stage, { host, headers: [authorization] })
    expect(statusOf(closed.answer)).toBe(401)
    expect(closed.app).toEqual([])
    await visitor.signIn(`https://${host}/`, 'alice')
    const cookie = ['Cookie', visitor.cookies.headerFor(new URL(`https://${host}/`))] as const
    const open = await observe(stage, { host, headers: [authorization, cookie] })
    expect(statusOf(open.answer)).toBe(200)
    expect(headersOf(only(open.app), 'authorization')).toEqual(['Bearer of-the-app'])
  })

  test.each(['/_authx', '/_AUTH/login'])('%s is not ours', async (target) => {
    const seen = await observe(stage, { host, target })
    expect(statusOf(seen.answer)).toBe(401)
    expect(only(seen.decisions).start).toBe('GET /auth/nginx HTTP/1.1')
  })

  test.each(['/_auth/../admin', '/_auth/..%2fadmin', '/_auth/%2e%2e/admin', '/_auth//admin'])(
    '%s is refused',
    async (target) => {
      const seen = await observe(stage, { host, target })
      expect(statusOf(seen.answer)).toBe(400)
      expect(seen.app).toEqual([])
    },
  )
})
