// From readable values to settings: defaults, and what only several values together can be judged by.

import { join } from 'node:path'
import { secret } from '../protocol/secret.ts'
import { type Seconds, seconds } from '../protocol/time.ts'
import { deriveAccountsSecret } from './accounts-secret.ts'
import { deriveBranding } from './branding.ts'
import { checkDemands } from './check-demands.ts'
import { checkGroups } from './check-groups.ts'
import { checkAllowLists, checkCookieReach, checkRules } from './check-policy.ts'
import { checkResources } from './check-resources.ts'
import {
  checkDialect,
  checkListeners,
  checkPaths,
  checkPublicUrl,
  checkTrusted,
  deriveCookieName,
} from './check-server.ts'
import { correctIssuers } from './correct-issuer.ts'
import { deriveAuthorizationServer } from './derive-authorization-server.ts'
import { deriveEdgeAuth } from './derive-edge-auth.ts'
import { derivePolicy, deriveTokenIssuers } from './derive-policy.ts'
import { deriveProviders } from './derive-providers.ts'
import { derivePersonalTokens, deriveStaticTokens } from './derive-tokens.ts'
import { type Findings, unreadable } from './findings.ts'
import { deriveCookieScope, deriveHandOff } from './hand-off.ts'
import { deriveIdentityHeaders } from './identity-headers.ts'
import { deriveLanguages } from './languages.ts'
import type { Translation } from './mcpauth.ts'
import { gatewayResources } from './mcpauth-gateway.ts'
import { nameOwnIssuer, ownIssuer } from './own-issuer.ts'
import type { FileSettings } from './schema.ts'
import { resolveSecret, type SecretSource } from './secrets.ts'
import type { DatabaseSettings, DecisionListener, PublicUrl, Settings } from './settings.ts'

export const defaultPort = 11_000
const defaultTrusted = ['127.0.0.0/8', '::1/128']

export type Derivation = {
  /** Settings whose values could not be read: nothing is concluded from their absence. */
  readonly broken: ReadonlySet<string>
  readonly gateway: Translation['gateway']
  readonly secrets: SecretSource
  readonly findings: Findings
}

function derivePublicUrl(
  file: FileSettings,
  port: number,
  { broken, findings }: Derivation,
): PublicUrl {
  if (file.public_url !== undefined) return file.public_url
  if (file.development !== true && !broken.has('public_url') && !broken.has('development'))
    findings.problem(
      unreadable('public_url', 'the https URL under which browsers reach Sallyport', 'nothing'),
    )
  const origin = `http://localhost:${port}`
  return { href: origin, origin, hostname: 'localhost', basePath: '' }
}

function deriveDecision(file: FileSettings, host: string): DecisionListener {
  if (file.decision_socket !== undefined) return { kind: 'socket', path: file.decision_socket }
  if (file.decision_port === undefined) return { kind: 'shared' }
  return { kind: 'port', host: file.decision_host ?? host, port: file.decision_port }
}

function deriveDatabase(
  file: FileSettings,
  dataDirectory: string,
  { secrets, findings }: Derivation,
): DatabaseSettings {
  const url = resolveSecret('database_url', file.database_url, file.database_url_file, secrets)
  if (url !== undefined) {
    const protocol = URL.parse(url.reveal().trim())?.protocol
    if (protocol !== 'postgres:' && protocol !== 'postgresql:')
      findings.problem(unreadable('database_url', 'a postgres:// URL'))
    return { kind: 'postgres', url: secret(url.reveal().trim()) }
  }
  if (dataDirectory !== '') return { kind: 'sqlite', file: join(dataDirectory, 'sallyport.db') }
  findings.warn('Setting "data_dir" is empty: sessions and accounts are gone after a restart')
  return { kind: 'memory' }
}

function deriveSession(file: FileSettings, findings: Findings) {
  const lifetime: Seconds = file.session?.lifetime ?? seconds(12 * 3600)
  const idle: Seconds = file.session?.idle ?? seconds(Math.min(3600, lifetime))
  if (idle > lifetime)
    findings.warn('Setting "session.idle" is longer than "session.lifetime" and has no effect')
  return { lifetime, idle }
}

function checkUse(file: FileSettings, settings: Settings, { broken, findings }: Derivation): void {
  const { authorizationServer, policy, providers, localAccounts } = settings
  if (broken.size > 0) return
  const needsLogin = policy.rules.some(({ access }) => access !== 'public')
  if (needsLogin && providers.length === 0 && !localAccounts)
    findings.problem(
      'Rules ask for a login, but nobody can log in: set "providers" or "local_accounts"',
    )
  const isForApplications = authorizationServer !== undefined
  if (policy.rules.length === 0 && policy.resources.length === 0 && !isForApplications)
    findings.warn('Neither "rules" nor "resources" is set: every request is denied')
  const anybody = needsLogin || providers.length > 0 || policy.resources.length > 0
  if (policy.allow.length === 0 && file.allow === undefined && anybody)
    findings.warn(
      'Nobody may sign in: set "allow" to say who may, for example allow: { emails: [me@example.com] }',
    )
}

