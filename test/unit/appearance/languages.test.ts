import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { english } from '../../../src/appearance/english.ts'
import {
  englishLanguage,
  germanLanguage,
  type Language,
  matchLanguage,
  parseLanguageTag,
} from '../../../src/appearance/languages.ts'

const brazilian: Language = { tag: 'pt-BR', direction: 'ltr', messages: english }
const swiss: Language = { tag: 'de-CH', direction: 'ltr', messages: english }
const languages = {
  fallback: englishLanguage,
  all: [englishLanguage, germanLanguage, brazilian],
}

describe('matchLanguage()', () => {
  test.each<[string | undefined, string]>([
    [undefined, 'en'],
    ['', 'en'],
    ['de', 'de'],
    ['DE', 'de'],
    ['de-DE,de;q=0.9,en;q=0.8', 'de'],
    ['de-AT', 'de'],
    ['de-Latn-AT-1996', 'de'],
    ['en-GB,de;q=0.9', 'en'],
    ['en;q=0.5,de;q=0.9', 'de'],
    ['en;q=0.5, de ; q=0.9', 'de'],
    ['fr,de;q=0.5,en;q=0.4', 'de'],
    ['fr-FR,fr;q=0.9', 'en'],
    ['de;q=0', 'en'],
    ['de;q=0,*', 'en'],
    ['*', 'en'],
    ['en;q=0,*', 'de'],
    ['fr,*;q=0.1,de;q=0.3', 'de'],
    ['pt', 'pt-BR'],
    ['pt-PT,de;q=0.1', 'de'],
    ['pt-br', 'pt-BR'],
    ['german', 'en'],
    ['d', 'en'],
    ['de;q=high,en;q=0.5', 'en'],
    ['de;q=2,en;q=0.5', 'en'],
    ['de;q=0.0001,en;q=0.5', 'en'],
    ['<script>,de', 'de'],
    [`${'fr,'.repeat(400)}de`, 'en'],
  ])('answers %j with %s (RFC 9110 §12.5.4)', (header, tag) => {
    expect(matchLanguage(header, languages).tag).toBe(tag)
  })

  test('answers with the fallback that was configured when nothing fits', () => {
    const german = { fallback: germanLanguage, all: languages.all }
    expect(matchLanguage('fr', german).tag).toBe('de')
    expect(matchLanguage('*', german).tag).toBe('de')
    expect(matchLanguage('en', german).tag).toBe('en')
  })

  test('prefers the region that was asked for', () => {
    const all = [...languages.all, swiss]
    expect(matchLanguage('de-CH,de;q=0.9', { fallback: englishLanguage, all }).tag).toBe('de-CH')
    expect(matchLanguage('de-AT,de;q=0.9', { fallback: englishLanguage, all }).tag).toBe('de')
  })

  test('answers one of its languages whatever is asked for', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (header) => {
        expect(languages.all).toContain(matchLanguage(header, languages))
      }),
    )
  })
})

describe('parseLanguageTag()', () => {
  test.each([
    ['de', 'de', 'ltr'],
    ['PT-br', 'pt-BR', 'ltr'],
    ['ar', 'ar', 'rtl'],
    ['he-IL', 'he-IL', 'rtl'],
    ['az-Arab', 'az-Arab', 'rtl'],
  ])('reads %s as %s, written %s', (text, tag, direction) => {
    expect(parseLanguageTag(text)).toEqual({ tag, direction })
  })

  test.each([
    '',
    'd',
    'de_DE',
    'de-',
    'german language',
    'de"><',
    'x-private',
    'de-u-co-phonebk-x',
  ])('refuses %j', (text) => {
    expect(parseLanguageTag(text)).toBeUndefined()
  })
})
