import { describe, expect, test } from 'vitest'
import {
  judgeChallenge,
  judgeLogin,
  judgeStepUp,
} from '../../../../src/cli/doctor/judge-refusal.ts'

const url = new URL('https://app.example.com/a?x=%2F')
const login = 'https://auth.example.com/login'
const back = encodeURIComponent(url.href)
const report = { dialect: 'caddy', peer: '', outcome: 'login', names: [], forwarded: [] }
const answer = (status: number, headers: Record<string, readonly string[]> = {}) =>
  ({ kind: 'answer', status, headers, body: '' }) as const
const fault = { kind: 'fault', reason: 'reset' } as const
const to = (location: string) => answer(302, { location: [location] })
const challenge = (...values: readonly string[]) => ({ 'www-authenticate': values })

describe('judgeLogin()', () => {
  test.each([
    [to(`${login}?rd=${back}`), 'ok', /come back/],
    [to(`${login}?rd=${back.replace('https', 'http')}`), 'wrong', /come to http:/],
    [to(`${login}?rd=%E0%A4%A`), 'wrong', /%E0%A4%A/],
    [to('https://other.example.com/login'), 'wrong', /302 to https:\/\/other/],
    [answer(401), 'wrong', /401 instead of a redirect .*dialect caddy/],
    [answer(503), 'wrong', /makes 503 of it .*dialect caddy/],
    [fault, 'wrong', /reset/],
  ])('judges %j as %s', (asked, grade, text) => {
    const finding = judgeLogin(url, asked, 'https://auth.example.com', report)
    expect(finding).toEqual({ grade, text: expect.stringMatching(text) })
  })
})

describe('judgeChallenge()', () => {
  const metadata = 'https://app.example.com/.well-known/oauth-protected-resource/a'
  const named = `Bearer realm="r", resource_metadata="${metadata}"`
  test.each([
    [answer(401, challenge(named)), 'ok', /survives on 401/],
    [answer(401), 'wrong', /does not survive on 401/],
    [answer(401, challenge(named, 'Basic')), 'wrong', /2 times/],
    [answer(401, challenge('Bearer realm="r"')), 'wrong', /does not name https/],
    [answer(302), 'wrong', /302 instead of 401/],
    [answer(500), 'wrong', /makes 500/],
    [fault, 'wrong', /reset/],
  ])('judges %j as %s (RFC 9728 §5.1)', (asked, grade, text) => {
    const finding = judgeChallenge(url, asked, metadata, report)
    expect(finding).toEqual({ grade, text: expect.stringMatching(text) })
  })

  test('wants no metadata where there is no resource', () => {
    expect(judgeChallenge(url, answer(401, challenge('Bearer')), undefined, report).grade).toBe(
      'ok',
    )
  })
})

test.each([
  [answer(403, challenge('Bearer error="insufficient_scope"')), 'ok', /survives on 403/],
  [answer(403), 'wrong', /does not survive on 403/],
  [answer(403, challenge('Bearer')), 'wrong', /does not survive on 403/],
  [answer(401), 'wrong', /reaches the client as 401/],
  [answer(502), 'wrong', /makes 502/],
  [fault, 'wrong', /reset/],
])('judgeStepUp() judges %j as %s (RFC 6750 §3.1)', (asked, grade, text) => {
  expect(judgeStepUp(url, asked, report)).toEqual({ grade, text: expect.stringMatching(text) })
})
