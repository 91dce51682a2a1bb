// sallyport tokens: list, make and revoke tokens for scripts, of people and of machines.

import { parseArgs } from 'node:util'
import { identityOf } from '../adapters/local-accounts.ts'
import { parseDuration } from '../config/fields.ts'
import type { PersonalTokenLimits } from '../config/settings.ts'
import type { Hash } from '../ports/hash.ts'
import type { Clock, RandomToken } from '../ports/runtime.ts'
import type { Store } from '../ports/store.ts'
import { accountIdOf } from '../protocol/account-id.ts'
import { formatShownText } from '../protocol/display-text.ts'
import type { Identity } from '../protocol/identity.ts'
import { isMachineName, machineIdentity } from '../protocol/machine.ts'
import { formatPersonalToken } from '../protocol/personal-token.ts'
import { later, type Seconds, seconds } from '../protocol/time.ts'
import { parseTokenBounds, type TokenBounds } from '../protocol/token-bounds.ts'
import { type CommandGroup, Refused, runCommand, UsageFault } from './command-group.ts'
import { describeToken, formatTokens } from './list-tokens.ts'

export type TokensParts = {
  readonly store: Pick<Store, 'accounts' | 'authorization' | 'personalTokens'>
  /** Undefined: they are switched off. */
  readonly limits: PersonalTokenLimits | undefined
  readonly randomToken: RandomToken
  /** Eight characters that name a token. */
  readonly newId: () => string
  readonly hashOf: (value: string) => Hash
  readonly print: (line: string) => void
  readonly printError: (line: string) => void
  readonly now: Clock
}

export const tokensUsage = `Usage:
  sallyport tokens list [--json]
  sallyport tokens add NAME (--user ACCOUNT | --machine ID) --host HOST...
                       [--path PREFIX] [--method METHOD]... [--scope SCOPE]... [--expires DURATION]
  sallyport tokens revoke ID

add prints the token once; nobody can read it again. --user: a local account (people of a provider make theirs on
their account page); --machine: a program without an account, which "allow" has to name under "clients". The token
is good for the hosts (*.example.com: one label) and within PREFIX, METHODs and DURATION (default 90d) only.
revoke ends a token; its next request is refused.`

const many = { type: 'string', multiple: true } as const

const options = {
  json: { type: 'boolean' },
  user: { type: 'string' },
  machine: { type: 'string' },
  host: many,
  path: { type: 'string' },
  method: many,
  scope: many,
  expires: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

/** The most tokens that one account or machine may have. */
const mostTokens = 50

const parse = (args: readonly string[]) =>
  parseArgs({ args: [...args], options, allowPositionals: true, strict: true })

type Values = ReturnType<typeof parse>['values']

async function list(_: string, values: Values, { store, print, now }: TokensParts): Promise<void> {
  const listed = (await store.personalTokens.list()).map((owned) => describeToken(owned, now()))
  if (values.json) return print(JSON.stringify(listed, undefined, 2))
  if (listed.length === 0) return print('There are no tokens.')
  for (const line of formatTokens(listed)) print(line)
}

async function readOwner({ user, machine }: Values, { store }: TokensParts): Promise<Identity> {
  if ((user === undefined) === (machine === undefined))
    throw new UsageFault('Expected one of "--user" and "--machine"')
  if (machine !== undefined) {
    if (isMachineName(machine)) return machineIdentity(machine, [])
    throw new UsageFault(
      `Cannot use --machine ${JSON.stringify(machine)}: expected letters, digits, ".", "_" and "-"`,
    )
  }
  const account = await store.accounts.findByName((user ?? '').toLowerCase())
  if (account === undefined) throw new Refused(`There is no local account ${JSON.stringify(user)}`)
  return identityOf(account)
}

function readBounds(values: Values): TokenBounds {
  const read = parseTokenBounds({
    hosts: values.host ?? [],
    path: values.path ?? '',
    methods: values.method ?? [],
    scopes: values.scope ?? [],
  })
  if (read.kind === 'bounds') return read.bounds
  const wanted = {
    hosts: 'at least one "--host" such as app.example.com or *.example.com',
    path: '"--path" with a path that starts with "/", without query, "..", "//" or ";"',
    methods: '"--method" with a method in capital letters',
    scopes: '"--scope" with one scope of printable ASCII each time',
  }
  throw new UsageFault(`Expected ${wanted[read.member]}`)
}

function readLifetime(text: string | undefined, longest: Seconds): Seconds {
  const usual = seconds(Math.min(90 * 86_400, longest))
  const lifetime = text === undefined ? usual : parseDuration(text)
  if (lifetime !== undefined && lifetime >= 60 && lifetime <= longest) return lifetime
  throw new UsageFault(
    `Cannot use --expires ${JSON.stringify(text)}: expected 1m to ${longest / 86_400}d ("personal_tokens.max_lifetime")`,
  )
}

async function add(word: string, values: Values, parts: TokensParts): Promise<void> {
  const { store, limits, now, print } = parts
  const name = formatShownText(word, 80)
  if (name !== word) throw new UsageFault('Expected a name of 1 to 80 characters that can be seen')
  const bounds = readBounds(values)
  if (limits === undefined)
    throw new Refused('Tokens are switched off by "personal_tokens.enabled"')
  const lifetime = readLifetime(values.expires, limits.maxLifetime)
  const identity = await readOwner(values, parts)
  const account = accountIdOf(identity)
  const createdAt = now()
  await store.authorization.snapshots.remember({ account, identity, seenAt: createdAt })
  const value = formatPersonalToken(parts.randomToken())
  const id = parts.newId()
  const expiresAt = later(createdAt, lifetime)
  const made = { id, name, account, madeBy: 'operator', bounds, createdAt, expiresAt } as const
  const tokenHash = parts.hashOf(value)
  const added = await store.personalTokens.add({ ...made, tokenHash }, mostTokens)
  if (added === 'full') throw new Refused(`There are ${mostTokens} tokens already; revoke one`)
  if (added === 'unknown-owner') throw new Refused('The account was removed meanwhile')
  print(`Made the token ${id}, good until ${new Date(expiresAt * 1000).toISOString()}.`)
  print(`Token: ${value}`)
}

async function revoke(id: string, _: Values, { store, print }: TokensParts): Promise<void> {
  const outcome = await store.personalTokens.revoke(id)
  if (outcome.kind === 'unknown') throw new Refused(`There is no token ${JSON.stringify(id)}`)
  print(`Revoked the token ${id}.`)
}

const group: CommandGroup<Values, TokensParts> = {
  name: 'tokens',
  noun: 'token',
  usage: tokensUsage,
  parse,
  commands: new Map([
    ['list', { options: ['json'], word: undefined, run: list }],
    [
      'add',
      {
        options: ['user', 'machine', 'host', 'path', 'method', 'scope', 'expires'],
        word: 'name',
        run: add,
      },
    ],
    ['revoke', { options: [], word: 'id', run: revoke }],
  ]),
}

/**
 * Carries out `sallyport tokens ...`.
 *
 * @param args what follows `tokens` on the command line
 * @returns the exit code: 0 done, 1 refused as things are (no such account or token, switched off), 2 a mistake in the
 *   command line; nothing was changed unless it is 0
 * @throws when the store cannot be asked
 */
export const tokens = (args: readonly string[], parts: TokensParts): Promise<number> =>
  runCommand(group, args, parts)
