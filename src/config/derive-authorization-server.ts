// The authorization server as the engine wants it: on when a resource has us as issuer, or clients are listed.

import type { IssuedResource } from '../ports/authorization-server.ts'
import { seconds } from '../protocol/time.ts'
import { checkAuthorizationServer } from './check-authorization-server.ts'
import { commandLineClient, deriveClients } from './derive-clients.ts'
import type { Findings } from './findings.ts'
import { hasIssuer, ownIssuer } from './own-issuer.ts'
import { deriveOwnSecret } from './own-secret.ts'
import { isNeeded, opennessOf } from './registration-choice.ts'
import type { ResourceEntry } from './resource-schema.ts'
import type { FileSettings } from './schema.ts'
import type { SecretSource } from './secrets.ts'
import type { AuthorizationServerChoice, Settings } from './settings.ts'

const day = 86_400

export type ServerContext = {
  /** Our own and foreign ones, with every issuer written out. */
  readonly resources: readonly ResourceEntry[]
  /** Whether the resources stand for what mcpauth protected without naming it. */
  readonly isGateway: boolean
  /** Whether anything was said under mcpauth's names: such a deployment starts even where it is of no use. */
  readonly isLenient: boolean
  readonly secrets: SecretSource
  readonly findings: Findings
}

const isWildcard = ({ url }: Pick<ResourceEntry, 'url'>): boolean => url.includes('://*.')

function issuedResource(entry: ResourceEntry): IssuedResource {
  const scopes = entry.scopes ?? []
  return {
    url: entry.url,
    audience: isWildcard(entry) ? entry.audiences?.[0] : undefined,
    name: entry.name,
    scopes,
    scopesSupported: entry.scopes_supported ?? scopes,
    dpopRequired: entry.dpop_required ?? false,
  }
}

const deriveSecret = (file: FileSettings, settings: Settings, context: ServerContext) =>
  deriveOwnSecret(
    {
      setting: 'authorization_server.secret',
      value: file.authorization_server?.secret,
      path: file.authorization_server?.secret_file,
      made: 'authorization-server.key',
    },
    settings,
    context,
  )

/** mcpauth's tokens were for the gateway, whatever host was asked: so are those of clients that name no resource. */
function defaultResource(
  file: FileSettings,
  issued: readonly ResourceEntry[],
  isGateway: boolean,
): string | undefined {
  const named = file.authorization_server?.default_resource
  if (named !== undefined || !isGateway) return named
  return (issued.find(isWildcard) ?? issued[0])?.url
}

/**
 * The settings of the authorization server, or undefined when nothing needs it. Collects what contradicts; the secret is judged when it is given, and not made when it is not.
 */
export function deriveAuthorizationServer(
  file: FileSettings,
  settings: Settings,
  context: ServerContext,
): AuthorizationServerChoice | undefined {
  const issuer = ownIssuer(settings.publicUrl)
  const issued = context.resources.filter((entry) => hasIssuer(entry, issuer))
  const commandLine = file.command_line_login ?? false
  checkAuthorizationServer(file, settings, { ...context, issued, commandLine })
  const own = file.authorization_server ?? {}
  if (!isNeeded(own, { ...context, issued, commandLine })) return undefined
  const openness = opennessOf(own, issued)
  const fapi = own.fapi ?? false
  const refreshLifetime = own.refresh_lifetime ?? seconds(30 * day)
  return {
    issuer,
    resources: issued.map(issuedResource),
    defaultResource: defaultResource(file, issued, context.isGateway),
    registration: openness.registration,
    redirectHosts: own.redirect_hosts,
    clientNames: own.client_names,
    privateRedirectUris: own.native_redirect_uris ?? [],
    clientDocuments: {
      enabled: openness.documents,
      hosts: own.client_document_hosts,
      allowLoopback: settings.development,
    },
    clients: [
      ...deriveClients(own.clients ?? [], context.secrets),
      ...(commandLine ? [commandLineClient] : []),
    ],
    accessTokenLifetime: own.access_token_lifetime ?? seconds(600),
    refreshIdle: own.refresh_idle ?? seconds(Math.min(14 * day, refreshLifetime)),
    refreshLifetime,
    refreshRetry: own.refresh_retry ?? seconds(10),
    rememberConsent: own.remember_consent ?? seconds(0),
    scopeDescriptions: own.scope_descriptions ?? {},
    fapi,
    secret: deriveSecret(file, settings, context),
  }
}
