import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeUserAgent } from '../../../src/protocol/user-agent.ts'

const like = 'AppleWebKit/537.36 (KHTML, like Gecko)'

describe('describeUserAgent()', () => {
  test.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', 'Firefox, Linux'],
    [
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${like} Chrome/140.0 Safari/537.36`,
      'Chrome, Windows',
    ],
    [`Mozilla/5.0 (Windows NT 10.0) ${like} Chrome/140.0 Safari/537.36 Edg/140.0`, 'Edge, Windows'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18 Safari/605.1', 'Safari, macOS'],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) CriOS/140 Safari', 'Chrome, iPhone'],
    [
      'Mozilla/5.0 (Linux; Android 15; SM-S9) SamsungBrowser/28 Chrome/130',
      'Samsung Internet, Android',
    ],
    ['curl/8.5.0', 'curl'],
    ['something/1.0', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('says of %j in a few words: %j', (header, words) => {
    expect(describeUserAgent(header)).toBe(words)
  })

  test('takes over no word of the header, whatever it says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (header) => {
        expect(describeUserAgent(`${header} Firefox/1`) ?? '').toMatch(/^[A-Za-z, ]*$/)
      }),
    )
  })
})
