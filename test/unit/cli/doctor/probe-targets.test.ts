import { expect, test } from 'vitest'
import { findProbeTargets } from '../../../../src/cli/doctor/probe-targets.ts'
import { settingsOf } from '../../../support/load-configuration.ts'

const targetsOf = (lines: string) => {
  const { targets, left } = findProbeTargets(
    settingsOf({
      yaml: `public_url: https://auth.example.com
cookie: { domain: example.com }
local_accounts: true
allow: { anyone: true }
${lines}`,
    }),
  )
  return { asked: targets.map(({ url }) => url.origin + url.pathname), left }
}

test.each([
  ['rules: [{ host: a.example.com }]', ['https://a.example.com/sallyport-doctor']],
  [
    'rules: [{ host: a.example.com, path: /x/ }, { host: a.example.com, path: /y }]',
    ['https://a.example.com/x/sallyport-doctor'],
  ],
  ['rules: [{ host: a.example.com, path: /y }]', ['https://a.example.com/y']],
  [
    'rules: [{ host: a.example.com, path: /x/, access: public }, { host: a.example.com }]',
    ['https://a.example.com/sallyport-doctor'],
  ],
  [
    'rules: [{ host: a.example.com, path: /open/, access: public }, { host: a.example.com, path: /shut/ }]',
    ['https://a.example.com/shut/sallyport-doctor'],
  ],
  ['rules: [{ host: a.example.com, access: public }]', []],
  ['rules: [{ host: a.example.com, access: optional }]', []],
  ["rules: [{ host: 'a.example.com:8443' }]", ['https://a.example.com:8443/sallyport-doctor']],
])('findProbeTargets() asks only where a login is wanted: %s', (lines, asked) => {
  expect(targetsOf(lines)).toEqual({ asked, left: [] })
})

test('findProbeTargets() says which hosts have no address', () => {
  expect(targetsOf("rules: [{ host: '*.a.example.com' }, { host: 'b.example.com:*' }]")).toEqual({
    asked: [],
    left: ['*.a.example.com', 'b.example.com:*'],
  })
})

test('findProbeTargets() asks for a page only where a method can be GET', () => {
  expect(targetsOf('rules: [{ host: a.example.com, methods: [POST] }]')).toEqual({
    asked: [],
    left: ['a.example.com'],
  })
})
