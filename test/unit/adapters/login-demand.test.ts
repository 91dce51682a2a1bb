import { describe, expect, test } from 'vitest'
import { formatDemand } from '../../../src/adapters/login-demand.ts'
import { behaviourOf } from '../../../src/adapters/providers/behaviours.ts'
import { seconds } from '../../../src/protocol/time.ts'

const hour = seconds(3600)
const usual = behaviourOf('oidc')

describe('formatDemand()', () => {
  test.each([
    ['nothing in particular', { selectAccount: false }, [], {}],
    ['another account', { selectAccount: true }, [], { prompt: 'select_account' }],
    [
      'two factors by their names',
      { selectAccount: false, demand: { factor: 2 } },
      ['gold', 'silver'],
      { acr_values: 'gold silver' },
    ],
    [
      'two factors without a name',
      { selectAccount: false, demand: { factor: 2 } },
      [],
      { prompt: 'login' },
    ],
    [
      'a recent sign-in',
      { selectAccount: false, demand: { maxAge: hour } },
      ['gold'],
      { max_age: '3600', prompt: 'login' },
    ],
    [
      'all of it',
      { selectAccount: true, demand: { factor: 2, maxAge: hour } },
      ['gold'],
      { acr_values: 'gold', max_age: '3600', prompt: 'select_account login' },
    ],
  ] as const)(
    'asks for %s (OpenID Connect Core 1.0 §3.1.2.1)',
    (_, options, contexts, expected) => {
      expect(formatDemand(options, contexts, usual)).toEqual(expected)
    },
  )

  test('asks Entra ID for an authentication context in its own way', () => {
    const demand = { factor: 2 } as const
    const entra = behaviourOf('entra')
    expect(formatDemand({ selectAccount: false, demand }, ['c1'], entra)).toEqual({
      claims: '{"id_token":{"acrs":{"essential":true,"values":["c1"]}}}',
    })
    expect(formatDemand({ selectAccount: false, demand }, [], entra)).toEqual({ prompt: 'login' })
  })
})
