import { expect, test } from 'vitest'
import { problemsOf } from '../../../support/load-configuration.ts'
import { loginAt, tokenAt } from '../../../support/provider-fixture.ts'

const configured = (entry: string, more = '') => ({
  yaml: `public_url: https://auth.example.com\nallow: { anyone: true }\n${more}\nproviders: [{ client_id: x, client_secret: q8Zr2LmN4pXv7TyB, ${entry} }]`,
})

const tenant = '11111111-2222-3333-4444-555555555555'
const other = '66666666-7777-8888-9999-000000000000'
const host = 'https://login.microsoftonline.com'
const common = { issuer: `${host}/organizations/v2.0`, tenants: [tenant] }
const discoveryFile = 'discovery-organizations'

test('createOpenIdProvider() at entra takes no address from preferred_username, and email only as unverified (nOAuth)', async () => {
  const { identity, requests } = await loginAt('entra')
  expect(identity).toMatchObject({
    issuer: `${host}/${tenant}/v2.0`,
    email: undefined,
    emailDomain: undefined,
    unverifiedEmail: 'alice@example.com',
    preferredUsername: 'alice@example.com',
    groups: ['aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb'],
  })
  expect(requests.join()).not.toContain('graph.microsoft.com')
  const without = await loginAt('entra', { idToken: { email: undefined } })
  expect(without.identity).toMatchObject({ email: undefined, unverifiedEmail: undefined })
})

test.each([
  [true, 'alice@example.com'],
  ['1', 'alice@example.com'],
  [1, 'alice@example.com'],
  ['true', 'alice@example.com'],
  [false, undefined],
  ['0', undefined],
  [0, undefined],
  [{ yes: true }, undefined],
])(
  'createOpenIdProvider() at entra judges an address by xms_edov %j (R44)',
  async (edov, email) => {
    const { identity } = await loginAt('entra', { idToken: { xms_edov: edov } })
    expect(identity?.email).toBe(email)
  },
)

test('createOpenIdProvider() at entra reads xms_edov as a word about "email" alone (R44)', async () => {
  const entry = { claims: { email: 'mail' } }
  const idToken = { mail: 'boss@example.com', xms_edov: true }
  const { identity } = await loginAt('entra', { entry, idToken })
  expect(identity).toMatchObject({ email: undefined, unverifiedEmail: 'boss@example.com' })
})

test('createOpenIdProvider() at entra lets the option trust addresses only where xms_edov says nothing', async () => {
  const entry = { trust_email_without_claim: true }
  expect((await loginAt('entra', { entry })).identity?.email).toBe('alice@example.com')
  const denied = await loginAt('entra', { entry, idToken: { xms_edov: false } })
  expect(denied.identity?.email).toBe(undefined)
})

test.each([
  { groups: undefined, _claim_names: { groups: 'src1' }, _claim_sources: { src1: {} } },
  { groups: undefined, hasgroups: true },
])(
  'createOpenIdProvider() at entra warns when there are more groups than a token holds (%#)',
  async (idToken) => {
    const { identity, lines } = await loginAt('entra', { idToken })
    expect(identity?.groups).toEqual([])
    expect(lines).toContainEqual({
      event: 'provider.incomplete',
      fields: expect.objectContaining({
        warning: expect.stringContaining('none of them count here'),
      }),
    })
  },
)

test('createOpenIdProvider() at entra says nothing of groups when all are there, and prefers app roles', async () => {
  const { identity, lines } = await loginAt('entra', { idToken: { roles: ['Operator'] } })
  expect(identity?.groups).toEqual(['Operator'])
  expect(lines.map(({ event }) => event)).not.toContain('provider.incomplete')
})

test('createOpenIdProvider() at entra accepts listed tenants of a shared issuer, each under its own issuer (R47)', async () => {
  const { identity } = await loginAt('entra', { entry: common, discoveryFile })
  expect(identity).toMatchObject({ issuer: `${host}/${tenant}/v2.0` })
})

test.each([
  ['a tenant not listed', { tid: other, iss: `${host}/${other}/v2.0` }, 'not listed'],
  ['no tenant', { tid: undefined }, ''],
  ['an issuer that is not of its tenant', { iss: `${host}/${other}/v2.0` }, ''],
  ['an issuer elsewhere', { iss: `https://evil.example/${tenant}/v2.0` }, ''],
])(
  'createOpenIdProvider() at entra refuses %s at a shared issuer (R47)',
  async (_what, idToken, reason) => {
    const { answer } = await loginAt('entra', { entry: common, discoveryFile, idToken })
    expect(answer).toMatchObject({ kind: 'refused', reason: expect.stringContaining(reason) })
  },
)

test('createOpenIdProvider() at entra refuses a template where one tenant was named (R38)', async () => {
  const { unavailable } = await loginAt('entra', {
    entry: { issuer: `${host}/${tenant}/v2.0` },
    discoveryFile,
  })
  expect(unavailable).toContain('names the issuer')
})

test.each(['common', 'organizations', 'consumers'])(
  'loadSettings() refuses the issuer %s without tenants (R47)',
  (name) => {
    const entry = `preset: entra, issuer: ${host}/${name}/v2.0`
    expect(problemsOf(configured(entry))).toEqual([
      expect.stringContaining('where every tenant in the world can log in'),
    ])
    expect(problemsOf(configured(`${entry}, tenants: [${tenant}]`))).toEqual([])
  },
)

test.each([
  [`preset: entra, issuer: ${host}/contoso.onmicrosoft.com/v2.0`, 'id of the tenant, a GUID'],
  [`preset: entra, issuer: ${host}/${tenant}`, 'id of the tenant, a GUID'],
  [`preset: entra, issuer: ${host}/${tenant}/v2.0, tenants: [${tenant}]`, 'no meaning beside'],
  [`preset: entra, issuer: ${host}/common/v2.0, tenants: [contoso]`, 'a GUID'],
  [`preset: oidc, issuer: https://id.example.com, tenants: [${tenant}]`, 'only for preset entra'],
  [
    `preset: entra, issuer: ${host}/${tenant}/v2.0, claims: { email: preferred_username }`,
    'it is no address',
  ],
])('loadSettings() refuses %s', (entry, problem) => {
  expect(problemsOf(configured(entry))).toEqual([expect.stringContaining(problem)])
})

test('authenticate() at entra wants the API app as audience, whatever URL the resource has', async () => {
  const issuer = { audiences: ['77777777-6666-5555-4444-333333333333'] }
  expect(await tokenAt('entra', { type: 'JWT', issuer })).toMatchObject({
    kind: 'authenticated',
    identity: { scopes: ['mcp.tools'] },
  })
  for (const aud of ['https://mcp.example.com/mcp', 'another-app'])
    expect(await tokenAt('entra', { type: 'JWT', issuer, claims: { aud } })).toMatchObject({
      reason: 'wrong-audience',
    })
  await expect(tokenAt('entra')).rejects.toThrow('expected the client id of the API app')
})
