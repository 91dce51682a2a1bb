// What can be said, and with which values. A key or a value that is missing somewhere does not compile.

import { english } from './english.ts'

type English = typeof english

export type MessageKey = keyof English

/** The texts of one language; the compiler asks for every key. */
export type Messages = Readonly<Record<MessageKey, string>>

type PlacesIn<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | PlacesIn<Rest>
  : never

/** The names of the values that go into a message. */
export type Places<Key extends MessageKey> = PlacesIn<English[Key]>

/** Messages that take no value. */
export type PlainKey = {
  [Key in MessageKey]: [Places<Key>] extends [never] ? Key : never
}[MessageKey]

type FilledKey = Exclude<MessageKey, PlainKey>

/** Something to say, in no language yet: a key alone, or with its values. */
export type Phrase =
  | PlainKey
  | { [Key in FilledKey]: readonly [Key, Readonly<Record<Places<Key>, string>>] }[FilledKey]

/** A text cut where values go: text, name, text, name ... text. */
export const cutAtPlaces = (text: string): readonly string[] => text.split(/\{([a-z]+)\}/)

/** The names of the values in a text, sorted. */
export const placesOf = (text: string): readonly string[] =>
  [...new Set(cutAtPlaces(text).filter((_, at) => at % 2 === 1))].sort()

/** A phrase in a language, as plain text: whoever shows it escapes it. */
export function say(messages: Messages, phrase: Phrase): string {
  if (typeof phrase === 'string') return messages[phrase]
  const [key, given] = phrase
  const values = new Map<string, string>(Object.entries(given))
  return cutAtPlaces(messages[key])
    .map((part, at) => (at % 2 === 1 ? (values.get(part) ?? '') : part))
    .join('')
}

export const isMessageKey = (key: string): key is MessageKey => Object.hasOwn(english, key)

export const messageKeys: readonly MessageKey[] = Object.keys(english).filter(isMessageKey)

/** How many bytes the messages of the refusal page may have together: the page has to stay below 4 KiB. */
export const longestRefusal = 1500

const escaped = (text: string): string => text.replace(/[&<>"']/g, '&quot;')

/** The bytes that the messages of the refusal page take there at most, the title twice. */
export function refusalBytes(messages: Messages): number {
  const bytes = (key: MessageKey) => new TextEncoder().encode(escaped(messages[key])).length
  const reasons = (['not-on-list', 'unverified-email', 'other-account'] as const).map(
    (reason) => `refusal.${reason}` as const,
  )
  const always = [
    'refusal.title',
    'refusal.title',
    'refusal.account',
    'refusal.number',
    'action.other-account',
    'action.sign-out',
  ] as const
  const sum = always.reduce((total, key) => total + bytes(key), 0)
  return sum + Math.max(...reasons.map(bytes))
}
