// Hosts that the login's cookie does not reach, behind any proxy: an unrelated domain, and every host in isolated
// mode (R24).

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { headerOf, headersOf, statusOf } from '../support/http-message.ts'
import { observe, only } from '../support/observe.ts'
import type { Replacement } from '../support/shipped-files.ts'
import { type Stage, type StartEdge, startStage } from '../support/stage.ts'
import { allowed } from '../support/stage-configuration.ts'
import type { Visitor } from '../support/visitor.ts'

export type DomainEdge = {
  readonly name: string
  readonly startWith: (own: readonly Replacement[]) => StartEdge
  /** What a user writes to serve `*.far.test` like the application. */
  readonly otherDomain: readonly Replacement[]
  /** The same, with the login below `/_auth` of the application's host. */
  readonly loginByPath?: readonly Replacement[]
}

export const near = 'app.sep.test'
export const far = 'app.far.test'
export const farther = 'wiki.far.test'
export const target =
  '/report?q=a%20b+c&x=%2F..%2f&empty=&=&flag&rd=https%3A%2F%2Felsewhere.example%2F'

export const rules = [{ host: near }, { host: 'api.sep.test' }, { host: '*.far.test' }]

const cookieFor = (visitor: Visitor, host: string): readonly [string, string] => [
  'Cookie',
  visitor.cookies.headerFor(new URL(`https://${host}/`)),
]

const layouts = [
  {
    name: 'two unrelated domains',
    byPath: false,
    changes: { cookie: { domains: ['sep.test', 'far.test'] } },
    sessionCookie: '__Secure-sallyport',
    login: 'https://auth.sep.test',
    domain: 'Domain=far.test',
  },
  {
    name: 'a cookie of its own for every host',
    byPath: false,
    changes: { cookie: { mode: 'isolated' } },
    sessionCookie: '__Host-sallyport',
    login: 'https://auth.sep.test',
    domain: undefined,
  },
  {
    name: 'two unrelated domains, login below a path of an application',
    byPath: true,
    changes: {
      public_url: `https://${near}/_auth`,
      cookie: { domains: ['sep.test', 'far.test'] },
    },
    sessionCookie: '__Secure-sallyport',
    login: `https://${near}/_auth`,
    domain: 'Domain=far.test',
  },
  {
    name: 'a cookie of its own for every host, login below a path of an application',
    byPath: true,
    changes: { public_url: `https://${near}/_auth`, cookie: { mode: 'isolated' } },
    sessionCookie: '__Host-sallyport',
    login: `https://${near}/_auth`,
    domain: undefined,
  },
] as const

/** Registers the checks of every layout that this proxy has a variant for, each with a stage of its own. */
export function domainChecks(edge: DomainEdge): void {
  const possible = layouts.filter(({ byPath }) => edge.loginByPath !== undefined || !byPath)
  describe.each(possible)(`${edge.name}, $name`, (layout) => layoutChecks(edge, layout))
}

