// sallyport keys: the keys that sign our tokens, and what to do when one is no longer a secret (R113).

import { parseArgs } from 'node:util'
import type { SigningKey } from '../ports/authorization-store.ts'
import type { Clock } from '../ports/runtime.ts'
import type { Store } from '../ports/store.ts'
import type { EpochSeconds } from '../protocol/time.ts'

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

/** A mistake in the command line; the text says what is wanted. */
class UsageFault extends Error {}

/** The command could not be carried out as things are. */
class Refused extends Error {}

const options = {
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (fault) {
    throw new UsageFault(fault instanceof Error ? fault.message : String(fault))
  }
}

const textOf = (moment: EpochSeconds): string => new Date(moment * 1000).toISOString()

function stateOf({ signsFrom, retiredAt }: SigningKey, now: EpochSeconds): string {
  if (retiredAt !== undefined && retiredAt <= now) return 'dropped'
  if (retiredAt !== undefined) return `verifies until ${textOf(retiredAt)}`
  return signsFrom > now ? `signs from ${textOf(signsFrom)}` : 'signs'
}

/** Both kinds of keys: `drop` takes the id of either. */
async function list(json: boolean, { store, print, now }: KeysParts): Promise<void> {
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

async function drop(kid: string, { store, print, now }: KeysParts): Promise<void> {
  const outcome = await store.authorization.signingKeys.retire(kid, now())
  if (outcome === 'unknown')
    throw new Refused(`There is no key ${JSON.stringify(kid)}; "sallyport keys list" names them`)
  print(`Dropped ${kid}: what it signed is refused within 5 seconds, and clients have to renew it.`)
}

async function run(args: readonly string[], parts: KeysParts): Promise<void> {
  const { values, positionals } = readArguments(args)
  if (values.help) return parts.print(keysUsage)
  const [command, ...words] = positionals
  if (command === undefined) throw new UsageFault('The command is missing')
  if (command === 'list') {
    if (words.length > 0) throw new UsageFault('"keys list" takes no id')
    return list(values.json ?? false, parts)
  }
  if (command !== 'drop') throw new UsageFault(`There is no command ${JSON.stringify(command)}`)
  const [kid, surplus] = words
  if (values.json) throw new UsageFault('"keys drop" has no option "--json"')
  if (kid === undefined) throw new UsageFault('The id of the key is missing')
  if (surplus !== undefined) throw new UsageFault('Expected one id and nothing after it')
  return drop(kid, parts)
}

/**
 * Carries out `sallyport keys ...`.
 *
 * @param args what follows `keys` on the command line
 * @returns the exit code: 0 done, 1 refused as things are (no such key), 2 a mistake in the command line; nothing
 *   was changed unless it is 0
 * @throws when the store cannot be asked
 */
export async function keys(args: readonly string[], parts: KeysParts): Promise<number> {
  try {
    await run(args, parts)
    return 0
  } catch (fault) {
    if (fault instanceof Refused) parts.printError(fault.message)
    else if (fault instanceof UsageFault) parts.printError(`${fault.message}\n\n${keysUsage}`)
    else throw fault
    return fault instanceof UsageFault ? 2 : 1
  }
}
