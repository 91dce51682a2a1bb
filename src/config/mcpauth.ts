// A deployment of mcpauth, told by its variables and flags, in our terms.

import type { Findings } from './findings.ts'
import type { Flags } from './flags.ts'
import { parseList, parseTruth } from './given-text.ts'
import { isDevelopmentHost, isLoopbackHost } from './hosts.ts'
import type { Given, Layer } from './layers.ts'
import { mcpauthClients } from './mcpauth-clients.ts'
import { type OldName, oldNames } from './mcpauth-names.ts'
import { mcpauthProvider } from './mcpauth-provider.ts'
import { type OldValue, type OldValues, readOldValues } from './mcpauth-values.ts'
import type { Environment } from './variables.ts'

export type Translation = {
  readonly variables: Layer
  readonly flags: Layer
  /**
   * What mcpauth protects without naming it: every host whose proxy asks. Undefined when neither a
   * domain nor a provider was given under an old name.
   */
  readonly gateway:
    | { readonly requiredScopes: readonly string[]; readonly allowedScopes: readonly string[] }
    | undefined
}

function directValue(old: OldName, { text }: OldValue): unknown {
  if (old.form === 'boolean') return parseTruth(text) ?? text
  return old.form === 'number' && /^\d{1,9}$/.test(text) ? Number(text) : text
}

/** `oauth.example.com`, `localhost:11000` or a whole URL; mcpauth adds the scheme, and so do we. */
function publicUrlOf(domain: string, development: boolean): string {
  if (domain.includes('://')) return domain
  const hostname = URL.parse(`http://${domain}`)?.hostname ?? ''
  return `${development && isDevelopmentHost(hostname) ? 'http' : 'https'}://${domain}`
}

const insecureLoopback = (url: string): boolean => {
  const parsed = URL.parse(url)
  return parsed?.protocol === 'http:' && isLoopbackHost(parsed.hostname)
}

type Put = (path: string, value: unknown, from: OldValue) => void

function translateDomain(old: OldValues, findings: Findings, put: Put): void {
  const domain = old.get('OAUTH_DOMAIN')
  if (domain === undefined) return
  const mode = old.get('DEV_MODE')
  const url = publicUrlOf(domain.text.trim(), mode !== undefined && parseTruth(mode.text) === true)
  put('public_url', url, domain)
  if (!insecureLoopback(url) || mode !== undefined) return
  put('development', true, domain)
  findings.notice(`${domain.source} is http on this machine: development mode is on`)
}

const machineName = 'authorization-bearer-token'

/**
 * The one token of mcpauth is a machine: without an address, so that no list of addresses lets it in. It
 * comes after the tokens of the file.
 */
function translateToken(old: OldValues, written: Layer, put: Put): void {
  const value = old.get('AUTHORIZATION_BEARER_TOKEN')
  const file = old.get('AUTHORIZATION_BEARER_TOKEN_FILE')
  const from = value ?? file
  if (from === undefined) return
  const scopes = parseList(old.get('REQUIRED_SCOPES')?.text ?? '')
  const given = {
    ...(value === undefined ? {} : { token: value.text }),
    ...(file === undefined ? {} : { token_file: file.text }),
  }
  const own = { name: machineName, ...given, scopes, expires: 'never' }
  const others = written.get('static_tokens')?.value
  if (others === undefined) put('static_tokens', [own], from)
  // What is no list stays alone, to be refused.
  else if (Array.isArray(others))
    put('static_tokens', [...others, own], {
      ...from,
      source: `${from.source} (after those of the file)`,
    })
}

/** A list in the file names its machines itself; that of mcpauth could not. */
function translateAllow(old: OldValues, written: Layer, put: Put): void {
  const emails = old.get('ALLOWED_EMAILS')
  const token = old.get('AUTHORIZATION_BEARER_TOKEN') ?? old.get('AUTHORIZATION_BEARER_TOKEN_FILE')
  const from = emails ?? token
  if (from === undefined || (emails === undefined && written.has('allow'))) return
  const people = emails === undefined ? [] : [{ emails: parseList(emails.text) }]
  const machines = token === undefined ? [] : [{ clients: [machineName] }]
  put('allow', [...people, ...machines], from)
}

/**
 * Reads all of mcpauth's variables and flags. Each one used is said in a notice with its new name; what
 * has no counterpart yet is a warning; the admin flags are refused.
 *
 * Does not judge values that the settings they become are judged for.
 *
 * @param written what the configuration file says: lists there are kept beside what adds to them here
 */
export function translateMcpauth(
  environment: Environment,
  givenFlags: Flags,
  written: Layer,
  findings: Findings,
): Translation {
  const old = readOldValues(environment, givenFlags, findings)
  const variables = new Map<string, Given>()
  const flags = new Map<string, Given>()
  const put: Put = (path, value, { source, by }) =>
    (by === 'flag' ? flags : variables).set(path, { value, source })

  translateDomain(old, findings, put)
  for (const name of oldNames) {
    const value = old.get(name.name)
    if (value !== undefined && name.direct !== undefined)
      put(name.direct, directValue(name, value), value)
  }
  translateToken(old, written, put)
  translateAllow(old, written, put)
  const clients = old.get('MCPAUTH_BOOTSTRAP_CLIENTS')
  if (clients !== undefined)
    put('authorization_server.clients', mcpauthClients(clients, findings), clients)
  const provider = mcpauthProvider(old, environment, findings)
  if (provider !== undefined) put('providers', [provider.entry], provider.from)

  const scopes = (name: string) => parseList(old.get(name)?.text ?? '')
  const gateway =
    old.has('OAUTH_DOMAIN') || provider !== undefined
      ? { requiredScopes: scopes('REQUIRED_SCOPES'), allowedScopes: scopes('ALLOWED_SCOPES') }
      : undefined
  return { variables, flags, gateway }
}
