import { expect, test } from 'vitest'
import type { GuardedFetch } from '../../../../src/adapters/outbound.ts'
import { createDatedFetch, judgeClock } from '../../../../src/cli/doctor/judge-clock.ts'

test.each([
  [0, 'ok', /agree/],
  [10, 'ok', /agree/],
  [-10, 'ok', /agree/],
  [11, 'warning', /11 seconds behind/],
  [-60, 'warning', /60 seconds ahead of/],
  [61, 'wrong', /61 seconds behind .*NTP/],
  [-3600, 'wrong', /3600 seconds ahead of .*NTP/],
  [undefined, 'not checked', /no "Date" header/],
])('judgeClock() judges a difference of %s seconds as %s (C21)', (skew, grade, text) => {
  const finding = judgeClock('x', skew)
  expect(finding).toEqual({ grade, text: expect.stringMatching(text) })
})

const answering =
  (date: string | undefined): GuardedFetch =>
  async () =>
    new Response('{}', date === undefined ? {} : { headers: { Date: date } })

test.each([
  ['Sun, 06 Nov 1994 08:49:37 GMT', 0],
  ['Sun, 06 Nov 1994 08:51:37 GMT', 120],
  ['Sun, 06 Nov 1994 08:48:37 GMT', -60],
  ['yesterday', undefined],
  [undefined, undefined],
])('createDatedFetch() compares "%s" with the clock', async (date, skew) => {
  const now = Date.UTC(1994, 10, 6, 8, 49, 37, 500)
  const dated = createDatedFetch(answering(date), () => now)
  await dated.fetch('https://sso.example.com/')
  expect(dated.skew()).toBe(skew)
})
