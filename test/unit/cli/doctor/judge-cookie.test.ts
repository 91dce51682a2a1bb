import { expect, test } from 'vitest'
import { judgeCookieReach } from '../../../../src/cli/doctor/judge-cookie.ts'
import { settingsOf } from '../../../support/load-configuration.ts'

const settings = settingsOf({
  yaml: `public_url: https://auth.example.com
cookie: { domain: example.com }
local_accounts: true
allow: { anyone: true }
rules:
  - { host: open.example.com, access: public }
  - { host: app.example.com, path: /a/ }
  - { host: app.example.com }
  - { host: '*.apps.example.com' }`,
})
const judge = (own: Partial<typeof settings>) =>
  judgeCookieReach({ ...settings, ...own }).map(({ grade, text }) => [
    grade,
    text.split(' ').at(-1),
  ])
const grades = (own: Partial<typeof settings>) => judge(own).map(([grade]) => grade)
const cookie = (domain: string | undefined) => ({ cookie: { domain, name: 'c' } })

test('judgeCookieReach() has one line for each host that wants a login', () => {
  expect(judge({})).toEqual([
    ['ok', 'app.example.com'],
    ['ok', '*.apps.example.com'],
  ])
})

test.each([
  ['example.com', ['ok', 'ok']],
  ['apps.example.com', ['wrong', 'ok']],
  ['auth.example.com', ['wrong', 'wrong']],
  ['ample.com', ['wrong', 'wrong']],
  [undefined, ['wrong', 'wrong']],
])('judgeCookieReach() with the domain %s (R28)', (domain, expected) => {
  expect(grades(cookie(domain))).toEqual(expected)
})

test('judgeCookieReach() counts hosts that get a session of their own (R24)', () => {
  const handOff = { path: '/.sallyport', scope: { kind: 'every-host' } } as const
  expect(grades({ ...cookie(undefined), handOff })).toEqual(['ok', 'ok'])
})

test('judgeCookieReach() finds nothing wrong with the settings of development mode', () => {
  const development = settingsOf({})
  expect(development.development).toBe(true)
  const findings = judgeCookieReach(development)
  expect(findings.map(({ grade }) => grade)).toEqual(expect.arrayContaining(['ok', 'warning']))
  expect(findings.filter(({ grade }) => grade === 'wrong')).toEqual([])
  for (const { grade, text } of findings)
    if (grade === 'warning') expect(text).toMatch(/: open it under http:\/\/localhost:11000$/)
})

test('judgeCookieReach() knows other names in development mode, which nobody can do without', () => {
  expect(grades({ ...cookie(undefined), development: true })).toEqual(['wrong', 'wrong'])
})
