// sallyport clients: list, add and remove OAuth clients, let others register.

import { parseArgs } from 'node:util'
import { clientRulesOf } from '../authorization-server/client-rules.ts'
import { issueInitialAccessToken, mostUses } from '../authorization-server/initial-access-token.ts'
import { addManualClient } from '../authorization-server/manual-client.ts'
import { parseDuration } from '../config/fields.ts'
import type { AuthorizationServerSettings } from '../ports/authorization-server.ts'
import type { Hash } from '../ports/hash.ts'
import type { Clock, RandomToken } from '../ports/runtime.ts'
import type { Store } from '../ports/store.ts'
import { narrowClientMetadata } from '../protocol/client-metadata.ts'
import { later } from '../protocol/time.ts'
import { type CommandGroup, Refused, runCommand, UsageFault } from './command-group.ts'
import { describeClients, formatClients } from './list-clients.ts'

export type ClientsParts = {
  readonly store: Pick<Store, 'authorization'>
  /** Undefined: nothing needs an authorization server. */
  readonly settings: Omit<AuthorizationServerSettings, 'secret'> | undefined
  readonly randomToken: RandomToken
  readonly hashOf: (value: string) => Hash
  readonly print: (line: string) => void
  readonly printError: (line: string) => void
  readonly now: Clock
}

export const clientsUsage = `Usage:
  sallyport clients list [--json]
  sallyport clients add NAME --redirect-uri URI... [--public]
  sallyport clients add NAME --machine
  sallyport clients remove ID
  sallyport clients token [--uses N] [--expires DURATION]

add makes a client with a secret, which is shown once; --public: one without, for programs on people's own
machines; --machine: one that acts for itself, without people. remove also ends what people have allowed it.
token makes an initial access token, with which N clients (default 1) may register within DURATION (default
7d, such as 12h) where "registration" is "token".`

const options = {
  json: { type: 'boolean' },
  'redirect-uri': { type: 'string', multiple: true },
  public: { type: 'boolean' },
  machine: { type: 'boolean' },
  uses: { type: 'string' },
  expires: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

const parse = (args: readonly string[]) =>
  parseArgs({ args: [...args], options, allowPositionals: true, strict: true })

type Values = ReturnType<typeof parse>['values']

const serverOf = ({ settings }: ClientsParts) => {
  if (settings !== undefined) return settings
  throw new Refused(
    'No resource of the configuration has Sallyport as its issuer, and no clients are listed',
  )
}

async function list(
  _: string,
  values: Values,
  { settings, store, print }: ClientsParts,
): Promise<void> {
  const stored = await store.authorization.clients.list()
  const listed = describeClients(settings?.clients ?? [], stored)
  if (values.json) return print(JSON.stringify(listed, undefined, 2))
  if (listed.length === 0) return print('There are no clients.')
  for (const line of formatClients(listed)) print(line)
}

/** The metadata of RFC 7591 that the options stand for. */
function requestOf(name: string, values: Values) {
  const uris = values['redirect-uri'] ?? []
  const { public: isPublic = false, machine = false } = values
  if (machine && (isPublic || uris.length > 0))
    throw new UsageFault('A client with "--machine" has no redirect and is not "--public"')
  if (!machine && uris.length === 0) throw new UsageFault('Expected at least one "--redirect-uri"')
  return {
    client_name: name,
    redirect_uris: uris,
    grant_types: machine ? ['client_credentials'] : ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: isPublic ? 'none' : 'client_secret_basic',
  }
}

async function add(name: string, values: Values, parts: ClientsParts): Promise<void> {
  const { print, store, randomToken, hashOf, now } = parts
  const request = requestOf(name, values)
  const rules = clientRulesOf(serverOf(parts))
  // What the operator writes needs no leave of the operator's: the lists are for strangers.
  const redirects = { hosts: undefined, privateUris: request.redirect_uris }
  const narrowed = narrowClientMetadata(request, 'manual', { ...rules, redirects })
  if (narrowed.kind === 'refused') throw new UsageFault(narrowed.description)
  if (narrowed.metadata.client_name !== name)
    throw new UsageFault('Expected a name of 1 to 80 characters that can be seen')
  if (narrowed.dropped.length > 0)
    throw new UsageFault(`Cannot register ${narrowed.dropped.join('; ')}`)
  const { clients } = store.authorization
  const added = await addManualClient({ clients, randomToken, hashOf }, narrowed.metadata, now())
  print(`Added the client "${name}".`)
  print(`Client id: ${added.clientId}`)
  if (added.secret !== undefined) print(`Client secret: ${added.secret}`)
}

async function remove(
  clientId: string,
  _: Values,
  { settings, store, print }: ClientsParts,
): Promise<void> {
  if (settings?.clients.some(({ id }) => id === clientId))
    throw new Refused('This client is in the configuration: remove it there')
  const { artifacts, clients } = store.authorization
  const ended = await artifacts.destroyGrantsOf({ clientId })
  const grants = ended === 1 ? '1 grant was ended.' : `${ended} grants were ended.`
  const removed = await clients.remove(clientId)
  if (removed === 'removed') return print(`Removed the client; ${grants}`)
  if (ended === 0) throw new Refused(`There is no client ${JSON.stringify(clientId)}`)
  print(`The client is known by its document, which may be used again; ${grants}`)
}

function readUses(text = '1'): number {
  const uses = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (uses >= 1 && uses <= mostUses) return uses
  throw new UsageFault(
    `Cannot use --uses ${JSON.stringify(text)}: expected a number from 1 to ${mostUses}`,
  )
}

const longest = 366 * 86_400

function readLifetime(text = '7d') {
  const lifetime = parseDuration(text)
  if (lifetime !== undefined && lifetime >= 60 && lifetime <= longest) return lifetime
  throw new UsageFault(
    `Cannot use --expires ${JSON.stringify(text)}: expected 1m to 366d, such as 12h or 7d`,
  )
}

async function token(_: string, values: Values, parts: ClientsParts): Promise<void> {
  const { store, hashOf, print, now } = parts
  const uses = readUses(values.uses)
  const lifetime = readLifetime(values.expires)
  const { registration } = serverOf(parts)
  if (registration !== 'token')
    throw new Refused(
      `Nobody needs a token: "registration" is "${registration}", expected "token" in the configuration`,
    )
  const value = parts.randomToken()
  const { artifacts } = store.authorization
  await issueInitialAccessToken({ artifacts, hashOf }, { value, uses, lifetime }, now())
  const until = new Date(later(now(), lifetime) * 1000).toISOString()
  print(`Initial access token: ${value}`)
  print(`Good for ${uses === 1 ? '1 registration' : `${uses} registrations`} until ${until}.`)
}

const group: CommandGroup<Values, ClientsParts> = {
  name: 'clients',
  noun: 'client',
  usage: clientsUsage,
  parse,
  commands: new Map([
    ['list', { options: ['json'], word: undefined, run: list }],
    ['add', { options: ['redirect-uri', 'public', 'machine'], word: 'name', run: add }],
    ['remove', { options: [], word: 'id', run: remove }],
    ['token', { options: ['uses', 'expires'], word: undefined, run: token }],
  ]),
}

/**
 * Carries out `sallyport clients ...`.
 *
 * @param args what follows `clients` on the command line
 * @returns the exit code: 0 done, 1 refused as things are (no such client, no authorization server), 2 a mistake in
 *   the command line; nothing was changed unless it is 0
 * @throws when the store cannot be asked
 */
export const clients = (args: readonly string[], parts: ClientsParts): Promise<number> =>
  runCommand(group, args, parts)
