import { describe, expect, test } from 'vitest'
import { fileWith, load, problemsOf, settingsOf } from '../../support/load-configuration.ts'

const rule = (members: string) => ({
  yaml: fileWith(
    `cookie: { domain: example.com }\nrules: [{ host: a.example.com${members && `, ${members}`} }]`,
  ),
})
const secret = 'client_secret: q8Zr2LmN4pXv7TyB1sWd'
const keycloak = 'https://sso.example.com/realms/home'

describe('demands of rules', () => {
  test.each([
    ['factor: 2', { factor: 2 }],
    ['max_age: 1h', { maxAge: 3600 }],
    ['factor: 2, max_age: 90', { factor: 2, maxAge: 90 }],
    ['', undefined],
  ])('loadSettings() reads %j', (members, demand) => {
    expect(settingsOf(rule(members)).policy.rules[0]?.demand).toEqual(demand)
  })

  test.each([
    ['factor: 1', 'Cannot read setting "rules[0].factor": expected 2, got 1'],
    ['factor: yes', 'Cannot read setting "rules[0].factor": expected 2, got "yes"'],
    [
      'max_age: 59s',
      'Cannot read setting "rules[0].max_age": expected a duration from 1m to 30d, such as 1h, got "59s"',
    ],
    [
      'access: public, factor: 2',
      'Setting "rules[0].factor" has no effect with access public; remove one of both',
    ],
    [
      'access: optional, max_age: 1h',
      'Setting "rules[0].max_age" has no effect with access optional; remove one of both',
    ],
  ])('loadSettings() refuses %j', (members, problem) => {
    expect(problemsOf(rule(members))).toEqual([problem])
  })
})

describe('demands that a provider never meets', () => {
  const google = `{ preset: google, client_id: g, ${secret} }`
  const given = (providers: string, local: boolean, members = 'factor: 2') => ({
    yaml: `public_url: https://auth.example.com
allow: { anyone: true }
cookie: { domain: example.com }
local_accounts: ${local}
providers: [${providers}]
rules: [{ host: a.example.com, ${members} }]`,
  })
  const said = (severity: string, yaml: ReturnType<typeof given>) =>
    load(yaml).warnings.filter((one) => one.severity === severity && /factor/.test(one.text))
  const text =
    'Provider "google" brings nobody in where "rules[0]" wants "factor" or "max_age": Google tells applications neither how nor when people signed in'

  test('loadSettings() warns when that keeps everyone out', () => {
    expect(said('warning', given(google, false))).toEqual([{ severity: 'warning', text }])
    expect(said('warning', given(google, false, 'max_age: 1h'))).toHaveLength(1)
  })

  test('loadSettings() says so when there are other ways in', () => {
    expect(said('notice', given(google, true))).toEqual([{ severity: 'notice', text }])
    const more = `${google}, { preset: keycloak, client_id: k, issuer: "${keycloak}" }`
    expect(said('notice', given(more, false))).toHaveLength(1)
    expect(said('warning', given(more, false))).toEqual([])
  })

  test('loadSettings() says nothing without a demand, and believes values of your own', () => {
    const own = google.replace(' }', ', second_factor: { amr: x } }')
    for (const yaml of [given(google, false, 'name: App'), given(own, false)]) {
      expect([...said('warning', yaml), ...said('notice', yaml)]).toEqual([])
    }
  })
})

const withResource = (issuer: string, members: string, provider = '') => ({
  yaml: fileWith(`
providers: [{ preset: keycloak, client_id: k, issuer: "${keycloak}"${provider} }]
resources: [{ url: https://mcp.example.com/mcp, issuers: [${issuer}], ${members} }]`),
})

describe('demands of resources', () => {
  test('loadSettings() reads them, and what their issuers call it', () => {
    const given = withResource(keycloak, 'factor: 2, max_age: 5m', ', second_factor: { acr: gold }')
    const { policy, tokenIssuers } = settingsOf(given)
    expect(policy.resources[0]).toMatchObject({
      demand: { factor: 2, maxAge: 300 },
      acrValues: ['gold'],
    })
    expect(tokenIssuers[0]?.secondFactor).toEqual({ acr: ['gold'], amr: undefined })
  })

  test('loadSettings() takes the words of an issuer where nobody logs in', () => {
    const issuer = '{ issuer: https://other.example.com, second_factor: { amr: [mfa, x] } }'
    const { policy, tokenIssuers } = settingsOf(withResource(issuer, 'factor: 2'))
    expect(policy.resources[0]?.acrValues).toBeUndefined()
    expect(tokenIssuers[0]?.secondFactor).toEqual({ acr: [], amr: ['mfa', 'x'] })
  })

  test('loadSettings() asks nobody for a context when one factor is enough', () => {
    const { policy } = settingsOf(withResource(keycloak, 'max_age: 5m'))
    expect(policy.resources[0]?.acrValues).toBeUndefined()
  })

  test('loadSettings() refuses what our own tokens could never show', () => {
    expect(problemsOf(withResource('self', 'factor: 2'))).toEqual([
      'Setting "resources[0].factor" has no meaning for Sallyport\'s own tokens, which do not say how their person signed in',
    ])
  })
})

describe('second_factor', () => {
  const provider = (entry: string) => ({ yaml: fileWith(`providers: [{ ${entry}, ${secret} }]`) })
  const okta = 'preset: okta, issuer: https://acme.okta.com, client_id: o'

  test.each([
    [okta, { acr: ['urn:okta:loa:2fa:any'] }],
    [`preset: keycloak, issuer: "${keycloak}", client_id: k`, { acr: ['2'] }],
    ['preset: google, client_id: g', undefined],
    [`${okta}, second_factor: { amr: mfa }`, { acr: ['urn:okta:loa:2fa:any'], amr: ['mfa'] }],
    [`${okta}, second_factor: { acr: [phr, phrh] }`, { acr: ['phr', 'phrh'], amr: undefined }],
  ])('loadSettings() knows of the provider { %s }', (entry, expected) => {
    expect(settingsOf(provider(entry)).providers[0]?.secondFactor).toEqual(expected)
  })

  test.each([
    ['{ acr: [] }', 'second_factor.acr": expected at least one value, got []'],
    ['{ acr: "a b" }', 'second_factor.acr": expected a value of the claim, got "a b"'],
    ['mfa', 'second_factor": expected values under acr, amr, got "mfa"'],
  ])('loadSettings() refuses %s', (value, problem) => {
    expect(problemsOf(provider(`${okta}, second_factor: ${value}`))).toEqual([
      `Cannot read setting "providers[0].${problem}`,
    ])
  })

  test('loadSettings() knows no other member', () => {
    expect(problemsOf(provider(`${okta}, second_factor: { arc: x }`))).toEqual([
      'Unknown setting "providers[0].second_factor.arc"',
    ])
  })
})
