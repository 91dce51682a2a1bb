// How the look and the languages of the pages are written in the configuration.

import { parseColour } from '../appearance/colours.ts'
import { type Language, parseLanguageTag } from '../appearance/languages.ts'
import { matching, parsed, prose, setting, text } from './fields.ts'
import { isPlainObject } from './yaml.ts'

const colour = text('a colour such as "#1f5fbf"', parseColour)

export const brandingShape = {
  name: setting(matching('a text of at most 40 characters', /^[^\p{Cc}]{1,40}$/u), {
    form: 'text',
    meaning: 'Whose sign-in this is: stands on every page',
    fallback: 'none',
  }),
  logo_file: setting(prose, {
    form: 'text',
    meaning: 'PNG, WebP, JPEG or SVG file of at most 128 KiB, shown beside the name',
    fallback: 'none',
  }),
  accent: setting(colour, {
    form: 'text',
    meaning: 'Colour of buttons and links; must be readable on white',
    fallback: '#1f5fbf',
  }),
  accent_dark: setting(colour, {
    form: 'text',
    meaning: 'The same in dark mode; must be readable on #1b212a',
    fallback: '`accent`, lightened until it is readable',
  }),
} as const

export type LanguageFile = Pick<Language, 'tag' | 'direction'> & { readonly path: string }

function parseLanguageFile([key, path]: readonly [string, unknown]): LanguageFile | undefined {
  const language = parseLanguageTag(key)
  if (language === undefined || typeof path !== 'string' || path === '') return undefined
  return { ...language, path }
}

function parseLanguageFiles(value: unknown): readonly LanguageFile[] | undefined {
  if (!isPlainObject(value)) return undefined
  const files = Object.entries(value).map(parseLanguageFile)
  const readable = files.filter((file) => file !== undefined)
  const tags = new Set(readable.map(({ tag }) => tag))
  return tags.size === files.length ? readable : undefined
}

export const languageFiles = parsed(
  'language tags with a JSON file each, such as { fr: ./fr.json }',
  parseLanguageFiles,
)

export const languageTag = text(
  'a language tag such as en or pt-BR',
  (value) => parseLanguageTag(value)?.tag,
)
