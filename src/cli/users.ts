// sallyport users: add, list and remove local accounts, change their passwords.

import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import { parseAccountName } from '../adapters/account-name.ts'
import { randomPassword } from '../adapters/local-accounts.ts'
import { hashPassword, refuseNewPassword } from '../adapters/passwords.ts'
import type { Clock } from '../ports/runtime.ts'
import { type Account, localIssuer, type Store } from '../ports/store.ts'
import { parseEmail } from '../protocol/email.ts'
import type { PasswordInput } from './read-password.ts'

export type UsersParts = {
  readonly store: Pick<Store, 'accounts' | 'sessions'>
  readonly password: PasswordInput
  readonly print: (line: string) => void
  readonly printError: (line: string) => void
  readonly now: Clock
}

export const usersUsage = `Usage:
  sallyport users add NAME [--email ADDRESS] [--display-name TEXT] [--group NAME]... [--generate | --password-stdin]
  sallyport users list [--json]
  sallyport users passwd NAME [--generate | --password-stdin]
  sallyport users remove NAME

Without --generate or --password-stdin the password is asked for on the terminal. It is never an argument:
other users of the machine could read it in the list of processes.`

/** A mistake in the command line; the text says what is wanted. */
class UsageFault extends Error {}

/** The command could not be carried out as things are. */
class Refused extends Error {}

