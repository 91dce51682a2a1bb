// sallyport users: local accounts without an admin page.

import { randomUUID } from 'node:crypto'
import { randomPassword } from '../adapters/local-accounts.ts'
import { hashPassword, refuseNewPassword } from '../adapters/passwords.ts'
import { localIssuer } from '../ports/store.ts'
import { type CommandGroup, type GroupCommand, Refused, runCommand } from './command-group.ts'
import { inviteUser } from './invite-user.ts'
import { listUsers } from './list-users.ts'
import type { PasswordInput } from './read-password.ts'
import {
  readArguments,
  readName,
  readNewGroups,
  readProfile,
  refuseWhenOff,
  type UsersParts,
  unknownAccount,
  type Values,
} from './user-arguments.ts'
import { listFactors, resetFactors, unlockUser } from './user-factors.ts'

export const usersUsage = `Usage:
  sallyport users add NAME [--email ADDRESS] [--display-name TEXT] [--group NAME]... [--generate | --password-stdin]
  sallyport users invite NAME [--email ADDRESS] [--display-name TEXT] [--group NAME]...
  sallyport users list [--json]
  sallyport users groups NAME (--group NAME... | --none)
  sallyport users passwd NAME [--generate | --password-stdin]
  sallyport users factors list NAME [--json]
  sallyport users factors reset NAME
  sallyport users unlock NAME
  sallyport users remove NAME

invite prints a link, good once and for three days, with which the person chooses a password or a passkey.
factors reset removes passkeys, authenticator app and recovery codes; unlock lets in who tried too often.
Without --generate or --password-stdin the password is asked for on the terminal. It is never an argument:
other users of the machine could read it in the list of processes.`

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
  const profile = readProfile(values)
  refuseWhenOff(name, parts)
  const taken = `The account "${name}" exists already; "users passwd ${name}" changes its password`
  // Said before the password is asked for; `add` below decides.
  if (await accounts.findByName(name)) throw new Refused(taken)
  const password = await newPassword(values, name, parts.password)
  const added = await accounts.add({
    id: randomUUID(),
    name,
    ...profile,
    passwordHash: await hashPassword(password.text),
    createdAt: parts.now(),
  })
  if (added === 'name-taken') throw new Refused(taken)
  parts.print(`Added the account "${name}".`)
  if (password.isGenerated) parts.print(`Password: ${password.text}`)
}

/** Ends the sessions of an account and counts them. The change that follows ends those opened meanwhile. */
async function endSessions(name: string, { accounts, sessions }: UsersParts['store']) {
  const account = await accounts.findByName(name)
  if (!account) throw unknownAccount(name)
  const ended = await sessions.endAllOf(localIssuer, account.id)
  return ended === 1 ? '1 session was ended.' : `${ended} sessions were ended.`
}

async function passwd(name: string, values: Values, parts: UsersParts): Promise<void> {
  const { accounts } = parts.store
  if (!(await accounts.findByName(name))) throw unknownAccount(name)
  const password = await newPassword(values, name, parts.password)
  const passwordHash = await hashPassword(password.text)
  const ended = await endSessions(name, parts.store)
  const changed = await accounts.changePassword(name, passwordHash)
  if (changed === 'unknown') throw unknownAccount(name)
  parts.print(`Changed the password of "${name}"; ${ended}`)
  if (password.isGenerated) parts.print(`Password: ${password.text}`)
}

async function groups(name: string, values: Values, { store, print }: UsersParts): Promise<void> {
  const wanted = readNewGroups(values)
  const ended = await endSessions(name, store)
  const changed = await store.accounts.changeGroups(name, wanted)
  if (changed === 'unknown') throw unknownAccount(name)
  print(`The groups of "${name}" are now: ${wanted.join(', ') || 'none'}; ${ended}`)
}

async function remove(name: string, _: Values, { store, print }: UsersParts): Promise<void> {
  const withdrawn = await store.accountCredentials.invitations.withdraw(name)
  if (withdrawn === 'withdrawn') return print(`Withdrew the invitation of "${name}".`)
  const ended = await endSessions(name, store)
  const removed = await store.accounts.remove(name)
  if (removed === 'unknown') throw unknownAccount(name)
  print(`Removed the account "${name}"; ${ended}`)
}

/** A command about the account of that name. */
const about = (
  options: readonly string[],
  run: GroupCommand<Values, UsersParts>['run'],
): GroupCommand<Values, UsersParts> => ({
  options,
  word: 'name',
  run: (word, values, parts) => run(readName(word), values, parts),
})

const profile = ['email', 'display-name', 'group']
const passwords = ['generate', 'password-stdin']

const group: CommandGroup<Values, UsersParts> = {
  name: 'users',
  noun: 'account',
  usage: usersUsage,
  parse: readArguments,
  commands: new Map([
    ['add', about([...profile, ...passwords], add)],
    ['invite', about(profile, inviteUser)],
    ['list', { options: ['json'], word: undefined, run: listUsers }],
    ['groups', about(['group', 'none'], groups)],
    ['passwd', about(passwords, passwd)],
    ['factors list', about(['json'], listFactors)],
    ['factors reset', about([], resetFactors)],
    ['unlock', about([], unlockUser)],
    ['remove', about([], remove)],
  ]),
}

/**
 * Carries out `sallyport users ...`.
 *
 * @param args what follows `users` on the command line
 * @returns the exit code: 0 done, 1 refused as things are (name taken, no such account, password not
 *   accepted), 2 a mistake in the command line; nothing was changed unless it is 0
 * @throws when the store cannot be asked
 */
export const users = (args: readonly string[], parts: UsersParts): Promise<number> =>
  runCommand(group, args, parts)
