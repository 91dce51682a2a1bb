// Whether the authorization server's settings fit together and with the rest (R83, R100, R105).

import { judgeRedirectUri, redirectUriFaults } from '../protocol/redirect-uri.ts'
import { checkClients } from './check-clients.ts'
import { grantTypesOf } from './derive-clients.ts'
import { type Findings, shown, unreadable } from './findings.ts'
import { hasIssuer, ownIssuer } from './own-issuer.ts'
import { isNeeded, type Openness, opennessOf } from './registration-choice.ts'
import type { ResourceEntry } from './resource-schema.ts'
import type { FileSettings } from './schema.ts'
import type { PublicUrl, Settings } from './settings.ts'

type Own = NonNullable<FileSettings['authorization_server']>

export type CheckContext = {
  readonly resources: readonly ResourceEntry[]
  /** Those that have us as issuer. */
  readonly issued: readonly ResourceEntry[]
  /** Whether the resources stand for what mcpauth protected. */
  readonly isGateway: boolean
  /** Whether people sign in from command lines. */
  readonly commandLine: boolean
  /** Whether what is merely useless starts with a warning. */
  readonly isLenient: boolean
  readonly findings: Findings
}

const at = (member: string): string => `authorization_server.${member}`

/** FAPI 2.0 §5.3.2.1: every client is known before, shows who it is with a key, and has bound tokens. */
function checkFapi(own: Own, { commandLine, findings }: CheckContext): void {
  const contradict = (member: string, wanted: string) =>
    findings.problem(
      `Settings "${at('fapi')}" and "${at(member)}" contradict each other: ${wanted}`,
    )
  if (own.registration !== undefined && own.registration !== 'off')
    contradict('registration', 'set registration: off, and list the clients under "clients"')
  if (own.client_documents === true)
    contradict('client_documents', 'set client_documents: false, and list the clients')
  if (commandLine)
    findings.problem(
      `Settings "${at('fapi')}" and "command_line_login" contradict each other: the command line has no key, so nobody could tell it from others`,
    )
  for (const [index, client] of (own.clients ?? []).entries())
    if (client.jwks === undefined)
      contradict(`clients[${index}]`, 'the client needs "jwks", to show who it is with a key')
}

function checkLifetimes(own: Own, findings: Findings): void {
  const { refresh_idle: idle, refresh_lifetime: lifetime } = own
  if (idle !== undefined && lifetime !== undefined && idle > lifetime)
    findings.warn(
      `Setting "${at('refresh_idle')}" is longer than "${at('refresh_lifetime')}" and has no effect`,
    )
}

/** Settings that narrow what another setting switches off. */
function checkUseless(own: Own, { registration, documents }: Openness, findings: Findings): void {
  const useless = (member: string, because: string) =>
    findings.problem(`Setting "${at(member)}" has no meaning with ${because}`)
  if (!documents && own.client_document_hosts !== undefined)
    useless('client_document_hosts', 'client_documents: false')
  if (registration === 'off' && own.client_names !== undefined)
    useless('client_names', 'registration: off')
  if (registration === 'off' && !documents && own.redirect_hosts !== undefined)
    useless('redirect_hosts', 'registration: off and client_documents: false')
}

function checkNative(own: Own, findings: Findings): void {
  const uris = own.native_redirect_uris ?? []
  for (const [index, uri] of uris.entries()) {
    const place = at(`native_redirect_uris[${index}]`)
    const judgement = judgeRedirectUri(uri, { hosts: undefined, privateUris: uris })
    if (judgement.kind === 'refused')
      findings.problem(`Setting "${place}": ${shown(uri)} ${redirectUriFaults[judgement.reason]}`)
    else if (judgement.target.kind !== 'private')
      findings.problem(
        unreadable(
          place,
          'a URI with a scheme of an application (https and loopback need no entry)',
          shown(uri),
        ),
      )
  }
}

