import { expect, test } from 'vitest'
import { formatFinding } from '../../../../src/cli/doctor/finding.ts'
import { judgeForged } from '../../../../src/cli/doctor/judge-forged.ts'
import { judgeQuestion, judgeUnreported } from '../../../../src/cli/doctor/judge-question.ts'
import type { ProbeReport } from '../../../../src/ports/probe.ts'

const url = new URL('https://app.example.com/a%2Fb?x=1&x=')

const good: ProbeReport = {
  dialect: 'nginx',
  peer: '127.0.0.1',
  outcome: 'login',
  names: ['cookie', 'x-forwarded-for'],
  forwarded: [
    ['x-forwarded-method', 'GET'],
    ['x-forwarded-proto', 'https'],
    ['x-forwarded-host', 'app.example.com'],
    ['x-forwarded-uri', '/a%2Fb?x=1&x='],
  ],
}
const replaced = (name: string, ...values: readonly string[]): ProbeReport['forwarded'] => [
  ...good.forwarded.filter(([each]) => each !== name),
  ...values.map((value) => [name, value] as const),
]
const judge = (own: Partial<ProbeReport>) =>
  judgeQuestion(url, { ...good, ...own }, ['cookie']).map(formatFinding)

test('judgeQuestion() is content with a question that describes the request', () => {
  expect(judge({})).toEqual(['ok: app.example.com: the proxy asks rightly, in the dialect nginx'])
})

test.each([
  ['x-forwarded-method', 'POST'],
  ['x-forwarded-proto', 'http'],
  ['x-forwarded-host', 'app.example.com:8443'],
  ['x-forwarded-uri', '/a/b'],
])('judgeQuestion() names %s with the value %s', (name, value) => {
  const [line, ...more] = judge({ forwarded: replaced(name, value) })
  expect(line?.toLowerCase()).toContain(
    `wrong: app.example.com: ${name} is "${value.toLowerCase()}"`,
  )
  expect(more).toEqual([])
})

test.each(good.forwarded)(
  'judgeQuestion() names %s when it is missing or repeated',
  (name, value) => {
    const outcome = 'missing-forwarding-header'
    expect(
      judge({ outcome, forwarded: replaced(name) })
        .join()
        .toLowerCase(),
    ).toBe(`wrong: app.example.com: the proxy does not send ${name} to sallyport`)
    const twice = judge({ forwarded: replaced(name, value, 'x') })
    expect(twice.join().toLowerCase()).toContain(`${name} arrives 2 times`)
  },
)

test.each([
  [
    { outcome: 'untrusted-peer', peer: '10.0.0.9', forwarded: [] },
    /^wrong: .*10\.0\.0\.9.*proxy\.trusted/,
  ],
  [{ outcome: 'two-dialects' }, /^wrong: .*two proxies .*dialect nginx/],
  [{ outcome: 'wrong-decision-method' }, /^wrong: .*ask with GET/],
  [{ outcome: 'no-rule' }, /^wrong: .*finds no rule/],
  [{ outcome: 'bad-host' }, /^wrong: .*bad-host/],
  [{ outcome: 'unavailable' }, /^wrong: .*unavailable/],
  [{ names: ['x-forwarded-for'] }, /^wrong: .*Cookie does not arrive/],
])('judgeQuestion() puts %j into words', (own, line) => {
  expect(judge(own)).toEqual([expect.stringMatching(line)])
})

test('judgeQuestion() warns when nobody says where clients come from', () => {
  expect(judge({ names: ['cookie'] })).toEqual([
    expect.stringMatching(/^ok: /),
    expect.stringMatching(/^warning: .*X-Forwarded-For/),
  ])
})

test('judgeQuestion() compares the pair of ingress-nginx in its dialect', () => {
  const dialect = 'ingress-nginx'
  const pair = (address: string) =>
    [
      ['x-original-url', address],
      ['x-original-method', 'GET'],
    ] as const
  expect(judge({ dialect, forwarded: pair(url.href) })).toEqual([expect.stringMatching(/^ok: /)])
  expect(judge({ dialect, forwarded: pair('https://other.example.com/') })).toEqual([
    expect.stringMatching(/^wrong: .*X-Original-Url is "https:\/\/other/),
  ])
})

test('judgeQuestion() misses no header that Envoy does not send with a path prefix', () => {
  const forwarded = [['x-forwarded-proto', 'https']] as const
  expect(judge({ dialect: 'envoy', forwarded })).toEqual([expect.stringMatching(/^ok: /)])
})

const answer = (status: number, body = '') =>
  ({ kind: 'answer', status, headers: {}, body }) as const

test.each([
  [{ kind: 'fault', reason: 'ECONNREFUSED' } as const, 'wrong', /ECONNREFUSED/],
  [answer(503), 'wrong', /no question reached Sallyport/],
  [answer(200), 'wrong', /not protected/],
  [answer(404), 'wrong', /not protected/],
  [answer(401), 'not checked', /User-Agent/],
  [answer(403, '{"decision_id":"x"}'), 'not checked', /User-Agent/],
  [answer(403), 'wrong', /not protected/],
])('judgeUnreported() judges %j as %s', (asked, grade, text) => {
  expect(judgeUnreported(url, asked)).toEqual({ grade, text: expect.stringMatching(text) })
})

test.each([
  [good.forwarded, 'ok', /no effect/],
  [
    [...good.forwarded, ['x-original-url', 'https://forged.invalid/forged-by-client']],
    'wrong',
    /X-Original-Url/,
  ],
  [replaced('x-forwarded-host', 'forged.invalid'), 'wrong', /X-Forwarded-Host/],
  [[...good.forwarded, ['x-forwarded-for', '203.0.113.77']], 'warning', /X-Forwarded-For/],
  [[...good.forwarded, ['x-forwarded-for', '203.0.113.77, 192.0.2.1']], 'ok', /no effect/],
] as const)('judgeForged() judges %j as %s (R4, R5)', (forwarded, grade, text) => {
  expect(judgeForged(url, { ...good, forwarded })).toEqual([
    { grade, text: expect.stringMatching(text) },
  ])
})
