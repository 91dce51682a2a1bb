// The realm that is shipped, in a real Keycloak, with Sallyport as its own process beside it.

import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { run } from '../support/program.ts'
import { sendRaw } from '../support/raw-request.ts'
import { answers } from './support/answering.ts'
import { createKeycloak, type Keycloak } from './support/keycloak.ts'
import {
  accessToken,
  credentialsOf,
  type Person,
  populate,
  userId,
} from './support/keycloak-people.ts'
import { freePorts, scratchDirectory } from './support/loopback.ts'
import { type RunningProcess, startProcess } from './support/running-process.ts'
import { mainFile, nodeBinary } from './support/sallyport.ts'
import { createWebVisitor, type WebPage, type WebVisitor } from './support/web-visitor.ts'

const resource = 'http://mcp.test/mcp'
const clientSecret = randomBytes(24).toString('base64url')
const scratch = scratchDirectory('keycloak')

let port: number
let keycloak: Keycloak
let sallyport: RunningProcess | undefined
const origin = () => `http://localhost:${port}`

/** One provider for each claim that can hold groups; only the first has the id the realm file knows. */
const groupClaims = {
  keycloak: 'groups',
  realm: 'realm_access.roles',
  'client-roles': 'resource_access.sallyport.roles',
}

const configuration = (issuer: string) => ({
  development: true,
  public_url: origin(),
  port,
  listen: { host: '127.0.0.1' },
  data_dir: join(scratch.path, 'data'),
  providers: Object.entries(groupClaims).map(([id, groups]) => ({
    id,
    preset: 'keycloak',
    issuer,
    client_id: 'sallyport',
    client_secret_file: join(scratch.path, 'client-secret'),
    claims: { groups },
  })),
  allow: { anyone: true },
  rules: [{ host: 'app.test' }, { host: 'mail.test', allow: { emails: ['@example.com'] } }],
  resources: [{ url: resource, scopes: ['mcp:tools'], issuers: [issuer] }],
})

const start = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  startProcess({
    command: nodeBinary,
    args: [mainFile, ...args],
    cwd: scratch.path,
    env,
    ready: () => answers(port),
  })

async function startSallyport(issuer: string): Promise<void> {
  const file = join(scratch.path, 'sallyport.yaml')
  writeFileSync(file, stringify(configuration(issuer)))
  sallyport = await start(['--config', file])
}

async function stopSallyport(): Promise<void> {
  await sallyport?.stop()
  sallyport = undefined
}

beforeAll(async () => {
  const [first = 0, second = 0] = await freePorts(2)
  port = first
  mkdirSync(join(scratch.path, 'keycloak'))
  writeFileSync(join(scratch.path, 'client-secret'), clientSecret, { mode: 0o600 })
  keycloak = createKeycloak({
    directory: join(scratch.path, 'keycloak'),
    port: second,
    variables: {
      SALLYPORT_URL: origin(),
      SALLYPORT_CLIENT_SECRET: clientSecret,
      MCP_RESOURCE_URL: resource,
    },
  })
  await keycloak.start()
  const redirectUris = ['/callback/realm', '/callback/client-roles', '/callback'].map(
    (path) => `${origin()}${path}`,
  )
  await populate(keycloak, { resource, redirectUris })
  // As many guides write it: everything below also shows that it was corrected.
  await startSallyport(`${keycloak.issuer()}/`)
}, 600_000)
afterAll(async () => {
  await stopSallyport()
  await keycloak?.stop()
  scratch.remove()
}, 60_000)

const isPasswordForm = ({ url, body }: WebPage) =>
  url.origin !== origin() && body.includes('name="password"')

/** Begins a login and fills in Keycloak's form. */
async function signIn(visitor: WebVisitor, person: Person, provider = 'keycloak') {
  const form = await visitor.open(`${origin()}/login/${provider}`)
  expect(isPasswordForm(form)).toBe(true)
  return visitor.submit(form, credentialsOf(person))
}

async function signedIn(person: Person, provider?: string): Promise<WebVisitor> {
  const visitor = createWebVisitor()
  const page = await signIn(visitor, person, provider)
  expect([page.status, page.url.pathname]).toEqual([200, '/signed-in'])
  return visitor
}

/** What the proxy asks about a request; each header of the answer comes as one text. */
async function ask(host: string, headers: Readonly<Record<string, string>>, path = '/') {
  const forwarded = { Method: 'GET', Proto: 'http', Host: host, Uri: path, For: '192.0.2.7' }
  const lines = [
    'GET /auth/traefik HTTP/1.1',
    `Host: localhost:${port}`,
    ...Object.entries(forwarded).map(([name, value]) => `X-Forwarded-${name}: ${value}`),
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ]
  const answer = await sendRaw({ port }, lines)
  const header = (name: string) => answer.headers[name]?.join(', ')
  return { status: answer.status, body: answer.body, header }
}

/** The browser loads a page of an application. */
const askAs = (visitor: WebVisitor, host = 'app.test') =>
  ask(host, {
    Accept: 'text/html',
    'Sec-Fetch-Mode': 'navigate',
    'Sec-Fetch-Dest': 'document',
    Cookie: visitor.cookieFor(origin()),
  })

