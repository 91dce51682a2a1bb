import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createIdentityProvider } from '../../../../src/adapters/identity-provider.ts'
import { apiUrl } from '../../../../src/adapters/providers/github-api.ts'
import { epochSeconds } from '../../../../src/protocol/time.ts'
import {
  type GithubServer,
  githubClient,
  startGithubServer,
} from '../../../support/github-server.ts'
import { problemsOf, settingsOf } from '../../../support/load-configuration.ts'
import {
  appOrigin,
  authOrigin,
  cookieName,
  type LoginStage,
  startLoginStage,
} from '../../../support/login-stage.ts'

const target = `${appOrigin}/report?q=1`
const login = `${authOrigin}/login?rd=${encodeURIComponent(target)}`

let github: GithubServer
let stage: LoginStage
const warnings: unknown[] = []

/** The provider as the configuration describes it. */
function configured(more: object = {}) {
  const { clientId, clientSecret } = githubClient
  const entry = { preset: 'github', issuer: github.issuer, client_id: clientId }
  const [settings] = settingsOf({
    yaml: `public_url: http://localhost:11000\ndevelopment: true\nallow: { anyone: true }
providers: [${JSON.stringify({ ...entry, client_secret: clientSecret, ...more })}]`,
  }).providers
  if (settings === undefined) throw new Error('No provider')
  const warn = (_event: string, fields: object = {}) => void warnings.push(fields)
  const log = { debug() {}, info() {}, warn, error() {}, debugEnabled: false }
  const now = () => epochSeconds(Date.now() / 1000)
  return {
    callbackPath: settings.callbackPath,
    provider: createIdentityProvider({ ...settings, allowInsecureHttp: true }, { log, now }),
  }
}

async function start(more: object = {}) {
  warnings.length = 0
  stage = await startLoginStage({ providers: [configured(more)] })
  return stage
}

/** The whole login, from the application's address to the session. */
async function signIn() {
  const browser = stage.browser()
  const page = await browser.open(login)
  const session = await stage.sessionOf(browser.cookiesFor(target)[cookieName])
  return { page, identity: session?.identity }
}

const failure = () => stage.lines.find(({ event }) => event === 'login.failed')?.fields['reason']

beforeEach(async () => {
  github = await startGithubServer()
  await start()
})
afterEach(async () => {
  await stage.close()
  await github.close()
})

describe('createGithubProvider() signs in', () => {
  test('brings the browser back with number, verified address, organizations and teams', async () => {
    const { page, identity } = await signIn()
    expect(page.url).toBe(target)
    expect(page.text).toBe(`arrived at ${target}`)
    expect(identity).toEqual({
      provider: 'github',
      issuer: github.issuer,
      subject: '583231',
      email: 'alice@example.com',
      emailDomain: 'example.com',
      unverifiedEmail: undefined,
      name: 'Alice Example',
      preferredUsername: 'octo-alice',
      groups: ['Acme', 'widgets', 'Acme/platform', 'Acme/on-call'],
      scopes: [],
    })
  })

  test('asks with PKCE S256 and state, and with nothing of OpenID Connect (R32)', async () => {
    await signIn()
    expect(Object.fromEntries(github.asked())).toEqual({
      client_id: githubClient.clientId,
      response_type: 'code',
      redirect_uri: `${authOrigin}/callback/github`,
      scope: 'read:user user:email read:org',
      state: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    })
  })

  test('lets the person choose another account', async () => {
    await stage.browser().open(`${login}&prompt=select_account`)
    expect(github.asked().get('prompt')).toBe('select_account')
  })

  test('reads every page, and gives the token to no address that an answer names', async () => {
    const many = Array.from({ length: 65 }, (_, at) => ({ login: `org-${at}` }))
    github.answers.set('/user/orgs', many)
    const { identity } = await signIn()
    expect(identity?.groups).toHaveLength(65 + 2)
    expect(github.requests.filter((line) => line === 'GET /api/v3/user/orgs')).toHaveLength(3)
  })

  test('says so when there are more organizations than are read', async () => {
    github.answers.set(
      '/user/orgs',
      Array.from({ length: 601 }, (_, at) => ({ login: `org-${at}` })),
    )
    const { identity } = await signIn()
    expect(identity?.groups).toHaveLength(600 + 2)
    expect(warnings).toContainEqual(
      expect.objectContaining({ account: '583231', warning: expect.stringContaining('more') }),
    )
  })

  test('asks for no groups when no scope allows it', async () => {
    await stage.close()
    await start({ scopes: ['read:user', 'user:email'] })
    const { identity } = await signIn()
    expect(identity?.groups).toEqual([])
    expect(github.requests.join()).not.toContain('/user/teams')
  })
})

