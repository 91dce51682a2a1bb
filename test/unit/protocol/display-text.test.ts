import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatShownText } from '../../../src/protocol/display-text.ts'

describe('formatShownText()', () => {
  test.each<[string, string | undefined]>([
    ['Claude', 'Claude'],
    ['  Two \t words\n', 'Two words'],
    ['Bad\u202Eemaps', 'Bademaps'],
    ['a\u2066b\u2069c\u200Ed\u061Ce', 'abcde'],
    ['zero\u200Bwidth\uFEFF', 'zerowidth'],
    ['line\u2028break\u2029', 'line break'],
    ['nul\u0000 and bell\u0007', 'nul and bell'],
    ['tag\u{E0041}\u{E007F}', 'tag'],
    ['filler\u3164\u2800', 'filler'],
    ['lone \uD800 half', 'lone half'],
    [`o${'\u0323'.repeat(60)}`, 'ọ\u0323\u0323'],
    ['Größe é 漢字 👍', 'Größe é 漢字 👍'],
    ['', undefined],
    [' \u202E\u200B ', undefined],
  ])('makes %j %j (R76)', (text, shown) => {
    expect(formatShownText(text, 80)).toBe(shown)
  })

  test('cuts a name of 10 kB to 80 characters, and never through one of them (R76)', () => {
    const shown = formatShownText('👍'.repeat(2500), 80) ?? ''
    expect([...shown]).toHaveLength(80)
    expect(shown.endsWith('👍…')).toBe(true)
  })

  test('leaves nothing that turns or hides text, and is content with its own result (R76)', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const shown = formatShownText(text, 80)
        if (shown === undefined) return
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
        expect([...shown].length).toBeLessThanOrEqual(80)
        expect(formatShownText(shown, 80)).toBe(shown)
      }),
    )
  })
})