/** An issuer with a path is what many clients look for in the wrong place (mcp.md 7.2). */
function checkIssuer({ href, origin, basePath }: PublicUrl, findings: Findings): void {
  if (basePath !== '')
    findings.problem(
      unreadable(
        'public_url',
        `${shown(origin)}, because Sallyport issues tokens and MCP clients look for an issuer without a path; give it a host of its own, or name other "issuers" at every resource and list no "clients"`,
        shown(href),
      ),
    )
}

function checkDefault(own: Own, issued: readonly ResourceEntry[], findings: Findings): void {
  const { default_resource: named } = own
  if (named !== undefined && !issued.some(({ url }) => url === named))
    findings.problem(
      unreadable(
        at('default_resource'),
        `the url of a resource that has Sallyport as issuer (${issued.map(({ url }) => url).join(', ')})`,
        shown(named),
      ),
    )
}

function checkIssued(
  resources: readonly ResourceEntry[],
  publicUrl: PublicUrl,
  findings: Findings,
): void {
  const issuer = ownIssuer(publicUrl)
  for (const [index, entry] of resources.entries()) {
    const { scopes = [], scopes_supported: supported } = entry
    if (!hasIssuer(entry, issuer)) continue
    const left = scopes.filter((scope) => supported?.includes(scope) === false)
    if (left.length > 0)
      findings.problem(
        unreadable(
          `resources[${index}].scopes_supported`,
          `all of "scopes" to be in it, ${left.join(', ')} too`,
          shown(supported),
        ),
      )
    if ([...scopes, ...(supported ?? [])].includes('offline_access'))
      findings.problem(
        `Setting "resources[${index}].scopes" holds "offline_access", which is no scope of a resource: clients ask for it by themselves`,
      )
  }
}

function checkProviders({ providers, publicUrl }: Settings, findings: Findings): void {
  for (const [index, { issuer }] of providers.entries())
    if (issuer.replace(/\/$/, '') === ownIssuer(publicUrl))
      findings.problem(
        `Setting "providers[${index}].issuer" is Sallyport itself: name the provider where people sign in`,
      )
}

/** Whether anybody could ever get a token. */
function checkPeople(own: Own, settings: Settings, context: CheckContext): void {
  const { providers, localAccounts } = settings
  const machines = own.clients?.some((one) => grantTypesOf(one).includes('client_credentials'))
  if (providers.length > 0 || localAccounts || machines === true) return
  const text =
    context.issued.length > 0
      ? 'Sallyport issues the tokens of a resource, but nobody can sign in: set "providers" or "local_accounts", or name other "issuers" at the resource'
      : `Setting "${context.commandLine ? 'command_line_login' : at('clients')}" has no effect: nobody can sign in; set "providers" or "local_accounts"`
  if (context.isLenient) context.findings.warn(text)
  else context.findings.problem(text)
}

function announce({ registration }: Openness, findings: Findings): void {
  if (registration === 'open')
    findings.notice(
      'Any MCP client may register (within limits), and people are asked whether they let it in; authorization_server.registration: token or off closes it',
    )
}

/** Everything about the authorization server that a single value does not show. */
export function checkAuthorizationServer(
  file: FileSettings,
  settings: Settings,
  context: CheckContext,
): void {
  const { findings, issued, isLenient, resources } = context
  const own = file.authorization_server ?? {}
  if (!isNeeded(own, context)) {
    const text =
      'Setting "authorization_server" has no effect: no resource has Sallyport as issuer, and there are neither "clients" nor "command_line_login"; leave out "issuers" at a resource, or name self'
    if (Object.keys(own).length === 0) return
    if (isLenient) findings.warn(text)
    else findings.problem(text)
    return
  }
  checkIssuer(settings.publicUrl, findings)
  checkIssued(resources, settings.publicUrl, findings)
  checkLifetimes(own, findings)
  const openness = opennessOf(own, issued)
  checkUseless(own, openness, findings)
  checkNative(own, findings)
  checkDefault(own, issued, findings)
  if (own.fapi === true) checkFapi(own, context)
  checkClients(own.clients ?? [], settings.development, findings)
  checkProviders(settings, findings)
  checkPeople(own, settings, context)
  announce(openness, findings)
}