function layoutChecks(edge: DomainEdge, layout: (typeof layouts)[number]): void {
  let stage: Stage
  beforeAll(async () => {
    stage = await startStage(
      edge.startWith(layout.byPath ? (edge.loginByPath ?? []) : edge.otherDomain),
      {
        ...layout.changes,
        allow: { emails: allowed },
        rules,
        resources: [],
      },
    )
  })
  afterAll(async () => {
    await stage?.stop()
  })

  const statusAt = async (host: string, headers: readonly (readonly [string, string])[]) =>
    statusOf((await observe(stage, { host, headers })).answer)

  test('login comes back to the exact address on the other domain, and nothing else gets there', async () => {
    const before = stage.app.requests.length
    const page = await stage.visitor().signIn(`https://${far}${target}`, 'alice')
    expect([page.status, page.trail.at(-1)]).toEqual([200, `https://${far}${target}`])
    const arrived = stage.app.requests.slice(before)
    expect(arrived.map(({ start }) => start)).toEqual([`GET ${target} HTTP/1.1`])
    expect(headersOf(only(arrived), 'cookie')).toEqual([])
    expect(headerOf(only(arrived), 'x-forwarded-user')).toBe('alice@example.com')
    const { sessionCookie, domain } = layout
    const own = page.setCookies.filter((line) => line.startsWith(`${sessionCookie}=`)).at(-1)
    const [, ...attributes] = own?.split('; ') ?? []
    expect(attributes.find((one) => one.startsWith('Domain='))).toBe(domain)
    expect(attributes).toEqual(
      expect.arrayContaining(['Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax']),
    )
  })

  test('who is signed in on one domain is asked nothing on the other', async () => {
    const visitor = stage.visitor()
    await visitor.signIn(`https://${near}/`, 'alice')
    const page = await visitor.open(`https://${far}/inbox`)
    expect([page.status, page.url.href]).toEqual([200, `https://${far}/inbox`])
    expect(page.trail.filter((url) => url.startsWith(stage.provider.issuer))).toEqual([])
  })

  test('the cookie of one host opens nothing where it is not for', async () => {
    const visitor = stage.visitor()
    await visitor.signIn(`https://${far}/`, 'alice')
    const own = cookieFor(visitor, far)
    expect(await statusAt(far, [own])).toBe(200)
    expect(await statusAt(near, [own])).toBe(401)
    expect(await statusAt(farther, [own])).toBe(layout.domain === undefined ? 401 : 200)
    const login = cookieFor(visitor, new URL(layout.login).host)
    expect(await statusAt(far, [login])).toBe(401)
    // An application that kept it goes to the login with it, for a way to the other hosts.
    const seen = await observe(stage, {
      host: new URL(layout.login).host,
      target: `${new URL(layout.login).pathname.replace(/\/$/, '')}/signed-in`,
      headers: [own],
    })
    expect(statusOf(seen.answer)).toBe(200)
    expect(seen.answer.body).not.toContain('alice')
  })

  test("a code in another browser is refused, and the victim stays who she is (A2's login CSRF)", async () => {
    const attacker = stage.visitor()
    await attacker.signIn(`https://${near}/`, 'bob')
    let next = `https://${far}/`
    for (let hops = 0; hops < 8 && !next.includes('/.sallyport/finish'); hops++) {
      const page = await attacker.openOnce(next)
      next = headerOf(page.answer, 'location') ?? 'no location'
    }
    const victim = stage.visitor()
    await victim.signIn(`https://${far}/`, 'alice')
    const page = await victim.openOnce(next)
    expect([page.status, page.setCookies]).toEqual([400, []])
    const seen = await observe(stage, { host: far, headers: [cookieFor(victim, far)] })
    expect(headerOf(only(seen.app), 'x-forwarded-user')).toBe('alice@example.com')
    expect((await attacker.openOnce(next)).status).toBe(400)
  })

  test('logout ends every host within a second (R22)', async () => {
    const visitor = stage.visitor()
    for (const host of [far, near, farther]) await visitor.signIn(`https://${host}/`, 'alice')
    const own = [far, near, farther].map((host) => [host, cookieFor(visitor, host)] as const)
    for (const [host, cookie] of own) expect(await statusAt(host, [cookie])).toBe(200)
    const login = new URL(layout.login)
    const confirm = await visitor.open(`${layout.login}/logout`)
    const [, csrf = ''] = /name="csrf" value="([^"]+)"/.exec(confirm.answer.body) ?? []
    const { answer } = await observe(stage, {
      host: login.host,
      method: 'POST',
      target: confirm.url.pathname,
      headers: [
        cookieFor(visitor, login.host),
        ['Origin', login.origin],
        ['Content-Type', 'application/x-www-form-urlencoded'],
      ],
      body: `csrf=${csrf}`,
    })
    expect(statusOf(answer)).toBe(303)
    const ended = Date.now()
    for (const [host, cookie] of own) expect(await statusAt(host, [cookie])).toBe(401)
    expect(Date.now() - ended).toBeLessThan(5000)
  })

  test.each(['/.sallyportx/start', '/.SALLYPORT/start'])(
    '%s is the application, so it is asked about',
    async (path) => {
      const seen = await observe(stage, { host: far, target: path })
      expect(statusOf(seen.answer)).toBe(401)
      expect(only(seen.decisions).start).toMatch(/^GET \/auth\/\w+/)
    },
  )

  test.each(['/.sallyport/../admin', '/.sallyport/..%2fadmin', '/.sallyport//admin'])(
    '%s is refused',
    async (path) => {
      const seen = await observe(stage, { host: far, target: path })
      expect(statusOf(seen.answer)).toBe(400)
      expect(seen.app).toEqual([])
    },
  )

  test.each(['/.sallyport/admin', '/.sallyport/start/', '/.sallyport/login'])(
    '%s leads to nobody',
    async (path) => {
      const seen = await observe(stage, { host: far, target: path })
      expect([404, 421]).toContain(statusOf(seen.answer))
      expect([...seen.app, ...seen.decisions]).toEqual([])
    },
  )

  test('no code or cookie is in a log (R143)', () => {
    const logs = stage.logs()
    expect(logs).toContain('handoff.ok')
    expect(stage.secrets().length).toBeGreaterThan(10)
    expect(stage.secrets().filter((secret) => logs.includes(secret))).toEqual([])
  })
}
