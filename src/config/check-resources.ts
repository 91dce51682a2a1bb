// Whether resources, their issuers and audiences can do what they are meant to. RFC 8707 §2, RFC 9068 §4.

import { parseResource } from '../protocol/resource.ts'
import { checkAudienceRule, descriptionOf, isDescribed, ruleKindOf } from './audience-rules.ts'
import { checkEmailClaims } from './check-provider.ts'
import { checkIssuerUrl } from './derive-providers.ts'
import { type Findings, shown, unreadable } from './findings.ts'
import { isDevelopmentHost } from './hosts.ts'
import { isSharedIssuer } from './presets/entra.ts'
import { kindOfIssuer, presetOfIssuer } from './presets.ts'
import type { IssuerEntry, ResourceEntry } from './resource-schema.ts'
import type { ProviderSettings } from './settings.ts'

type Context = {
  readonly development: boolean
  readonly providers: readonly ProviderSettings[]
  /** Ourselves, as the entries name us. */
  readonly ownIssuer: string
  readonly findings: Findings
}

const hostnameOf = (url: string): string => URL.parse(url)?.hostname ?? ''
const isWildcard = (url: string): boolean => hostnameOf(url).startsWith('*.')
const isUri = (audience: string): boolean =>
  /^[a-z][a-z0-9+.-]*:\S/i.test(audience) && URL.canParse(audience)

function checkUrl(setting: string, url: string, { development, findings }: Context): void {
  const hostname = hostnameOf(url)
  const bare = hostname.replace(/^\*\./, '')
  if (bare.includes('*'))
    findings.problem(unreadable(setting, 'a host with "*" only as its first label', shown(url)))
  if (url.startsWith('http://') && !(development && isDevelopmentHost(bare)))
    findings.problem(
      unreadable(setting, 'an https URL (http only in development mode)', shown(url)),
    )
}

function checkIssuer(setting: string, entry: IssuerEntry, context: Context): void {
  const { development, providers, findings } = context
  checkIssuerUrl(`${setting}.issuer`, entry.issuer, development, findings)
  if (entry.jwks_uri !== undefined)
    checkIssuerUrl(`${setting}.jwks_uri`, entry.jwks_uri, development, findings)
  const kind = kindOfIssuer(entry.issuer, presetOfIssuer(entry.issuer, providers))
  checkEmailClaims(setting, entry.claims?.email, kind, findings)
  if (isSharedIssuer(entry.issuer))
    findings.problem(
      unreadable(
        setting,
        "each tenant's own issuer, because this one is shared",
        shown(entry.issuer),
      ),
    )
  const bare = entry.issuer.replace(/\/$/, '')
  const twin = providers.find(
    ({ issuer }) => issuer !== entry.issuer && issuer.replace(/\/$/, '') === bare,
  )
  if (twin !== undefined)
    findings.problem(
      unreadable(
        setting,
        `${shown(twin.issuer)} (the slash at the end counts)`,
        shown(entry.issuer),
      ),
    )
}

/** Of ourselves there is nothing to describe. */
function checkSelf(setting: string, entry: IssuerEntry, findings: Findings): void {
  for (const [member, value] of Object.entries(entry))
    if (member !== 'issuer' && value !== undefined)
      findings.problem(`Setting "${setting}.${member}" has no meaning for Sallyport's own tokens`)
}

function checkAudiences(
  setting: string,
  entry: ResourceEntry,
  { providers, findings }: Context,
): void {
  const audiences = entry.audiences ?? []
  const needed = entry.issuers?.some((issuer) => ruleKindOf(issuer, providers) === 'resource')
  if (isWildcard(entry.url) && audiences.length === 0 && needed !== false)
    findings.problem(
      unreadable(`${setting}.audiences`, 'at least one, because the host has a "*"', 'nothing'),
    )
  const plainAccepted = entry.issuers?.some((issuer) => issuer.accept_plain_audience === true)
  for (const [at, audience] of audiences.entries())
    if (!isUri(audience) && plainAccepted !== true)
      findings.problem(
        unreadable(
          `${setting}.audiences[${at}]`,
          'a URI (a client id only with accept_plain_audience: true on an issuer)',
          shown(audience),
        ),
      )
}

