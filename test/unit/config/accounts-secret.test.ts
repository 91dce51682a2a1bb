import { describe, expect, test } from 'vitest'
import { problemsOf, settingsOf } from '../../support/load-configuration.ts'

const fileWith = (lines: string) => ({
  yaml: `public_url: https://auth.example.com\nallow: { anyone: true }\nrules: [{ host: a.example.com }]\n${lines}`,
})
const strong = 'q7Zr1mVtYk3Lx9wNcB5sDf8GhJ2pQ4eRu6TiOaWyXvE'
const database = 'database_url: postgres://u:p@db/x'

describe('deriveAccountsSecret()', () => {
  test('is a file of the data directory unless one is given', () => {
    const made = settingsOf(fileWith('local_accounts: true\ndata_dir: /var/lib/sallyport'))
    expect(made.accountsSecret).toEqual({
      kind: 'file',
      path: '/var/lib/sallyport/accounts.key',
      readableByOthers: false,
    })
    const given = settingsOf(fileWith(`local_accounts: true\naccounts_secret: ${strong}`))
    expect(given.accountsSecret?.kind).toBe('given')
    expect(JSON.stringify(given.accountsSecret)).not.toContain(strong)
  })

  test('is wanted by nobody without local accounts', () => {
    const provider =
      'providers: [{ id: home, issuer: https://sso.example.com, client_id: a, client_secret: sixteen-bytes-at-least-32-of-them }]'
    expect(settingsOf(fileWith(provider)).accountsSecret).toBeUndefined()
  })

  test('has to be given with a database of several nodes: a file of each would be another key', () => {
    const without = settingsOf(fileWith(`local_accounts: true\n${database}`))
    expect(without.accountsSecret).toBeUndefined()
    const { accountsSecret } = settingsOf(
      fileWith(`local_accounts: true\n${database}\naccounts_secret: ${strong}`),
    )
    expect(accountsSecret?.kind).toBe('given')
  })

  test('refuses one that can be guessed (R109)', () => {
    const weak = problemsOf(fileWith('local_accounts: true\naccounts_secret: changeme'))
    expect(weak.join()).toContain('accounts_secret')
    expect(weak.join()).not.toContain('changeme')
  })
})
