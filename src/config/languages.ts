// The languages of the pages: German and English, and those that files bring. Files replace texts of ours too.

import { z } from 'zod'
import {
  builtInLanguages,
  englishLanguage,
  type Language,
  type Languages,
} from '../appearance/languages.ts'
import {
  isMessageKey,
  longestRefusal,
  type MessageKey,
  messageKeys,
  placesOf,
  refusalBytes,
} from '../appearance/messages.ts'
import type { LanguageFile } from './appearance-schema.ts'
import type { ReadFile } from './files.ts'
import { type Findings, shown, unreadable } from './findings.ts'
import type { FileSettings } from './schema.ts'
import { suggestion } from './suggestion.ts'

const longestMessage = 400
const wanted = `a text of 1 to ${longestMessage} characters without control characters`

const messageSchema = (key: MessageKey) => {
  const places = placesOf(englishLanguage.messages[key])
  const has = places.map((name) => `{${name}}`).join(' and ') || 'no value in braces'
  return z
    .string({ error: wanted })
    .regex(new RegExp(`^[^\\p{Cc}]{1,${longestMessage}}$`, 'u'), { error: wanted })
    .refine((text) => placesOf(text).join() === places.join(), { error: `a text with ${has}` })
    .optional()
}

const messagesSchema = z.strictObject(
  Object.fromEntries(messageKeys.map((key) => [key, messageSchema(key)])),
  { error: 'a map from message names to texts' },
)

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

type Issue = z.core.$ZodIssue

function formatIssue(issue: Issue, setting: string): readonly string[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map(
      (key) => `Unknown message ${shown(key)} in "${setting}"${suggestion(key, messageKeys)}`,
    )
  const [key] = issue.path
  const place = key === undefined ? setting : `${setting}" in its message "${String(key)}`
  return [unreadable(place, issue.message)]
}

/** The texts of a file over those of the language, or over the English ones when we have none in it. */
function readLanguage(
  { path, ...language }: LanguageFile,
  readFile: ReadFile,
  findings: Findings,
): Language {
  const setting = `languages.${language.tag}`
  const known = builtInLanguages.find(({ tag }) => tag === language.tag)
  const ground = (known ?? englishLanguage).messages
  const reading = readFile(path)
  if (reading.kind !== 'text') {
    const why = reading.kind === 'missing' ? 'does not exist' : `cannot be used: ${reading.reason}`
    findings.problem(`Cannot read setting "${setting}": the file ${shown(path)} ${why}`)
    return { ...language, messages: ground }
  }
  const result = messagesSchema.safeParse(parseJson(reading.text))
  if (!result.success) {
    for (const problem of result.error.issues.flatMap((issue) => formatIssue(issue, setting)))
      findings.problem(problem)
    return { ...language, messages: ground }
  }
  const given = Object.entries(result.data).filter(
    (entry): entry is [MessageKey, string] => isMessageKey(entry[0]) && entry[1] !== undefined,
  )
  const missing = messageKeys.length - given.length
  // An update may bring a message that the file does not have yet: no reason to let nobody in.
  if (known === undefined && missing > 0)
    findings.warn(
      `Setting "${setting}": ${shown(path)} lacks ${missing} of ${messageKeys.length} messages, which are shown in English; "sallyport print-messages" prints all`,
    )
  const messages = { ...ground, ...Object.fromEntries(given) }
  const bytes = refusalBytes(messages)
  if (bytes > longestRefusal)
    findings.problem(
      `Setting "${setting}": the messages of the refusal page have ${bytes} bytes together, expected at most ${longestRefusal}, because proxies pass small pages only`,
    )
  return { ...language, messages }
}

/** All languages, each tag once, and the one for whoever asks for none of them. */
export function deriveLanguages(
  file: Pick<FileSettings, 'languages' | 'default_language'>,
  readFile: ReadFile,
  findings: Findings,
): Languages {
  const brought = (file.languages ?? []).map((one) => readLanguage(one, readFile, findings))
  const isBrought = (tag: string) => brought.some((language) => language.tag === tag)
  const all = [...builtInLanguages.filter(({ tag }) => !isBrought(tag)), ...brought]
  const asked = file.default_language ?? englishLanguage.tag
  const fallback = all.find(({ tag }) => tag === asked)
  if (fallback === undefined) {
    const tags = all.map(({ tag }) => tag).join(', ')
    findings.problem(unreadable('default_language', `one of ${tags}`, shown(asked)))
  }
  return { fallback: fallback ?? englishLanguage, all }
}
