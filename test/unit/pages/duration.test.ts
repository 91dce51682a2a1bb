import { describe, expect, test } from 'vitest'
import { englishLanguage, germanLanguage } from '../../../src/appearance/languages.ts'
import { plainBranding } from '../../../src/appearance/look.ts'
import { formatDay, formatDuration } from '../../../src/pages/duration.ts'
import { epochSeconds, seconds } from '../../../src/protocol/time.ts'

const frame = { branding: plainBranding, nonce: 'n' }
const english = { ...frame, language: englishLanguage }
const german = { ...frame, language: germanLanguage }

describe('formatDuration()', () => {
  test.each([
    [30 * 86_400, '30 days', '30 Tage'],
    [86_400, '1 day', '1 Tag'],
    [36 * 3600, '36 hours', '36 Stunden'],
    [600, '10 minutes', '10 Minuten'],
    [90, '90 seconds', '90 Sekunden'],
    [0, '0 seconds', '0 Sekunden'],
  ])('calls %i seconds "%s", in German "%s"', (duration, inEnglish, inGerman) => {
    expect(formatDuration(english, seconds(duration))).toBe(inEnglish)
    expect(formatDuration(german, seconds(duration))).toBe(inGerman)
  })
})

describe('formatDay()', () => {
  test('names the day in UTC, wherever the service runs', () => {
    const moment = epochSeconds(Date.UTC(2026, 0, 31, 23, 59) / 1000)
    expect(formatDay(english, moment)).toBe('January 31, 2026')
    expect(formatDay(german, moment)).toBe('31. Januar 2026')
  })
})
