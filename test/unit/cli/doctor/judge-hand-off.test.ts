import { expect, test } from 'vitest'
import { handOffUrlOf, judgeHandOff } from '../../../../src/cli/doctor/judge-hand-off.ts'
import { settingsOf } from '../../../support/load-configuration.ts'

const settings = settingsOf({
  yaml: `public_url: https://auth.example.com
cookie: { domains: [example.com, example.org] }
local_accounts: true
allow: { anyone: true }
rules: [{ host: app.example.com }, { host: app.example.org }]`,
})

test('handOffUrlOf() knows the path of a host that the cookie of the login does not reach', () => {
  expect(handOffUrlOf(settings, new URL('https://app.example.com/a'))).toBeUndefined()
  expect(handOffUrlOf(settings, new URL('https://app.example.org/a'))?.href).toBe(
    'https://app.example.org/.sallyport/start?rd=https%3A%2F%2Fapp.example.org%2Fa',
  )
})

const answer = (status: number, location: string) =>
  ({ kind: 'answer', status, headers: { location: [location] }, body: '' }) as const

test.each([
  [answer(302, 'https://auth.example.com/handoff?rd=x&browser=y'), 'ok', /leads to Sallyport/],
  [answer(302, 'https://auth.example.com/login?rd=x'), 'wrong', /302 by somebody else/],
  [answer(200, 'https://auth.example.com/handoff?rd=x'), 'wrong', /200 by somebody else/],
  [answer(404, ''), 'wrong', /404 by somebody else/],
  [{ kind: 'fault', reason: 'reset' } as const, 'wrong', /reset/],
])('judgeHandOff() judges %j as %s (R24)', (asked, grade, text) => {
  const url = new URL('https://app.example.org/.sallyport/start')
  expect(judgeHandOff(asked, url, 'https://auth.example.com')).toEqual({
    grade,
    text: expect.stringMatching(text),
  })
})
