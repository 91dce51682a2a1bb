// Which language does a person read? RFC 9110 §12.5.4, matched by look-up, RFC 4647 §3.4.

import { english } from './english.ts'
import { german } from './german.ts'
import type { Messages } from './messages.ts'

export type Language = {
  /** BCP 47, in its usual spelling: `de`, `pt-BR`. */
  readonly tag: string
  readonly direction: 'ltr' | 'rtl'
  readonly messages: Messages
}

export type Languages = {
  /** For whoever asks for none that we have. */
  readonly fallback: Language
  /** All of them, the fallback included. Each tag once. */
  readonly all: readonly Language[]
}

export const englishLanguage: Language = { tag: 'en', direction: 'ltr', messages: english }
export const germanLanguage: Language = { tag: 'de', direction: 'ltr', messages: german }

export const builtInLanguages: readonly Language[] = [englishLanguage, germanLanguage]

const rightToLeft: ReadonlySet<string> = new Set(['Adlm', 'Arab', 'Hebr', 'Nkoo', 'Syrc', 'Thaa'])

/** The usual spelling of a language tag and its direction; undefined when it is none. */
export function parseLanguageTag(text: string): Pick<Language, 'tag' | 'direction'> | undefined {
  if (!/^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,3}$/.test(text)) return undefined
  try {
    const locale = new Intl.Locale(text)
    const script = locale.maximize().script ?? ''
    return { tag: locale.baseName, direction: rightToLeft.has(script) ? 'rtl' : 'ltr' }
  } catch {
    return undefined
  }
}

type Wish = { readonly range: string; readonly quality: number }

const weight = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/

// A weight that is not one counts as the least wish, so that nothing malformed wins.
function parseWish(text: string): Wish {
  const [range = '', parameter = 'q=1'] = text.split(';').map((part) => part.trim().toLowerCase())
  const [, value = ''] = /^q\s*=\s*(.*)$/.exec(parameter) ?? []
  return { range, quality: weight.test(value) ? Number(value) : 0.001 }
}

const longestHeader = 1024

function parseWishes(header: string): readonly Wish[] {
  return header
    .split(',')
    .map(parseWish)
    .filter(({ range }) => range === '*' || /^[a-z]{1,8}(?:-[a-z0-9]{1,8})*$/.test(range))
}

/** `de-AT-1996`, then `de-AT`, then `de`: the range itself and what is less exact (RFC 4647 §3.4). */
function shorter(range: string): readonly string[] {
  const parts = range.split('-')
  return parts.map((_, at) => parts.slice(0, parts.length - at).join('-'))
}

/**
 * The language for a request: of those asked for, the one with the highest weight; a region we do not have
 * falls back to its language, and `pt` is content with `pt-BR`. A weight of 0 rules a language out.
 *
 * @param header `Accept-Language`; undefined, too long and malformed ones give the fallback
 */
export function matchLanguage(header: string | undefined, languages: Languages): Language {
  const { all, fallback } = languages
  if (header === undefined || header.length > longestHeader) return fallback
  const wishes = parseWishes(header)
  const unwanted = new Set(wishes.filter(({ quality }) => quality === 0).map(({ range }) => range))
  const wanted = all.filter(({ tag }) => !unwanted.has(tag.toLowerCase()))
  const find = (range: string): Language | undefined => {
    if (range === '*') return wanted.includes(fallback) ? fallback : wanted[0]
    for (const candidate of shorter(range)) {
      const found = wanted.find(({ tag }) => tag.toLowerCase() === candidate)
      if (found !== undefined) return found
    }
    return wanted.find(({ tag }) => tag.toLowerCase().startsWith(`${range}-`))
  }
  const sorted = wishes
    .filter(({ quality }) => quality > 0)
    .toSorted((one, other) => other.quality - one.quality)
  for (const { range } of sorted) {
    const found = find(range)
    if (found !== undefined) return found
  }
  return fallback
}
