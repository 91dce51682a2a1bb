// sallyport keys: the keys that sign our tokens, and what to do when one is no longer a secret (R113).

import { parseArgs } from 'node:util'
import type { SigningKey } from '../ports/authorization-store.ts'
import type { Clock } from '../ports/runtime.ts'
import type { Store } from '../ports/store.ts'
import type { EpochSeconds } from '../protocol/time.ts'
import { type CommandGroup, Refused, runCommand } from './command-group.ts'

export type KeysParts = {
  readonly store: Pick<Store, 'authorization'>
  readonly print: (line: string) => void
  readonly printError: (line: string) => void
  readonly now: Clock
}

export const keysUsage = `Usage:
  sallyport keys list [--json]
  sallyport keys drop ID

Keys change by themselves every 90 days. drop is for a key that others may have seen: from then on it signs
nothing, running instances refuse what it signed within 5 seconds, and make another key at once.`

const options = {
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

const parse = (args: readonly string[]) =>
  parseArgs({ args: [...args], options, allowPositionals: true, strict: true })

type Values = ReturnType<typeof parse>['values']

const textOf = (moment: EpochSeconds): string => new Date(moment * 1000).toISOString()

function stateOf({ signsFrom, retiredAt }: SigningKey, now: EpochSeconds): string {
  if (retiredAt !== undefined && retiredAt <= now) return 'dropped'
  if (retiredAt !== undefined) return `verifies until ${textOf(retiredAt)}`
  return signsFrom > now ? `signs from ${textOf(signsFrom)}` : 'signs'
}

/** Both kinds of keys: `drop` takes the id of either. */
async function list(_: string, { json }: Values, { store, print, now }: KeysParts): Promise<void> {
  const { signingKeys, edgeKeys } = store.authorization
  const describe = (use: 'access-tokens' | 'edge') => (key: SigningKey) => ({
    id: key.kid,
    algorithm: key.algorithm,
    use,
    createdAt: textOf(key.createdAt),
    state: stateOf(key, now()),
  })
  const keys = [
    ...(await signingKeys.list()).map(describe('access-tokens')),
    ...(await edgeKeys.list()).map(describe('edge')),
  ]
  if (json) return print(JSON.stringify(keys))
  if (keys.length === 0) return print('No keys yet: the first start makes them.')
  for (const { id, algorithm, use, createdAt, state } of keys)
    print(`${id}  ${algorithm.padEnd(5)}  ${use.padEnd(13)}  made ${createdAt}  ${state}`)
}

async function drop(kid: string, _: Values, { store, print, now }: KeysParts): Promise<void> {
  const outcome = await store.authorization.signingKeys.retire(kid, now())
  if (outcome === 'unknown')
    throw new Refused(`There is no key ${JSON.stringify(kid)}; "sallyport keys list" names them`)
  print(`Dropped ${kid}: what it signed is refused within 5 seconds, and clients have to renew it.`)
}

const group: CommandGroup<Values, KeysParts> = {
  name: 'keys',
  noun: 'key',
  usage: keysUsage,
  parse,
  commands: new Map([
    ['list', { options: ['json'], word: undefined, run: list }],
    ['drop', { options: [], word: 'id', run: drop }],
  ]),
}

/**
 * Carries out `sallyport keys ...`.
 *
 * @param args what follows `keys` on the command line
 * @returns the exit code: 0 done, 1 refused as things are (no such key), 2 a mistake in the command line; nothing
 *   was changed unless it is 0
 * @throws when the store cannot be asked
 */
export const keys = (args: readonly string[], parts: KeysParts): Promise<number> =>
  runCommand(group, args, parts)
