import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseYaml } from '../../../src/config/yaml.ts'
import { problemsOf } from '../../support/load-configuration.ts'

const faultsOf = (text: string): readonly string[] => {
  const reading = parseYaml(text)
  return reading.kind === 'faults' ? reading.faults : []
}

describe('faults', () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]
b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]
c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]
d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]
e: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]`

  test.each([
    ['a syntax error, with its line', 'a: 1\nb: [1\nc: 2', /line \d/],
    ['a duplicate key', 'a: 1\nb: 2\na: 3', /unique.*line 3/],
    ['tabs for indentation', 'a:\n\tb: 1', /line 2/],
    ['several documents', 'a: 1\n---\nb: 2', /documents/],
    ['an unknown tag', 'a: !!js/function "x"', /tag/i],
    ['an alias without anchor', 'a: *b', /alias/i],
    ['explosive aliases', bomb, /alias/i],
    ['a circle', 'a: &a { b: *a }', /nested more than/],
    ['too many levels', `a: ${'['.repeat(30)}${']'.repeat(30)}`, /nested more than 24/],
    ['levels beyond the stack', '['.repeat(50_000), /./],
    ['too many values', `[${'1,'.repeat(100_001)}]`, /more than 100000 values/],
    ['__proto__', '{ "__proto__": { development: true } }', /"__proto__" is not allowed/],
    ['constructor', 'a: { constructor: { prototype: 1 } }', /"constructor" is not allowed/],
  ])('parseYaml() refuses %s', (_, text, reason) => {
    expect(faultsOf(text).join()).toMatch(reason)
  })

  test('parseYaml() does not quote the line of a fault, which may hold a secret', () => {
    const faults = faultsOf('client_secret: "hunter2-hunter2\nb: 1').join()
    expect(faults).not.toBe('')
    expect(faults).not.toContain('hunter2')
  })

  test('parseYaml() does not change prototypes', () => {
    parseYaml('{ "__proto__": { polluted: yes } }')
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })
})

test('parseYaml() is total and reads every JSON value without forbidden keys', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) =>
      ['value', 'faults'].includes(parseYaml(text).kind),
    ),
  )
  const json = fc
    .jsonValue({ maxDepth: 5 })
    .filter((value) => !/__proto__|constructor|prototype/.test(JSON.stringify(value)))
  fc.assert(
    fc.property(json, (value) => {
      // YAML has no negative zero of its own.
      const text = JSON.stringify(value)
      expect(parseYaml(text)).toEqual({ kind: 'value', value: JSON.parse(text) })
    }),
  )
})

test.each([
  ['a list', '[1]', 'expected a map of settings'],
  ['a text', 'hello', 'expected a map of settings'],
  ['a syntax error', 'a: [', 'Cannot read "./sallyport.yaml"'],
])('loadSettings() refuses %s as a file', (_, yaml, problem) => {
  expect(problemsOf({ yaml })).toContainEqual(expect.stringContaining(problem))
})

test('loadSettings() names the variable whose YAML cannot be read', () => {
  expect(problemsOf({ env: { SALLYPORT_RULES: '[{' } })).toContainEqual(
    expect.stringMatching(/^Cannot read "SALLYPORT_RULES" as YAML: .*line 1/),
  )
})