const askWith = (token: string) => ask('mcp.test', { Authorization: `Bearer ${token}` }, '/mcp')

describe('login at Keycloak', () => {
  test.each([
    ['keycloak', ['admins', 'family']],
    ['realm', ['member']],
    ['client-roles', ['operator']],
  ])('hands on the groups of the claim that provider "%s" is set to', async (provider, groups) => {
    const answer = await askAs(await signedIn('mia', provider))
    expect(answer.status).toBe(200)
    expect(answer.header('x-forwarded-user')).toBe('mia@example.com')
    expect(answer.header('x-forwarded-email')).toBe('mia@example.com')
    expect(answer.header('x-forwarded-preferred-username')).toBe('mia')
    const arrived = answer.header('x-forwarded-groups')?.split(',')
    expect(arrived).toEqual(expect.arrayContaining(groups))
    // No path: the mapper of the shipped realm writes plain names.
    if (provider === 'keycloak') expect(arrived).toHaveLength(groups.length)
  })

  test('names a user without e-mail by the preferred name, and a rule for addresses refuses', async () => {
    const visitor = await signedIn('nomail')
    const answer = await askAs(visitor)
    expect(answer.status).toBe(200)
    expect(answer.header('x-forwarded-user')).toBe('nomail')
    expect(answer.header('x-forwarded-email')).toBe('')
    const refused = await askAs(visitor, 'mail.test')
    expect(refused.status).toBe(403)
    expect(refused.body).toContain('not on the list')
  })

  test('takes an unverified address for none, and says so where it is wanted (R44)', async () => {
    const visitor = await signedIn('unverified')
    const answer = await askAs(visitor)
    expect([answer.status, answer.header('x-forwarded-email')]).toEqual([200, ''])
    const refused = await askAs(visitor, 'mail.test')
    expect(refused.status).toBe(403)
    expect(refused.body).toContain('unverified@example.com')
    expect((await askAs(await signedIn('mia'), 'mail.test')).status).toBe(200)
  })

  test('says that the slash at the end of the issuer was corrected', () => {
    expect(sallyport?.output()).toContain(`was corrected to \\"${keycloak.issuer()}\\"`)
  })

  test('check-config says so too and finds nothing wrong', async () => {
    const file = join(scratch.path, 'sallyport.yaml')
    const checking = run(scratch.path, ['check-config', '--config', file])
    expect(await checking.ended).toBe(0)
    const said = checking.output()
    expect(said).toContain(`"providers[0].issuer" was corrected to "${keycloak.issuer()}"`)
    expect(said).toContain(`"resources[0].issuers[0]" was corrected to "${keycloak.issuer()}"`)
  })
})

describe('access tokens of Keycloak', () => {
  test('pass with the audience mapper and the scope of the realm file', async () => {
    const answer = await askWith(await accessToken(keycloak.issuer(), 'mcp-client'))
    expect(answer.status).toBe(200)
    expect(answer.header('x-forwarded-user')).toBe('mia@example.com')
    expect(answer.header('x-forwarded-scopes')?.split(' ')).toContain('mcp:tools')
  })

  test('for another audience are answered 401 (RFC 8707, R93)', async () => {
    const answer = await askWith(await accessToken(keycloak.issuer(), 'other-client'))
    expect(answer.status).toBe(401)
    expect(answer.header('www-authenticate')).toContain('error="invalid_token"')
  })

  test('without the scope are answered 403 with the scope to ask for (RFC 6750 §3.1)', async () => {
    const answer = await askWith(await accessToken(keycloak.issuer(), 'scopeless-client'))
    expect(answer.status).toBe(403)
    const challenge = answer.header('www-authenticate')
    expect(challenge).toContain('error="insufficient_scope"')
    expect(challenge).toContain('scope="mcp:tools"')
  })
})

test('nobody registers a client at the shipped realm without being let', async () => {
  const answer = await fetch(`${keycloak.issuer()}/clients-registrations/openid-connect`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ redirect_uris: ['https://evil.example/callback'] }),
  })
  expect(answer.status).toBe(403)
})

test('a login without PKCE is refused by the shipped realm (R32)', async () => {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: 'sallyport',
    redirect_uri: `${origin()}/callback/keycloak`,
    scope: 'openid',
  })
  const page = await fetch(`${keycloak.issuer()}/protocol/openid-connect/auth?${query}`, {
    redirect: 'manual',
  })
  expect(page.headers.get('location')).toContain('error=invalid_request')
})