function derivePolicies(file: FileSettings, base: Settings, context: Derivation): Settings {
  const { broken, findings, gateway, secrets } = context
  const { cookie, development, handOff, localAccounts, providers, publicUrl } = base
  const rules = file.rules ?? []
  const allow = file.allow ?? []
  const derived = file.rules === undefined && file.resources === undefined && broken.size === 0
  const isGateway = derived && gateway !== undefined
  const issuer = ownIssuer(publicUrl)
  const named = isGateway
    ? gatewayResources(base, gateway, findings)
    : correctIssuers(file.resources ?? [], findings)
  const resources = nameOwnIssuer(named, publicUrl)
  if (!isGateway) checkResources(resources, { development, providers, ownIssuer: issuer, findings })
  checkRules(rules, resources, findings)
  const known = {
    providers: broken.has('providers') ? undefined : providers.map(({ id }) => id),
    localAccounts,
  }
  checkAllowLists(allow, rules, resources, { known, findings })
  if (!development && file.public_url !== undefined && !broken.has('cookie'))
    checkCookieReach(
      rules,
      { loginHost: publicUrl.hostname, domain: cookie.domain, scope: handOff.scope },
      findings,
    )
  const policy = derivePolicy(allow, rules, resources, providers)
  checkGroups(policy, { providers, localAccounts }, findings)
  checkDemands(policy, { providers, localAccounts }, findings)
  return {
    ...base,
    policy,
    tokenIssuers: deriveTokenIssuers(resources, providers, issuer),
    staticTokens: deriveStaticTokens(file.static_tokens ?? [], { resources, allow }, secrets),
    accountsSecret: deriveAccountsSecret(file, base, { secrets, findings }),
    edgeAuth: broken.has('edge_auth')
      ? undefined
      : deriveEdgeAuth(file, base, { isGateway, secrets, findings }),
    authorizationServer: broken.has('authorization_server')
      ? undefined
      : deriveAuthorizationServer(file, base, {
          resources,
          isGateway,
          isLenient: gateway !== undefined,
          secrets,
          findings,
        }),
  }
}

function deriveProxy(
  file: FileSettings,
  development: boolean,
  { broken, findings, gateway }: Derivation,
): Settings['proxy'] {
  const { dialect = 'traefik', trusted, trust_everyone: acknowledged = false } = file.proxy ?? {}
  if (gateway !== undefined && trusted === undefined && !development)
    findings.warn(
      'Only a proxy on this machine is trusted: set SALLYPORT_PROXY_TRUSTED to the network of your proxy (172.16.0.0/12 holds the usual ones of Docker), or every decision is 403',
    )
  if (!broken.has('proxy')) {
    checkTrusted(trusted ?? defaultTrusted, acknowledged, findings)
    // Without a public URL the dialect may be that of the try-out, which then does not start anyway.
    if (file.public_url !== undefined) checkDialect(dialect, development, findings)
  }
  return { dialect, trusted: trusted ?? defaultTrusted }
}

function deriveCookie(
  file: FileSettings,
  publicUrl: PublicUrl,
  development: boolean,
  findings: Findings,
): Pick<Settings, 'cookie' | 'handOff'> {
  const { domain, scope } = deriveCookieScope(file, publicUrl, development, findings)
  const name = deriveCookieName(file.cookie?.name, publicUrl, domain, findings)
  return { cookie: { domain, name }, handOff: deriveHandOff(file, scope, findings) }
}

/** The public listener's address; in development mode this machine only. */
export function deriveListen(file: FileSettings, development: boolean): Settings['listen'] {
  return {
    host: file.listen?.host ?? (development ? '127.0.0.1' : '::'),
    port: file.port ?? file.listen?.port ?? defaultPort,
  }
}

/** What several settings say together about where and how the program serves. */
function deriveServer(file: FileSettings, context: Derivation): Settings {
  const { broken, findings, secrets } = context
  const development = file.development ?? false
  const listen = deriveListen(file, development)
  const publicUrl = derivePublicUrl(file, listen.port, context)
  if (file.public_url !== undefined && !broken.has('development'))
    checkPublicUrl(publicUrl, development, findings)
  const protectedPath = file.protected_path ?? '/sse'
  const dataDirectory = file.data_dir ?? './data'
  const providers = deriveProviders(file.providers ?? [], development, secrets)
  return {
    development,
    publicUrl,
    listen,
    decision: deriveDecision(file, listen.host),
    proxy: deriveProxy(file, development, context),
    protectedPath,
    ...deriveCookie(file, publicUrl, development, findings),
    session: deriveSession(file, findings),
    database: deriveDatabase(file, dataDirectory, context),
    dataDirectory,
    providers,
    localAccounts: file.local_accounts ?? false,
    accountsSecret: undefined,
    tokenIssuers: [],
    personalTokens: derivePersonalTokens(file),
    staticTokens: [],
    authorizationServer: undefined,
    edgeAuth: undefined,
    policy: { allow: [], rules: [], resources: [] },
    identityHeaders: deriveIdentityHeaders(file.identity_headers, findings),
    pinSubject: file.pin_subject ?? false,
    realm: file.realm ?? 'sallyport',
    appearance: {
      ...deriveBranding(file.branding, secrets.readFile, findings),
      languages: deriveLanguages(broken.has('languages') ? {} : file, secrets.readFile, findings),
    },
    log: { level: file.log_level ?? 'info' },
  }
}

/**
 * Settings from values that were each readable. Collects everything that contradicts; the result counts
 * only when no problem was found.
 */
export function deriveSettings(file: FileSettings, context: Derivation): Settings {
  const settings = derivePolicies(file, deriveServer(file, context), context)
  if (!context.broken.has('listen')) checkListeners(file, settings, context.findings)
  checkPaths(settings, context.findings)
  checkUse(file, settings, context)
  return settings
}
