// What was typed into the form for a new token, and what of it cannot be used.

import type { Phrase } from '../appearance/messages.ts'
import type { TokenFields } from '../pages/account-tokens.ts'
import { formatShownText } from '../protocol/display-text.ts'
import { parseHost } from '../protocol/host.ts'
import { type BoundsMember, parseTokenBounds, type TokenBounds } from '../protocol/token-bounds.ts'

export type TokenFormRules = {
  /** Whether some rule or resource names the host. */
  readonly knowsHost: (hostname: string, port: number | undefined) => boolean
  readonly scopes: readonly string[]
  readonly mostDays: number
}

export type TokenForm =
  | { readonly fields: TokenFields; readonly error: Phrase }
  | {
      readonly fields: TokenFields
      readonly error: undefined
      readonly name: string
      readonly bounds: TokenBounds
      readonly days: number
    }

const errors: Readonly<Record<BoundsMember, Phrase>> = {
  hosts: 'tokens.bad-hosts',
  path: 'tokens.bad-path',
  methods: 'tokens.bad-methods',
  scopes: 'tokens.bad-scopes',
}

const wordsOf = (text: string): readonly string[] =>
  text.split(/[\s,]+/).filter((word) => word !== '')

/** A host without an application: most likely a slip, and nothing the token would ever be good for. */
function unknownHost({ hosts }: TokenBounds, { knowsHost }: TokenFormRules): string | undefined {
  return hosts.find((host) => {
    const parsed = host.startsWith('*.') ? undefined : parseHost(host, 'https')
    return parsed !== undefined && !knowsHost(parsed.hostname, parsed.port)
  })
}

function readDays(text: string, mostDays: number): number | undefined {
  const days = /^\d{1,4}$/.test(text) ? Number(text) : 0
  return days >= 1 && days <= mostDays ? days : undefined
}

/** Reads the form; with `error` the first thing that is wrong with it, and what was typed. */
export function readTokenForm(
  get: (name: string) => string | undefined,
  rules: TokenFormRules,
): TokenForm {
  const field = (name: keyof TokenFields) => (get(name) ?? '').trim()
  const fields: TokenFields = {
    name: field('name'),
    hosts: field('hosts'),
    path: field('path'),
    methods: field('methods'),
    scopes: field('scopes'),
    days: field('days'),
  }
  const wrong = (error: Phrase): TokenForm => ({ fields, error })
  const name = formatShownText(fields.name, 80)
  if (name === undefined || fields.name.length > 80) return wrong('tokens.bad-name')
  const read = parseTokenBounds({
    hosts: wordsOf(fields.hosts),
    path: fields.path,
    methods: wordsOf(fields.methods),
    scopes: wordsOf(fields.scopes),
  })
  if (read.kind === 'refused') return wrong(errors[read.member])
  const { bounds } = read
  const host = unknownHost(bounds, rules)
  if (host !== undefined) return wrong(['tokens.unknown-host', { host }])
  if (!bounds.scopes.every((scope) => rules.scopes.includes(scope)))
    return wrong('tokens.bad-scopes')
  const days = readDays(fields.days, rules.mostDays)
  if (days === undefined) return wrong('tokens.bad-days')
  return { fields, error: undefined, name, bounds, days }
}
