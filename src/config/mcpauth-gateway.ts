// What an mcpauth deployment protects: every host next to the gateway's own, with one audience for all.

import { withoutOfflineAccess } from '../protocol/scope.ts'
import type { Findings } from './findings.ts'
import { isIpAddress, isLoopbackHost, isPublicSuffix } from './hosts.ts'
import type { Translation } from './mcpauth.ts'
import { selfWord } from './own-issuer.ts'
import { presets } from './presets.ts'
import { type ResourceEntry, resourceUrl } from './resource-schema.ts'
import type { Settings } from './settings.ts'

type Gateway = NonNullable<Translation['gateway']>

/** `oauth.example.com` -> `example.com`; the host itself where the parent belongs to nobody. */
function parentOf(hostname: string): string {
  const parent = hostname.slice(hostname.indexOf('.') + 1)
  const usable = hostname.includes('.') && parent.includes('.') && !isPublicSuffix(parent)
  return usable && !isIpAddress(hostname) ? parent : hostname
}

function urlsOf({ publicUrl, cookie, listen }: Settings): readonly string[] {
  const { protocol, port } = new URL(publicUrl.origin)
  const at = (host: string, ownPort = port) =>
    `${protocol}//${host}${ownPort === '' ? '' : `:${ownPort}`}`
  const { hostname } = publicUrl
  if (isLoopbackHost(hostname))
    return [...new Set([at(hostname), at(hostname, ''), at(hostname, `${listen.port}`)])]
  const domains = [parentOf(hostname), ...(cookie.domain === undefined ? [] : [cookie.domain])]
  return [...new Set(domains.flatMap((domain) => [at(domain), at(`*.${domain}`)]))]
}

function noticeOfTokens(settings: Settings, hasProvider: boolean, findings: Findings): void {
  if (!hasProvider)
    findings.notice('Sallyport issues the access tokens itself, because no provider here does')
  findings.notice(
    `All protected hosts share the audience ${settings.publicUrl.href}, as with mcpauth: a token for one opens the others; list them under "resources" to tell them apart`,
  )
}

/**
 * Resources in place of those that mcpauth never had named: the domain around the gateway (and around
 * the cookie), tokens of the provider with the gateway as audience. Where the provider has none for others,
 * as Google, the tokens are ours.
 */
export function gatewayResources(
  settings: Settings,
  { requiredScopes, allowedScopes }: Gateway,
  findings: Findings,
): readonly ResourceEntry[] {
  const foreign = settings.providers
    .filter(({ preset, issuer }) => presets[preset].tokens.kind === 'resource' && issuer !== '')
    .map(({ issuer }) => ({ issuer }))
  const issuers = foreign.length > 0 ? foreign : [{ issuer: selfWord }]
  noticeOfTokens(settings, foreign.length > 0, findings)
  const supported = withoutOfflineAccess([...new Set([...requiredScopes, ...allowedScopes])])
  return urlsOf(settings).flatMap((text) => {
    const url = resourceUrl.safeParse(text)
    if (!url.success) return []
    return {
      url: url.data,
      audiences: [settings.publicUrl.href],
      issuers,
      scopes: [...requiredScopes],
      ...(supported.length > 0 ? { scopes_supported: [...supported] } : {}),
    }
  })
}
