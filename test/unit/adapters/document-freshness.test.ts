import fc from 'fast-check'
import { expect, test } from 'vitest'
import { freshnessOf } from '../../../src/adapters/document-freshness.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'

const now = epochSeconds(Date.parse('2026-07-01T12:00:00Z') / 1000)

test.each<[string, Record<string, string>, number]>([
  ['5 minutes when nothing is said', {}, 300],
  ['what max-age says', { 'Cache-Control': 'public, max-age=3600' }, 3600],
  ['max-age without its age', { 'Cache-Control': 'max-age=3600', Age: '600' }, 3000],
  ['s-maxage before max-age', { 'Cache-Control': 'max-age=600, S-MaxAge="900"' }, 900],
  ['max-age before Expires', { 'Cache-Control': 'max-age=600', Expires: '0' }, 600],
  ['a minute when it is less', { 'Cache-Control': 'max-age=1' }, 60],
  ['a minute when it has aged', { 'Cache-Control': 'max-age=100', Age: '5000' }, 60],
  ['a minute when it is not to be stored', { 'Cache-Control': 'no-store, max-age=900' }, 60],
  ['a minute when it is to be asked for again', { 'Cache-Control': 'No-Cache' }, 60],
  ['24 hours when it is more', { 'Cache-Control': 'max-age=9999999' }, 86_400],
  ['5 minutes when max-age is no number', { 'Cache-Control': 'max-age=-1' }, 300],
  ['what Expires says', { Expires: 'Wed, 01 Jul 2026 12:20:00 GMT' }, 1200],
  [
    'Expires against the clock of the other side',
    { Expires: 'Wed, 01 Jul 2026 10:20:00 GMT', Date: 'Wed, 01 Jul 2026 10:10:00 GMT' },
    600,
  ],
  ['a minute when Expires is no date (RFC 9111 §5.3)', { Expires: '0' }, 60],
])('freshnessOf() answers %s (R107)', (_, headers, expected) => {
  expect(freshnessOf(new Headers(headers), now)).toBe(expected)
})

test('freshnessOf() answers between a minute and a day whatever it is told (R107)', () => {
  const text = fc.oneof(fc.stringMatching(/^[ -~]*$/), fc.stringMatching(/^max-age=\d{0,12}$/))
  fc.assert(
    fc.property(text, text, (control, expires) => {
      const fresh = freshnessOf(new Headers({ 'Cache-Control': control, Expires: expires }), now)
      expect(fresh >= 60 && fresh <= 86_400).toBe(true)
    }),
  )
})