// Our own tokens do not say how their person signed in: a demand would refuse each of them, for good.
function checkDemand(
  setting: string,
  entry: ResourceEntry,
  { ownIssuer, findings }: Context,
): void {
  if (!entry.issuers?.some(({ issuer }) => issuer === ownIssuer)) return
  for (const member of ['factor', 'max_age'] as const)
    if (entry[member] !== undefined)
      findings.problem(
        `Setting "${setting}.${member}" has no meaning for Sallyport's own tokens, which do not say how their person signed in`,
      )
}

/** Audiences by which a token of one resource opens another. @see inventory.md Q2 */
function warnOfShared(resources: readonly ResourceEntry[], findings: Findings): void {
  const uses = resources.flatMap((entry) => {
    const own = isWildcard(entry.url) ? [] : [entry.url]
    const fixed = (entry.issuers ?? []).flatMap((issuer) => [
      ...(issuer.audiences ?? []),
      ...(issuer.client_ids ?? []),
    ])
    const all = new Set(
      [...own, ...(entry.audiences ?? []), ...fixed].map((one) => parseResource(one) ?? one),
    )
    return [...all].map((audience) => ({ audience, url: entry.url }))
  })
  for (const [audience, users] of Map.groupBy(uses, (use) => use.audience)) {
    const urls = users.map(({ url }) => url)
    if (urls.length > 1)
      findings.warn(
        `Resources ${urls.join(', ')} share the audience ${shown(audience)}: a token for one opens the others`,
      )
    else if (urls.some(isWildcard))
      findings.warn(
        `All hosts of resource ${urls.join()} share the audience ${shown(audience)}: a token for one opens the others`,
      )
  }
}

// Two descriptions of one issuer would leave it to chance which of them counts.
function checkDescriptions(resources: readonly ResourceEntry[], findings: Findings): void {
  const entries = resources.flatMap(({ issuers }) => issuers ?? [])
  const described = entries.filter(isDescribed)
  for (const [issuer, all] of Map.groupBy(described, (entry) => entry.issuer)) {
    const texts = all.map((entry) => JSON.stringify(descriptionOf(entry)))
    if (new Set(texts).size > 1)
      findings.problem(`Issuer ${shown(issuer)} is described in two ways under "resources"`)
  }
}

/** Everything about resources that a single value does not show. */
export function checkResources(resources: readonly ResourceEntry[], context: Context): void {
  const { findings } = context
  for (const [at, entry] of resources.entries()) {
    const setting = `resources[${at}]`
    checkUrl(`${setting}.url`, entry.url, context)
    const first = resources.findIndex(({ url }) => url === entry.url)
    if (first !== at)
      findings.problem(
        `Settings "resources[${first}].url" and "${setting}.url" are the same resource`,
      )
    if ((entry.issuers ?? []).length === 0)
      findings.problem(
        unreadable(
          `${setting}.issuers`,
          'at least one issuer; leave the setting out to have Sallyport issue the tokens',
          'an empty list',
        ),
      )
    for (const [position, issuer] of (entry.issuers ?? []).entries()) {
      if (issuer.issuer === context.ownIssuer) {
        checkSelf(`${setting}.issuers[${position}]`, issuer, findings)
        continue
      }
      checkIssuer(`${setting}.issuers[${position}]`, issuer, context)
      checkAudienceRule(`${setting}.issuers[${position}]`, issuer, entry, context)
    }
    checkAudiences(setting, entry, context)
    checkDemand(setting, entry, context)
  }
  checkDescriptions(resources, findings)
  warnOfShared(resources, findings)
}
