import { expect, test } from 'vitest'
import { type EchoExchange, judgeEcho } from '../../../../src/cli/doctor/judge-echo.ts'

const headers = [
  { name: 'X-Forwarded-User', value: 'user' },
  { name: 'X-Forwarded-Scopes', value: 'scopes' },
] as const
const exchange: EchoExchange = {
  url: new URL('https://app.example.com/echo'),
  status: 200,
  body: '',
  control: 'control-value',
  forged: new Map([
    ['X-Forwarded-User', 'forged-1'],
    ['X-Forwarded-Scopes', 'forged-2'],
  ]),
  expected: new Map([
    ['X-Forwarded-User', 'a.b+c@example.com'],
    ['X-Forwarded-Scopes', ''],
  ]),
  credential: 'the-cookie',
}
const control = 'X-Doctor-Control: control-value\n'
const user = 'X-Forwarded-User: a.b+c@example.com\n'
const judge = (body: string, status = 200) =>
  judgeEcho(headers, { ...exchange, body, status }).map(({ grade }) => grade)

test.each([
  [user],
  ['"x-forwarded-user": "a.b+c@example.com"'],
  ['"x-forwarded-user": [ "a.b+c@example.com" ]'],
  ['["X-Forwarded-User","a.b+c@example.com"]'],
])('judgeEcho() finds a header in the form %s (R11)', (shown) => {
  expect(judge(control + shown)).toEqual(['ok', 'ok', 'ok'])
})

test.each([
  ['not copied', control, ['wrong', 'ok', 'ok']],
  ['another value', `${control}X-Forwarded-User: aXb+c@example.com`, ['wrong', 'ok', 'ok']],
  [
    'forged beside the real one',
    `${control + user}X-Forwarded-User: forged-1`,
    ['wrong', 'ok', 'ok'],
  ],
  [
    'forged where nothing is known',
    `${control + user}X-Forwarded-Scopes: forged-2`,
    ['ok', 'wrong', 'ok'],
  ],
  ['the session', `${control + user}Cookie: s=the-cookie`, ['ok', 'ok', 'wrong']],
])('judgeEcho() names what is wrong: %s (R11, R25)', (_, body, grades) => {
  expect(judge(body)).toEqual(grades)
})

test.each([
  ['login', '', 302],
  ['challenge', '', 401],
  ['person', '', 403],
  ['no echo', 'hello', 200],
])('judgeEcho() does not judge without an echo: %s', (_, body, status) => {
  expect(judge(body, status)).toEqual(['not checked'])
})