const options = {
  email: { type: 'string' },
  'display-name': { type: 'string' },
  group: { type: 'string', multiple: true },
  generate: { type: 'boolean' },
  'password-stdin': { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

const passwordOptions = ['generate', 'password-stdin']

const allowed: Readonly<Record<string, readonly string[]>> = {
  add: ['email', 'display-name', 'group', ...passwordOptions],
  list: ['json'],
  passwd: passwordOptions,
  remove: [],
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (fault) {
    throw new UsageFault(fault instanceof Error ? fault.message : String(fault))
  }
}

type Values = ReturnType<typeof readArguments>['values']

function readName(positionals: readonly string[]): string {
  const [text, surplus] = positionals
  if (text === undefined) throw new UsageFault('The name of the account is missing')
  // A password given as a second word must not be repeated on the screen.
  if (surplus !== undefined) throw new UsageFault('Expected one name and nothing after it')
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

async function askTwice(password: PasswordInput): Promise<string> {
  const first = await password.ask('New password: ')
  const second = first === undefined ? undefined : await password.ask('The same again: ')
  if (first === undefined || second === undefined) throw new Refused('No password was given')
  if (first !== second) throw new Refused('The two passwords differ')
  return first
}

/** The new password, and whether it was made here and has to be shown. */
async function newPassword(values: Values, name: string, input: PasswordInput) {
  if (values.generate) return { text: randomPassword(), isGenerated: true }
  const asks = input.isTerminal && !values['password-stdin']
  const text = asks ? await askTwice(input) : await input.readLine()
  if (text === undefined) throw new Refused('No password was given: the input is empty')
  const reason = refuseNewPassword(text, name)
  if (reason !== undefined) throw new Refused(`The password is not accepted: ${reason}`)
  return { text, isGenerated: false }
}

async function add(name: string, values: Values, parts: UsersParts): Promise<void> {
  const { accounts } = parts.store
  const email = readEmail(values.email)
  const display = values['display-name']
  const displayName =
    display === undefined ? undefined : readText(display, 'display name', /\p{C}/u)
  const groups = (values.group ?? []).map((group) => readText(group, 'group', /[\p{C},]/u))
  const taken = `The account "${name}" exists already; "users passwd ${name}" changes its password`
  // Said before the password is asked for; `add` below decides.
  if (await accounts.findByName(name)) throw new Refused(taken)
  const password = await newPassword(values, name, parts.password)
  const added = await accounts.add({
    id: randomUUID(),
    name,
    email,
    displayName,
    groups: [...new Set(groups)],
    passwordHash: await hashPassword(password.text),
    createdAt: parts.now(),
  })
  if (added === 'name-taken') throw new Refused(taken)
  parts.print(`Added the account "${name}".`)
  if (password.isGenerated) parts.print(`Password: ${password.text}`)
}

const withoutPassword = ({ passwordHash: _, createdAt, ...account }: Account) => ({
  ...account,
  createdAt: new Date(createdAt * 1000).toISOString(),
})

async function list(values: Values, { store, print }: UsersParts): Promise<void> {
  const listed = (await store.accounts.list()).map(withoutPassword)
  if (values.json) return print(JSON.stringify(listed, undefined, 2))
  if (listed.length === 0) return print('There are no accounts.')
  const rows = listed.map(({ name, email, groups, createdAt }) => [
    name,
    email ?? '-',
    groups.join(',') || '-',
    createdAt.slice(0, 10),
  ])
  const table = [['NAME', 'E-MAIL', 'GROUPS', 'CREATED'], ...rows]
  const widths = [0, 1, 2].map((column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  )
  for (const row of table) {
    print(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
  }
}

/** Ends the sessions of an account and counts them. The change that follows ends those opened meanwhile. */
async function endSessions(name: string, { accounts, sessions }: UsersParts['store']) {
  const account = await accounts.findByName(name)
  if (!account) throw new Refused(`There is no account "${name}"`)
  const ended = await sessions.endAllOf(localIssuer, account.id)
  return ended === 1 ? '1 session was ended.' : `${ended} sessions were ended.`
}

async function passwd(name: string, values: Values, parts: UsersParts): Promise<void> {
  const { accounts } = parts.store
  if (!(await accounts.findByName(name))) throw new Refused(`There is no account "${name}"`)
  const password = await newPassword(values, name, parts.password)
  const passwordHash = await hashPassword(password.text)
  const ended = await endSessions(name, parts.store)
  const changed = await accounts.changePassword(name, passwordHash)
  if (changed === 'unknown') throw new Refused(`There is no account "${name}"`)
  parts.print(`Changed the password of "${name}"; ${ended}`)
  if (password.isGenerated) parts.print(`Password: ${password.text}`)
}

async function remove(name: string, { store, print }: UsersParts): Promise<void> {
  const ended = await endSessions(name, store)
  const removed = await store.accounts.remove(name)
  if (removed === 'unknown') throw new Refused(`There is no account "${name}"`)
  print(`Removed the account "${name}"; ${ended}`)
}

async function run(args: readonly string[], parts: UsersParts): Promise<void> {
  const { values, positionals } = readArguments(args)
  if (values.help) return parts.print(usersUsage)
  const [command = '', ...rest] = positionals
  if (!Object.hasOwn(allowed, command)) {
    throw new UsageFault(
      command === '' ? 'The command is missing' : `There is no command ${JSON.stringify(command)}`,
    )
  }
  const surplus = Object.keys(values).find((option) => !allowed[command]?.includes(option))
  if (surplus) throw new UsageFault(`"users ${command}" has no option "--${surplus}"`)
  if (values.generate && values['password-stdin']) {
    throw new UsageFault('Expected one of "--generate" and "--password-stdin", not both')
  }
  if (command === 'list') {
    if (rest.length > 0) throw new UsageFault('"users list" takes no name')
    return list(values, parts)
  }
  const name = readName(rest)
  if (command === 'add') return add(name, values, parts)
  if (command === 'passwd') return passwd(name, values, parts)
  return remove(name, parts)
}

/**
 * Carries out `sallyport users ...`.
 *
 * @param args what follows `users` on the command line
 * @returns the exit code: 0 done, 1 refused as things are (name taken, no such account, password not
 *   accepted), 2 a mistake in the command line; nothing was changed unless it is 0
 * @throws when the store cannot be asked
 */
export async function users(args: readonly string[], parts: UsersParts): Promise<number> {
  try {
    await run(args, parts)
    return 0
  } catch (fault) {
    if (fault instanceof Refused) parts.printError(fault.message)
    else if (fault instanceof UsageFault) parts.printError(`${fault.message}\n\n${usersUsage}`)
    else throw fault
    return fault instanceof UsageFault ? 2 : 1
  }
}