describe('logout', () => {
  test('ends the session at Keycloak too: the next login asks for the password', async () => {
    const visitor = await signedIn('mia')
    const again = await visitor.open(`${origin()}/login/keycloak?prompt=x`)
    expect(again.url.pathname).toBe('/signed-in')
    const before = visitor.cookieFor(origin())
    const asked = await visitor.open(`${origin()}/logout`)
    const page = await visitor.submit(asked, { csrf: csrfOf(asked) })
    expect(page.url.href).toBe(`${origin()}/signed-out`)
    expect(page.trail.some((address) => address.startsWith(keycloak.issuer()))).toBe(true)
    expect((await ask('app.test', { Cookie: before })).status).toBe(401)
    expect(isPasswordForm(await visitor.open(`${origin()}/login/keycloak`))).toBe(true)
  })

  test('by an administrator at Keycloak ends our session within a second', async () => {
    const visitor = await signedIn('mia')
    const other = await signedIn('nomail')
    expect((await askAs(visitor)).status).toBe(200)
    await keycloak.admin('POST', `/users/${await userId(keycloak, 'mia')}/logout`)
    await expect
      .poll(async () => (await askAs(visitor)).status, { timeout: 1000, interval: 50 })
      .not.toBe(200)
    expect((await ask('app.test', { Cookie: visitor.cookieFor(origin()) })).status).toBe(401)
    expect((await askAs(other)).status).toBe(200)
    await expect
      .poll(() => sallyport?.output(), { timeout: 15_000 })
      .toContain('"logout.by_provider"')
  })
})

const csrfOf = ({ body }: WebPage): string => /name="csrf" value="([^"]+)"/.exec(body)?.[1] ?? ''

const keyRequests = () =>
  (keycloak.output().match(/GET \S*\/protocol\/openid-connect\/certs/g) ?? []).length

test('a new signing key is fetched once, and tokens of the old one go on (R39)', async () => {
  const old = await accessToken(keycloak.issuer(), 'mcp-client')
  expect((await askWith(old)).status).toBe(200)
  await keycloak.admin('POST', '/components', {
    name: 'new-key',
    providerId: 'rsa-generated',
    providerType: 'org.keycloak.keys.KeyProvider',
    config: { priority: ['900'], enabled: ['true'], active: ['true'], algorithm: ['RS256'] },
  })
  const fresh = () => accessToken(keycloak.issuer(), 'mcp-client')
  expect(decodeProtectedHeader(await fresh()).kid).not.toBe(decodeProtectedHeader(old).kid)
  const before = keyRequests()
  expect(before).toBeGreaterThan(0)
  // Unknown keys cause one fetch in 30 seconds, counted from the last one.
  await expect
    .poll(async () => (await askWith(await fresh())).status, { timeout: 40_000, interval: 1000 })
    .toBe(200)
  for (let count = 0; count < 5; count++) expect((await askWith(await fresh())).status).toBe(200)
  expect((await askWith(old)).status).toBe(200)
  expect(keyRequests() - before).toBe(1)
  // A login takes its keys by itself, at most once a minute.
  await expect
    .poll(async () => (await signIn(createWebVisitor(), 'nomail')).url.pathname, {
      timeout: 70_000,
      interval: 5000,
    })
    .toBe('/signed-in')
}, 150_000)

test('while Keycloak is down sessions and tokens go on and login says so within 6 s; then it recovers (R136)', async () => {
  const visitor = await signedIn('nomail')
  const unseen = await accessToken(keycloak.issuer(), 'mcp-client')
  await keycloak.stop()
  expect((await askAs(visitor)).status).toBe(200)
  expect((await askWith(unseen)).status).toBe(200)
  const begun = performance.now()
  const page = await createWebVisitor().open(`${origin()}/login/keycloak`)
  expect(performance.now() - begun).toBeLessThan(6000)
  expect(page.status).toBe(503)
  expect(page.body).toContain('cannot be reached')
  await keycloak.start()
  await expect
    .poll(async () => (await createWebVisitor().open(`${origin()}/login/keycloak`)).status, {
      timeout: 40_000,
      interval: 1000,
    })
    .toBe(200)
  await signedIn('mia')
}, 300_000)

test("mcpauth's environment is enough for a login, at its own callback", async () => {
  await stopSallyport()
  const { hostname, port: keycloakPort } = new URL(keycloak.issuer())
  sallyport = await start([], {
    PORT: String(port),
    OAUTH_DOMAIN: `localhost:${port}`,
    DEV_MODE: 'true',
    PROVIDER: 'keycloak',
    CLIENT_ID: 'sallyport',
    CLIENT_SECRET: clientSecret,
    KEYCLOAK_AUTH_PROTOCOL: 'http',
    KEYCLOAK_AUTH_HOST: hostname,
    KEYCLOAK_AUTH_PORT: keycloakPort,
    KEYCLOAK_REALM: 'sallyport',
    ALLOWED_EMAILS: 'mia@example.com',
  })
  const visitor = createWebVisitor()
  const page = await signIn(visitor, 'mia')
  expect(page.trail.some((address) => address.startsWith(`${origin()}/callback?`))).toBe(true)
  expect(page.status).toBe(200)
  const refused = await signIn(createWebVisitor(), 'nomail')
  expect(refused.status).toBe(403)
})

test('a realm behind a path works alike (--http-relative-path)', async () => {
  await stopSallyport()
  await keycloak.stop()
  await keycloak.start('/sso')
  const issuer = keycloak.issuer('/sso')
  await startSallyport(issuer)
  expect((await askAs(await signedIn('mia'))).status).toBe(200)
  expect((await askWith(await accessToken(issuer, 'mcp-client'))).status).toBe(200)
}, 300_000)