describe('createGithubProvider() takes the primary address only when GitHub verified it (R44)', () => {
  const entry = { email: 'alice@example.com', primary: true, verified: true }
  test.each([
    ['it is not verified', [{ ...entry, verified: false }], 'alice@example.com'],
    ['another one is verified', [{ ...entry, primary: false }], undefined],
    ['it is no address', [{ ...entry, email: 'a@b@example.com' }], undefined],
    ['there is none', [], undefined],
  ])('refuses the person when %s', async (_what, emails, unverifiedEmail) => {
    github.answers.set('/user/emails', emails)
    const { page, identity } = await signIn()
    expect(page.status).toBe(403)
    expect(identity).toBe(undefined)
    expect(stage.lines).toContainEqual(
      expect.objectContaining({
        event: 'login.denied',
        fields: expect.objectContaining({
          reason: unverifiedEmail ? 'unverified-email' : 'not-on-list',
        }),
      }),
    )
  })

  test('does not take the public address of the profile instead', async () => {
    github.answers.set('/user', { id: 1, login: 'x', name: null, email: 'boss@example.com' })
    github.answers.set('/user/emails', [])
    expect((await signIn()).page.status).toBe(403)
  })
})

describe('createGithubProvider() answers with a page', () => {
  test.each([
    ['/user', 401, 403, 'GitHub answered 401 to /user'],
    ['/user/emails', 404, 403, 'GitHub answered 404 to /user/emails'],
    ['/user/teams', 403, 403, 'GitHub answered 403 to /user/teams'],
    ['/user/orgs', 502, 503, 'GitHub answered 502 to /user/orgs'],
    ['/user', 429, 503, 'GitHub answered 429 to /user'],
  ])('when %s answers %i', async (path, status, shown, reason) => {
    github.statuses.set(path, status)
    expect((await signIn()).page.status).toBe(shown)
    expect(failure()).toBe(reason)
  })

  test.each([
    ['/user', { id: 'octo', login: 'x' }],
    ['/user', { id: -1, login: 'x' }],
    ['/user/emails', [{ email: 'alice@example.com', primary: true }]],
    ['/user/orgs', [{ name: 'x' }]],
    ['/user/teams', [{ slug: 'x' }]],
  ])('when %s answers something else (%#)', async (path, answer) => {
    github.answers.set(path, answer)
    expect((await signIn()).page.status).toBe(403)
    expect(failure()).toContain("GitHub's answer cannot be read")
  })

  test('when GitHub says no to the code with status 200', async () => {
    await stage.close()
    await start({ client_secret: 'another-secret-of-ours-3f9c1' })
    expect((await signIn()).page.status).toBe(403)
    expect(failure()).toBe('token endpoint answered "incorrect_client_credentials"')
    expect(github.requests.join()).not.toContain('/api/v3')
  })

  test('when the answer is of another issuer, without redeeming the code (R36, RFC 9207 §2.4)', async () => {
    const browser = stage.browser()
    const first = await browser.openOnce(login)
    const state = new URL(first.headers.get('Location') ?? '').searchParams.get('state')
    const page = await browser.open(
      `${authOrigin}/callback/github?code=c&state=${state}&iss=https://evil.example`,
    )
    expect(page.status).toBe(403)
    expect(github.requests.join()).not.toContain('access_token')
  })

  test('when nobody answers', async () => {
    const browser = stage.browser()
    const first = await browser.openOnce(login)
    const back = await browser.openOnce(first.headers.get('Location') ?? '')
    await github.close()
    expect((await browser.open(back.headers.get('Location') ?? '')).status).toBe(503)
  })
})

test('createGithubProvider() ends no session at GitHub', () => {
  const { provider } = configured()
  expect(provider.logoutUrl('x', `${authOrigin}/signed-out`)).toBe(undefined)
  expect(provider.logoutOrigin()).toBe(undefined)
})

test.each([
  ['https://github.com/login/oauth', 'https://api.github.com'],
  ['https://acme.ghe.com/login/oauth', 'https://api.acme.ghe.com'],
  ['https://github.example.com/login/oauth', 'https://github.example.com/api/v3'],
  ['https://evilghe.com/login/oauth', 'https://evilghe.com/api/v3'],
])('apiUrl() finds the API of %s', (issuer, api) => {
  expect(apiUrl(issuer)).toBe(api)
})

describe('loadSettings()', () => {
  const given = (entry: string, more = '') => ({
    yaml: `public_url: https://auth.example.com\nallow: { anyone: true }\n${more}
providers: [{ preset: github, client_id: x, client_secret: q8Zr2LmN4pXv7TyB1sWd${entry} }]`,
  })

  test('takes github.com when no issuer is named, and never adds openid', () => {
    expect(settingsOf(given('')).providers).toMatchObject([
      {
        issuer: 'https://github.com/login/oauth',
        scopes: ['read:user', 'user:email', 'read:org'],
        callbackPath: '/callback/github',
      },
    ])
  })

  test.each([
    [', issuer: https://github.example.com', '', '/login/oauth'],
    [', claims: { groups: x }', '', 'no meaning for preset github'],
    ['', 'resources: [{ url: https://m.example.com, issuers: https://github.com }]', 'its tokens'],
    [
      '',
      'resources: [{ url: https://m.example.com, issuers: https://github.com/login/oauth }]',
      'GitHub issues no access tokens for a resource',
    ],
  ])('refuses %j %s', (entry, more, problem) => {
    expect(problemsOf(given(entry, more))).toEqual([expect.stringContaining(problem)])
  })
})
