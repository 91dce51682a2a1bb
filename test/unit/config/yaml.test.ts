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
    ['several documents', 'a: 1\n---\nb: 2', /documents.*line 2/],
    ['an unknown tag', 'a: !!js/function "x"', /tag/i],
    ['an alias without anchor', 'a: *b', /alias.*line 1, column 4/],
    ['an alias before its anchor', 'a: *b\nb: &b 1', /alias.*line 1/],
    ['an alias of the last document', 'a: *b\n---\nb: &b 1', /documents/],
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

  test.each([
    ['"hunter2', 'quote'],
    ['*hunter2', '"*" begins an alias'],
    ['*hunter2:', '"*" begins an alias'],
    ['&a *hunter2', 'alias'],
    ['&hunter2 &hunter2 x', 'two anchors'],
    ['!hunter2', 'this one is unknown'],
    ['!hunter2 { a: 1 }', 'this one is unknown'],
    ['!!hunter2 x', 'this one is unknown'],
    ['!hunter2!x y', 'this one is unknown'],
    ['!<hunter2', 'this one is unknown'],
    ['!!int hunter2', 'this one is unknown'],
    ['!a !hunter2 x', 'two tags'],
    ['|hunter2', 'quotes'],
    ['>hunter2 x', 'quotes'],
    ['"\\u12hunter2"', 'single quotes'],
    ['"\\hunter2"', 'single quotes'],
    ['"\\xhunter2"', 'single quotes'],
    ['%hunter2', 'cannot begin with this'],
    ['`hunter2', 'cannot begin with this'],
    ['@hunter2', 'cannot begin with this'],
    ['"a" hunter2', 'cannot be here'],
    ['hunter2: b', 'needs quotes'],
    ['[hunter2', 'bracket'],
    [']hunter2', 'cannot be here'],
    ['{ hunter2: 1, hunter2: 2 }', 'unique'],
    ['- hunter2', 'needs quotes'],
  ])(
    'parseYaml() says what is wrong with %s and where, without quoting it (R116)',
    (text, reason) => {
      const faults = faultsOf(`b: 1\nclient_secret: ${text}`).join()
      expect(faults).toContain(reason)
      expect(faults).toMatch(/ at line [23], column \d+/)
      expect(faults).not.toContain('hunter2')
    },
  )

  test('parseYaml() quotes nothing of any text', () => {
    const piece = fc.constantFrom(...'*&!|>%@`"\'\\-?:,[]{}#\n\t ', '<<', '---', '%YAML ', '%TAG ')
    const texts = fc.array(fc.oneof(piece, fc.constant('Canary7')), { maxLength: 12 })
    fc.assert(
      fc.property(texts, (pieces) => {
        expect(faultsOf(pieces.join('')).join()).not.toContain('Canary7')
      }),
      { numRuns: 2000 },
    )
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
