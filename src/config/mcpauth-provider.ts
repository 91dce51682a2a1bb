// The one identity provider of an mcpauth deployment.

import { type Findings, shown, unreadable } from './findings.ts'
import { parseList } from './given-text.ts'
import { asciiHost } from './hosts.ts'
import type { OldValue, OldValues } from './mcpauth-values.ts'
import { presetNames, presets } from './presets.ts'
import type { Environment } from './variables.ts'

type KeycloakPart = {
  readonly name: string
  readonly fallback: string
  readonly wanted: string
  readonly accepts: (text: string) => boolean
}

const isPort = (text: string): boolean =>
  /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65535

const keycloakParts: readonly KeycloakPart[] = [
  {
    name: 'KEYCLOAK_AUTH_PROTOCOL',
    fallback: 'https',
    wanted: 'http or https',
    accepts: (text) => text === 'http' || text === 'https',
  },
  {
    name: 'KEYCLOAK_AUTH_HOST',
    fallback: 'localhost',
    wanted: 'a host name without scheme and port',
    accepts: (text) => !text.includes(':') && asciiHost(text) !== undefined,
  },
  { name: 'KEYCLOAK_AUTH_PORT', fallback: '8080', wanted: 'a port', accepts: isPort },
  {
    name: 'KEYCLOAK_REALM',
    fallback: 'master',
    wanted: 'a realm name without slashes',
    accepts: (text) => /^[^/?#\\\p{Cc}]+$/u.test(text),
  },
]

/** `https://sso.example.com/realms/home`, from the four variables or their defaults. */
function keycloakIssuer(old: OldValues, findings: Findings): string | undefined {
  const read = keycloakParts.map(({ name, fallback, wanted, accepts }) => {
    const given = old.get(name)
    const text = given?.text.trim() ?? fallback
    if (accepts(text)) return text
    findings.problem(unreadable(given?.source ?? name, wanted, shown(text)))
    return undefined
  })
  const [protocol, host, port, realm] = read
  if (!protocol || !host || !port || !realm) return undefined
  // URL drops the default port, as Keycloak does in its issuer.
  const origin = URL.parse(`${protocol}://${host}:${port}`)?.origin
  return origin === undefined ? undefined : `${origin}/realms/${encodeURIComponent(realm)}`
}

const preferred = (old: OldValues, names: readonly string[]): OldValue | undefined =>
  names.map((name) => old.get(name)).find((value) => value !== undefined)

function presetOf(old: OldValues): string {
  const given = old.get('PROVIDER')
  if (given !== undefined) return given.text.trim().toLowerCase()
  return old.has('ISSUER_URL') ? 'oidc' : 'google'
}

/** The secret, or the file it is in; an empty CLIENT_SECRET stays, to be refused by name. */
function secretOf(old: OldValues, environment: Environment, preset: string) {
  const bases = ['CLIENT_SECRET']
  if (preset === 'keycloak') bases.push('KEYCLOAK_CLIENT_SECRET')
  if (preset === 'google') bases.push('GOOGLE_CLIENT_SECRET')
  for (const base of bases) {
    const value = old.get(base)
    const file = old.get(`${base}_FILE`)
    if (value === undefined && file === undefined) continue
    return {
      ...(value === undefined ? {} : { client_secret: value.text }),
      ...(file === undefined ? {} : { client_secret_file: file.text }),
    }
  }
  return environment['CLIENT_SECRET'] === '' ? { client_secret: '' } : {}
}

/** What is asked for at login: mcpauth drops what its list does not name; `openid` has to stay. */
function scopesOf(
  old: OldValues,
  preset: string,
  findings: Findings,
): { readonly scopes?: readonly string[] } {
  const allowed = old.get('ALLOWED_SCOPES')
  if (allowed === undefined) return {}
  const name = presetNames.find((known) => known === preset) ?? 'oidc'
  // A list that was made for an OpenID provider would leave nothing by which GitHub tells an address.
  if (name === 'github') {
    findings.notice(
      `${allowed.source} does not change what is asked for at GitHub, which has scopes of its own`,
    )
    return {}
  }
  const wanted = presets[name].scopes
  const kept = parseList(allowed.text).filter((scope) => wanted.includes(scope))
  return { scopes: [...new Set(['openid', ...kept])] }
}

function issuerOf(old: OldValues, preset: string, findings: Findings) {
  const named = old.get('ISSUER_URL')
  if (named !== undefined && preset !== 'google') return { issuer: named.text.trim() }
  if (preset !== 'keycloak') {
    const stray = [...old.keys()].find((name) => name.startsWith('KEYCLOAK_AUTH_'))
    if (stray !== undefined) findings.warn(`${stray} has no effect without PROVIDER=keycloak`)
    return {}
  }
  const issuer = keycloakIssuer(old, findings)
  return issuer === undefined ? undefined : { issuer }
}

/**
 * The provider as an entry of `providers`, and the value that made it one. Undefined when none is
 * described, or when a problem was found in it.
 *
 * Its callback stays `/callback`, which is what is registered at the provider.
 */
export function mcpauthProvider(
  old: OldValues,
  environment: Environment,
  findings: Findings,
): { readonly entry: Readonly<Record<string, unknown>>; readonly from: OldValue } | undefined {
  const from = preferred(old, ['PROVIDER', 'CLIENT_ID', 'GOOGLE_CLIENT_ID', 'CLIENT_SECRET'])
  if (from === undefined) return undefined
  const preset = presetOf(old)
  const issuer = issuerOf(old, preset, findings)
  if (issuer === undefined) return undefined
  const ids = preset === 'google' ? ['CLIENT_ID', 'GOOGLE_CLIENT_ID'] : ['CLIENT_ID']
  const clientId = preferred(old, ids)
  const byFlag = [...old.values()].find(
    ({ by, source }) => by === 'flag' && /client|provider|keycloak|google/i.test(source),
  )
  return {
    from: byFlag ?? from,
    entry: {
      preset,
      callback_path: '/callback',
      ...issuer,
      ...(clientId === undefined ? {} : { client_id: clientId.text }),
      ...secretOf(old, environment, preset),
      ...scopesOf(old, preset, findings),
    },
  }
}
