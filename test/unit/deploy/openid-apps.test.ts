// Would the applications of deploy/openid-apps.md get in? Sallyport's part is read by Sallyport, theirs compared with it.

import { describe, expect, test } from 'vitest'
import { endpointAt } from '../../../src/authorization-server/endpoints.ts'
import { type Given, load, problemsOf, settingsOf } from '../../support/load-configuration.ts'
import { readShipped } from '../../support/shipped.ts'

const page = readShipped('deploy/openid-apps.md')
const blockOf = (language: string): string =>
  new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1] ?? ''

const strong = 'kZ3mT9qW1xR7vB5nY2cL8pD4sF6hJ0gAkZ3mT9qW1xR'
const given: Given = {
  yaml: blockOf('yaml'),
  files: { '/run/secrets/grafana': strong, '/run/secrets/immich': strong },
}

const clientOf = (id: string) => {
  const client = settingsOf(given).authorizationServer?.clients.find((one) => one.id === id)
  if (client === undefined) throw new Error(`There is no client ${id}`)
  return client
}

/** `name = value` lines of a section. */
function readSection(name: string): Readonly<Record<string, string>> {
  const [, text = ''] = blockOf('ini').split(`[${name}]\n`)
  const lines = text.split('\n[')[0]?.split('\n') ?? []
  return Object.fromEntries(
    lines
      .filter((line) => line.includes(' = '))
      .map((line) => [line.slice(0, line.indexOf(' = ')), line.slice(line.indexOf(' = ') + 3)]),
  )
}

describe('openid-apps.md', () => {
  test("Sallyport's configuration is whole, with an authorization server for these applications alone", () => {
    expect(problemsOf(given)).toEqual([])
    expect(load(given).warnings.filter(({ severity }) => severity === 'warning')).toEqual([])
    const { authorizationServer } = settingsOf(given)
    expect(authorizationServer).toMatchObject({ registration: 'off', resources: [] })
    expect(authorizationServer?.clients.map(({ trusted }) => trusted)).toEqual([true, true])
  })

  test('Grafana asks where Sallyport answers, as the client that it is', () => {
    const grafana = readSection('auth.generic_oauth')
    const client = clientOf(grafana['client_id'] ?? '')
    const { issuer } = settingsOf(given).authorizationServer ?? {}
    const endpoints = ['auth_url', 'token_url', 'api_url', 'signout_redirect_url'].map((name) => {
      const { origin, pathname } = new URL(grafana[name] ?? '')
      return [origin === issuer, endpointAt(pathname)?.name]
    })
    expect(endpoints).toEqual([
      [true, 'authorization'],
      [true, 'token'],
      [true, 'userinfo'],
      [true, 'end_session'],
    ])
    expect([client.authMethod, grafana['auth_style']]).toEqual(['client_secret_basic', 'InHeader'])
    expect(grafana['use_pkce']).toBe('true')
    const root = readSection('server')['root_url'] ?? ''
    expect(client.redirectUris).toEqual([`${root}login/generic_oauth`])
    const after = new URL(grafana['signout_redirect_url'] ?? '').searchParams
    expect(after.get('client_id')).toBe(client.id)
    expect(client.postLogoutRedirectUris).toEqual([after.get('post_logout_redirect_uri')])
  })

  test('Immich shows who it is as Sallyport expects, on the phone too', () => {
    const client = clientOf('immich')
    expect(page).toContain(`| Token Endpoint Auth Method | \`${client.authMethod}\` |`)
    expect(client.redirectUris).toContain('app.immich:///oauth-callback')
  })
})
