// Tokens for scripts: the limits of those that people make, and those that are written into the configuration.

import { hash } from 'node:crypto'
import type { Allow } from '../access/policy.ts'
import { isPersonalToken, personalTokenPrefix } from '../protocol/personal-token.ts'
import { type EpochSeconds, seconds } from '../protocol/time.ts'
import { type BoundsMember, mostHosts, parseTokenBounds } from '../protocol/token-bounds.ts'
import { type Findings, shown, unreadable } from './findings.ts'
import type { ResourceEntry } from './resource-schema.ts'
import type { FileSettings } from './schema.ts'
import { judgeOwnSecret, resolveSecret, type SecretSource } from './secrets.ts'
import type { PersonalTokenLimits, StaticToken } from './settings.ts'
import type { StaticTokenEntry } from './token-schema.ts'

const day = 86_400

/** Undefined: nobody can make tokens, and those there are count for nothing. */
export function derivePersonalTokens({
  personal_tokens: given = {},
}: FileSettings): PersonalTokenLimits | undefined {
  if (given.enabled === false) return undefined
  return {
    maxLifetime: given.max_lifetime ?? seconds(365 * day),
    ownerAbsence: given.owner_absence ?? seconds(90 * day),
  }
}

// RFC 6750 §2.1: nothing else arrives in the header.
const bearer = /^[A-Za-z0-9._~+/-]+=*$/

function readValue(
  entry: StaticTokenEntry,
  setting: string,
  source: SecretSource,
): StaticToken['value'] | undefined {
  const { token, token_file: file, token_sha256: sha256 } = entry
  const name = `${setting}.token`
  if (sha256 !== undefined) {
    if (token === undefined && file === undefined)
      return { kind: 'sha256', hex: sha256.toLowerCase() }
    source.findings.problem(
      `Setting "${name}" is given twice, as a value and as "token_sha256"; keep one`,
    )
    return undefined
  }
  const secret = resolveSecret(name, token, file, source)
  if (secret === undefined) {
    if (token === undefined && file === undefined)
      source.findings.problem(
        unreadable(name, 'a value, "token_file" or "token_sha256"', 'nothing'),
      )
    return undefined
  }
  judgeOwnSecret(name, secret, source.findings)
  const text = secret.reveal()
  if (!bearer.test(text))
    source.findings.problem(unreadable(name, 'letters, digits and "-._~+/" only'))
  if (isPersonalToken(text))
    source.findings.problem(
      unreadable(name, `a value that does not begin with "${personalTokenPrefix}"`),
    )
  return { kind: 'secret', secret }
}

const hostsOf = (resources: readonly ResourceEntry[]): readonly string[] => [
  ...new Set(resources.flatMap(({ url }) => /^https?:\/\/([^/?]+)/.exec(url)?.[1] ?? [])),
]

function wantedBounds(member: BoundsMember, hosts: number): string {
  if (member === 'path') return 'a path'
  if (member !== 'hosts') return member
  return hosts > mostHosts
    ? `at most ${mostHosts} hosts (${hosts} are named here or by "resources"); "*.example.com" stands for many`
    : 'at least one host'
}

function deriveStaticToken(
  entry: StaticTokenEntry,
  at: number,
  resources: readonly ResourceEntry[],
  source: SecretSource,
): readonly StaticToken[] {
  const setting = `static_tokens[${at}]`
  const value = readValue(entry, setting, source)
  const hosts = entry.hosts ?? hostsOf(resources)
  const read = parseTokenBounds({
    hosts,
    path: entry.path ?? '',
    methods: entry.methods ?? [],
    scopes: entry.scopes ?? [],
  })
  if (read.kind === 'refused') {
    const wanted = wantedBounds(read.member, hosts.length)
    source.findings.problem(unreadable(`${setting}.${read.member}`, wanted))
    return []
  }
  const { name, expires } = entry
  if (expires === 'never')
    source.findings.warn(`The static token "${name}" has no end: give it one with "expires"`)
  const expiresAt = expires === 'never' ? undefined : expires
  return value === undefined ? [] : [{ name, value, bounds: read.bounds, expiresAt }]
}

/** A list of people lets no machine in, which is easily forgotten. An empty list is spoken of elsewhere. */
function checkLetIn({ name }: StaticTokenEntry, allow: Allow, findings: Findings): void {
  const isLetIn = allow.some(({ clients, anyone }) => anyone === true || clients?.includes(name))
  if (allow.length > 0 && !isLetIn)
    findings.warn(
      `The static token "${name}" opens nothing: "allow" lets it in only with { clients: [${name}] }`,
    )
}

const digestOf = ({ value }: StaticToken): string =>
  value.kind === 'sha256' ? value.hex : hash('sha256', value.secret.reveal())

/** Which of two names a value stands for would be chance, and so would be its bounds. */
function checkValues(tokens: readonly StaticToken[], findings: Findings): void {
  for (const same of Map.groupBy(tokens, digestOf).values())
    if (same.length > 1)
      findings.warn(
        `The static tokens ${same.map(({ name }) => shown(name)).join(' and ')} have one value: only the last of them counts`,
      )
}

/** A machine whose token is over is refused without a word to it. */
export function warnOfEnded(
  tokens: readonly StaticToken[],
  now: EpochSeconds,
  findings: Findings,
): void {
  for (const { name, expiresAt } of tokens)
    if (expiresAt !== undefined && expiresAt < now)
      findings.warn(
        `The static token "${name}" is over since the end of ${new Date(expiresAt * 1000).toISOString().slice(0, 10)}: it is refused`,
      )
}

/** The tokens of the configuration; each name once. */
export function deriveStaticTokens(
  entries: readonly StaticTokenEntry[],
  { resources, allow }: { readonly resources: readonly ResourceEntry[]; readonly allow: Allow },
  source: SecretSource,
): readonly StaticToken[] {
  for (const entry of entries) checkLetIn(entry, allow, source.findings)
  const names = entries.map(({ name }) => name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined)
    source.findings.problem(
      `Two of "static_tokens" are called "${twice}": each needs a name of its own`,
    )
  const tokens = entries.flatMap((entry, at) => deriveStaticToken(entry, at, resources, source))
  checkValues(tokens, source.findings)
  return tokens
}
