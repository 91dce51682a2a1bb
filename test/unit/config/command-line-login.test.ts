import { describe, expect, test } from 'vitest'
import { fileWith, type Given, problemsOf, settingsOf } from '../../support/load-configuration.ts'

const given = (lines: string): Given => ({ yaml: fileWith(`${lines}\n`) })
const clientsOf = (lines: string) => settingsOf(given(lines)).authorizationServer?.clients

describe('loadSettings() with command_line_login', () => {
  test('has an authorization server for the command line alone, closed to others', () => {
    expect(settingsOf(given('command_line_login: true')).authorizationServer).toMatchObject({
      registration: 'off',
      clientDocuments: { enabled: false },
      resources: [],
      clients: [
        {
          id: 'sallyport-cli',
          authMethod: 'none',
          redirectUris: ['http://127.0.0.1/callback'],
          scopes: [],
          trusted: false,
        },
      ],
    })
  })

  test('knows no command line unless it is switched on', () => {
    expect(settingsOf(given('command_line_login: false')).authorizationServer).toBeUndefined()
    expect(clientsOf('resources: [{ url: https://mcp.example.com/mcp }]')).toEqual([])
  })

  test('refuses a client of the operator with its id, also when it is off', () => {
    const client = '{ id: sallyport-cli, redirect_uris: [http://127.0.0.1/callback] }'
    for (const on of ['true', 'false'])
      expect(
        problemsOf(
          given(`command_line_login: ${on}\nauthorization_server: { clients: [${client}] }`),
        ),
      ).toContainEqual(expect.stringContaining("the id of Sallyport's own command line"))
  })

  test('refuses it with the FAPI profile, which wants clients with keys', () => {
    expect(
      problemsOf(given('command_line_login: true\nauthorization_server: { fapi: true }')),
    ).toContainEqual(expect.stringContaining('"command_line_login" contradict each other'))
  })

  test('says that nobody could sign in', () => {
    const yaml =
      'public_url: https://auth.example.com\nallow: { anyone: true }\ncommand_line_login: true\n'
    expect(problemsOf({ yaml })).toContainEqual(
      expect.stringContaining('"command_line_login" has no effect: nobody can sign in'),
    )
  })
})
