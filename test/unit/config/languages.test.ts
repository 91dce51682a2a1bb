import { describe, expect, test } from 'vitest'
import { english } from '../../../src/appearance/english.ts'
import { matchLanguage } from '../../../src/appearance/languages.ts'
import { fileWith, problemsOf, settingsOf, warningsOf } from '../../support/load-configuration.ts'

const fileText = (changes: Readonly<Record<string, unknown>>) =>
  JSON.stringify({ ...english, ...changes })
const given = (text: string, lines = '') => ({
  yaml: fileWith(`languages: { fr: ./fr.json }\n${lines}`),
  files: { './fr.json': text },
})
const languagesOf = (from: Parameters<typeof settingsOf>[0]) =>
  settingsOf(from).appearance.languages

describe('languages', () => {
  test('are English and German without any setting, English for everybody else', () => {
    const languages = languagesOf({ yaml: fileWith('') })
    expect(languages.all.map(({ tag }) => tag)).toEqual(['en', 'de'])
    expect(languages.fallback.tag).toBe('en')
  })

  test('take another one from a file', () => {
    const languages = languagesOf(given(fileText({ 'login.title': 'Connexion' })))
    const french = matchLanguage('fr-CA', languages)
    expect(french.tag).toBe('fr')
    expect(french.messages['login.title']).toBe('Connexion')
    expect(warningsOf(given(fileText({}))).join()).not.toContain('languages')
  })

  test('show English for what a file does not say, and say that', () => {
    const from = given(JSON.stringify({ 'login.title': 'Connexion' }))
    const french = matchLanguage('fr', languagesOf(from))
    expect(french.messages['login.password']).toBe('Password')
    expect(warningsOf(from).join()).toMatch(/"languages.fr".* lacks \d+ of \d+ messages/)
  })

  test('replace a few words of ours', () => {
    const yaml = fileWith('languages: { de: ./de.json }\n')
    const files = { './de.json': JSON.stringify({ 'login.title': 'Hereinspaziert' }) }
    const german = matchLanguage('de', languagesOf({ yaml, files }))
    expect(german.messages['login.title']).toBe('Hereinspaziert')
    expect(german.messages['login.password']).toBe('Passwort')
    expect(warningsOf({ yaml, files }).join()).not.toContain('languages')
  })

  test('know which way a language is written', () => {
    const yaml = fileWith('languages: { ar: ./ar.json }\n')
    const languages = languagesOf({ yaml, files: { './ar.json': fileText({}) } })
    expect(matchLanguage('ar', languages).direction).toBe('rtl')
  })

  test('have the default that is set', () => {
    expect(languagesOf({ yaml: fileWith('default_language: de\n') }).fallback.tag).toBe('de')
    expect(languagesOf(given(fileText({}), 'default_language: FR\n')).fallback.tag).toBe('fr')
  })

  test.each([
    ['nothing at all', '', 'expected a map from message names to texts'],
    ['no JSON', '{', 'expected a map from message names to texts'],
    ['a list', '[]', 'expected a map from message names to texts'],
    [
      'an unknown message',
      fileText({ 'login.titel': 'x' }),
      'Unknown message "login.titel" in "languages.fr"; did you mean "login.title"?',
    ],
    ['a number', fileText({ 'login.title': 1 }), 'message "login.title": expected a text'],
    ['an empty text', fileText({ 'login.title': '' }), 'message "login.title": expected a text'],
    ['a long text', fileText({ 'login.title': 'x'.repeat(401) }), 'expected a text of 1 to 400'],
    ['two lines', fileText({ 'login.title': 'a\nb' }), 'without control characters'],
    [
      'a value that is left out',
      fileText({ 'login.provider': 'Continuer' }),
      'message "login.provider": expected a text with {provider}',
    ],
    [
      'a value that does not exist',
      fileText({ 'login.title': 'Connexion {host}' }),
      'message "login.title": expected a text with no value in braces',
    ],
    [
      'more than the refusal page can hold',
      fileText({ 'refusal.title': 'é'.repeat(400) }),
      'the messages of the refusal page have',
    ],
  ])('refuse a file with %s', (_, text, problem) => {
    expect(problemsOf(given(text)).join('\n')).toContain(problem)
  })

  test('refuse all that is wrong at once', () => {
    const text = fileText({ 'login.title': 1, 'login.provider': 'x', strange: 'y' })
    expect(problemsOf(given(text))).toHaveLength(3)
  })

  test.each([
    ['languages: { fr: ./none.json }', 'the file "./none.json" does not exist'],
    ['languages: [fr]', 'expected language tags with a JSON file each'],
    ['languages: { "not a tag": ./fr.json }', 'expected language tags'],
    ['languages: { fr: 1 }', 'expected language tags'],
    ['languages: { fr: ./fr.json, FR: ./fr.json }', 'expected language tags'],
    ['default_language: fr', '"default_language": expected one of en, de, got "fr"'],
    ['default_language: "?"', '"default_language": expected a language tag'],
  ])('refuse the setting %s', (line, problem) => {
    const problems = problemsOf({
      yaml: fileWith(`${line}\n`),
      files: { './fr.json': fileText({}) },
    })
    expect(problems.join('\n')).toContain(problem)
  })

  test('are not missed by the default language when they could not be read', () => {
    const problems = problemsOf({ yaml: fileWith('languages: [fr]\ndefault_language: fr\n') })
    expect(problems).toHaveLength(1)
  })
})
