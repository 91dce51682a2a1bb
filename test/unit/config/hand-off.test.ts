import { describe, expect, test } from 'vitest'
import { fileWith, problemsOf, settingsOf, warningsOf } from '../../support/load-configuration.ts'

const rule = '{ host: app.example.com }'
const given = (cookie: string, more = '', rules = rule) => ({
  yaml: fileWith(`cookie: ${cookie}\nrules: [${rules}]\n${more}`),
})

describe('loadSettings() with several domains', () => {
  test('keeps the domain of the login apart from those it is handed on to', () => {
    const { cookie, handOff } = settingsOf(given('{ domains: [example.org, .example.com] }'))
    expect(cookie).toEqual({ domain: 'example.com', name: '__Secure-sallyport' })
    expect(handOff).toEqual({
      path: '/.sallyport',
      scope: { kind: 'domains', domains: ['example.org'] },
    })
  })

  test('takes them from a variable, and the path from the file', () => {
    const env = { SALLYPORT_COOKIE_DOMAINS: 'example.com, example.org' }
    const { handOff } = settingsOf({ ...given('{}', 'handoff_path: /_gate/hop'), env })
    expect(handOff).toEqual({
      path: '/_gate/hop',
      scope: { kind: 'domains', domains: ['example.org'] },
    })
  })

  test.each([
    ['none of them is that of the public host', '[example.org]', 'auth.example.com or a parent'],
    ['none is given', '[]', 'auth.example.com or a parent'],
    ['one is a public suffix', '[example.com, co.uk]', 'not a public suffix'],
    ['one has a single label', '[example.com, intranet]', 'at least two labels'],
    ['one is an address', '[example.com, 192.0.2.1]', 'not an address'],
    ['one holds another', '[example.com, app.example.com]', 'domains that hold no other'],
    ['one is there twice', '[example.com, example.org, example.org]', 'domains that hold no other'],
    ['one is a wildcard', '[example.com, "*.example.org"]', 'a domain'],
  ])('refuses them when %s (R16)', (_, domains, wanted) => {
    const problems = problemsOf(given(`{ domains: ${domains} }`))
    expect(problems.length).toBeGreaterThan(0)
    for (const problem of problems) expect(problem).toContain('cookie.domains')
    expect(problems.join()).toContain(wanted)
  })

  test.each(['{ host: app.example.net }', '{ host: "*.evilexample.org" }', '{ host: org }'])(
    'refuses the rule %s, which no cookie reaches',
    (unreachable) => {
      const all = given('{ domains: [example.com, example.org] }', '', `${rule}, ${unreachable}`)
      expect(problemsOf(all)).toEqual([
        expect.stringMatching(/^Setting "rules\[1\]\.host": .* is outside of all "cookie.domains"/),
      ])
    },
  )

  test.each([
    '{ host: example.org }',
    '{ host: "*.example.org" }',
    '{ host: "a.b.example.org:8443" }',
    '{ host: app.example.net, access: public }',
    '{ host: app.example.net, access: optional }',
  ])('accepts the rule %s', (reachable) => {
    const all = given('{ domains: [example.com, example.org] }', '', `${rule}, ${reachable}`)
    expect(problemsOf(all)).toEqual([])
    expect(warningsOf(all)).toEqual([])
  })
})

describe('loadSettings() in isolated mode', () => {
  test('has a cookie without a domain and hands on to every host (R24)', () => {
    const isolated = given('{ mode: isolated }', '', `${rule}, { host: "*.example.org" }`)
    const { cookie, handOff } = settingsOf(isolated)
    expect(cookie).toEqual({ domain: undefined, name: '__Host-sallyport' })
    expect(handOff.scope).toEqual({ kind: 'every-host' })
    expect(warningsOf(isolated)).toEqual([])
  })

  test('warns when an application shares the host of the login', () => {
    const shared = given('{ mode: isolated }', '', '{ host: auth.example.com }')
    expect(warningsOf(shared)).toEqual([expect.stringContaining('a host of its own')])
  })
})

describe('loadSettings() of settings that contradict each other', () => {
  test.each([
    ['{ domain: example.com, domains: [example.com] }', '', 'cookie.domains'],
    ['{ domain: example.com, mode: isolated }', '', 'in isolated mode no cookie is shared'],
    ['{ domains: [example.com], mode: isolated }', '', 'in isolated mode no cookie is shared'],
    ['{ domain: example.com }', 'handoff_path: /x', 'has no meaning'],
    ['{ mode: isolated }', 'handoff_path: /x/', 'a path of its own'],
    ['{ mode: isolated }', 'handoff_path: /auth/envoy', 'a path of its own'],
    ['{ mode: isolated }', 'handoff_path: /', 'a path of its own'],
    ['{ mode: isolated }', 'handoff_path: /a/../b', 'a path that starts with'],
    ['{ mode: alone }', '', 'one of shared, isolated'],
  ])('refuses cookie: %s %s', (cookie, more, wanted) => {
    expect(problemsOf(given(cookie, more))).toEqual([expect.stringContaining(wanted)])
  })

  test('hands nothing on unless it is asked to', () => {
    expect(settingsOf(given('{ domain: example.com }')).handOff.scope).toBeUndefined()
    expect(settingsOf(given('{ domain: example.com, mode: shared }')).handOff.scope).toBeUndefined()
  })
})
