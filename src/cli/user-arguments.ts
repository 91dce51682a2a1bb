// What the words after "sallyport users" mean, and what is said when they mean nothing.

import { parseArgs } from 'node:util'
import { parseAccountName } from '../adapters/account-name.ts'
import type { Clock } from '../ports/runtime.ts'
import type { Hash, Store } from '../ports/store.ts'
import { parseEmail } from '../protocol/email.ts'
import { Refused, UsageFault } from './command-group.ts'
import type { PasswordInput } from './read-password.ts'

export type UsersParts = {
  readonly store: Pick<Store, 'accounts' | 'accountCredentials' | 'sessions'>
  /** Without trailing slash: where the link of an invitation leads. */
  readonly publicUrl: string
  /** Whether local accounts are switched on: without, nobody signs in with one. */
  readonly hasLocalAccounts: boolean
  readonly password: PasswordInput
  readonly hashOf: (value: string) => Hash
  readonly print: (line: string) => void
  readonly printError: (line: string) => void
  readonly now: Clock
}

const options = {
  email: { type: 'string' },
  'display-name': { type: 'string' },
  group: { type: 'string', multiple: true },
  generate: { type: 'boolean' },
  'password-stdin': { type: 'boolean' },
  none: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

/** @throws in words when the options make no sense, by themselves or together */
export function readArguments(args: readonly string[]) {
  const read = parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  if (read.values.generate && read.values['password-stdin'])
    throw new UsageFault('Expected one of "--generate" and "--password-stdin", not both')
  return read
}

export type Values = ReturnType<typeof readArguments>['values']

export function readName(text: string): string {
  const name = parseAccountName(text)
  if (name === undefined) {
    throw new UsageFault(
      `Cannot use the name ${JSON.stringify(text)}: expected a letter or digit, then letters, digits, ` +
        '".", "_" or "-", at most 64 in all',
    )
  }
  return name
}

function readEmail(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const email = parseEmail(text)
  if (email.kind === 'email') return email.value
  throw new UsageFault(
    `Cannot use the e-mail address ${JSON.stringify(text)}: expected name@domain`,
  )
}

/** Text for a header: applications get names and groups in one, groups separated by commas. */
function readText(text: string, what: string, forbidden: RegExp): string {
  if (text.trim() === text && text !== '' && text.length <= 128 && !forbidden.test(text))
    return text
  throw new UsageFault(
    `Cannot use the ${what} ${JSON.stringify(text)}: expected 1 to 128 characters` +
      `${what === 'group' ? ' without commas' : ''}, no control characters, no space at either end`,
  )
}

const readGroups = (groups: readonly string[] = []): readonly string[] => [
  ...new Set(groups.map((group) => readText(group, 'group', /[\p{C},]/u))),
]

/** What is said of a person besides the name. */
export function readProfile({ email, 'display-name': display, group }: Values) {
  return {
    email: readEmail(email),
    displayName: display === undefined ? undefined : readText(display, 'display name', /\p{C}/u),
    groups: readGroups(group),
  }
}

/** The groups an account is to have instead of those it has; `--none` for none at all. */
export function readNewGroups({ group, none = false }: Values): readonly string[] {
  if ((group === undefined) !== none)
    throw new UsageFault('Expected "--group" for each group of the account, or "--none"')
  return readGroups(group)
}

/** Before an account is made that is good for nothing. */
export function refuseWhenOff(name: string, { hasLocalAccounts }: UsersParts): void {
  if (hasLocalAccounts) return
  throw new Refused(
    `Nobody can sign in as "${name}": local accounts are off; set "local_accounts: true"`,
  )
}

export const unknownAccount = (name: string): Refused =>
  new Refused(`There is no account "${name}"`)
