// Asks providers and token issuers: discovery, keys, time, and whether a provider takes our authorization request.

import { allowInsecureRequests } from 'openid-client'
import { findKeySetUrl } from '../../adapters/issuer-metadata.ts'
import type { GuardedFetch } from '../../adapters/outbound.ts'
import { createDiscovery } from '../../adapters/provider-discovery.ts'
import { describeFault } from '../../adapters/provider-fault.ts'
import type { ProviderSettings, Settings, TokenIssuerSettings } from '../../config/settings.ts'
import type { Clock, Log } from '../../ports/runtime.ts'
import { type Finding, notChecked, ok, wrong } from './finding.ts'
import { judgeAuthorization } from './judge-authorization.ts'
import { createDatedFetch, judgeClock } from './judge-clock.ts'
import { judgeKeySet } from './judge-keys.ts'
import { judgeRedirectUri, redirectUriOf } from './judge-redirect-uri.ts'

export type IssuerPorts = {
  readonly fetch: GuardedFetch
  readonly now: Clock
  /** Since the epoch. */
  readonly nowMilliseconds: () => number
  readonly randomToken: () => string
}

const silent = () => {}
const log: Log = { debug: silent, info: silent, warn: silent, error: silent, debugEnabled: false }

const hint =
  'compare the issuer, byte for byte, with what it says about itself, and try from here: '

async function checkKeys(who: string, url: string, fetch: GuardedFetch): Promise<Finding> {
  try {
    const answer = await fetch(url, { headers: { Accept: 'application/json' } })
    if (answer.status !== 200) return wrong(`${who}: its keys at ${url} answer ${answer.status}`)
    const judged = judgeKeySet(await answer.json())
    return judged.kind === 'refused'
      ? wrong(`${who}: its keys at ${url} cannot be used: ${judged.reason}`)
      : ok(`${who}: ${judged.count} ${judged.count === 1 ? 'key' : 'keys'} for signatures`)
  } catch (fault) {
    return wrong(`${who}: its keys at ${url} cannot be fetched: ${describeFault(fault)}`)
  }
}

async function checkAuthorization(
  provider: ProviderSettings,
  redirectUri: string,
  endpoint: string,
  ports: IssuerPorts,
): Promise<Finding> {
  const url = new URL(endpoint)
  const parameters = {
    ...provider.authorizationParameters,
    response_type: 'code',
    client_id: provider.clientId,
    redirect_uri: redirectUri,
    scope: provider.scopes.join(' '),
    state: ports.randomToken(),
    nonce: ports.randomToken(),
    code_challenge: ports.randomToken(),
    code_challenge_method: 'S256',
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  try {
    const answer = await ports.fetch(url, { headers: { Accept: 'text/html' } })
    const location = answer.headers.get('Location') ?? undefined
    return judgeAuthorization(provider, { status: answer.status, location, redirectUri })
  } catch (fault) {
    return wrong(`provider "${provider.id}": login page cannot be reached: ${describeFault(fault)}`)
  }
}

async function checkProvider(
  provider: ProviderSettings,
  { publicUrl, development }: Settings,
  ports: IssuerPorts,
): Promise<readonly Finding[]> {
  const who = `provider "${provider.id}"`
  const form = judgeRedirectUri(provider, publicUrl)
  if (provider.preset === 'github')
    return [form, notChecked(`${who}: discovery, because GitHub has none`)]
  const dated = createDatedFetch(ports.fetch, ports.nowMilliseconds)
  const execute = development ? [allowInsecureRequests] : []
  const found = await createDiscovery(
    { ...provider, allowInsecureHttp: development, execute },
    { log, now: ports.now, fetch: dated.fetch },
  ).look()
  if (found.kind === 'unavailable') {
    const document = `${provider.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
    return [form, wrong(`${who}: no login is possible: ${found.reason}; ${hint}${document}`)]
  }
  const { authorization_endpoint: login, jwks_uri: keys } = found.configuration.serverMetadata()
  const asking = { ...ports, fetch: dated.fetch }
  return [
    form,
    ok(`${who}: discovery of ${provider.issuer}`),
    await checkKeys(who, keys ?? '', dated.fetch),
    await checkAuthorization(provider, redirectUriOf(provider, publicUrl), login ?? '', asking),
    judgeClock(who, dated.skew()),
  ]
}

async function checkTokenIssuer(
  { issuer, jwksUri }: TokenIssuerSettings,
  ports: IssuerPorts,
): Promise<readonly Finding[]> {
  const who = `token issuer ${issuer}`
  const dated = createDatedFetch(ports.fetch, ports.nowMilliseconds)
  try {
    const url = jwksUri ?? (await findKeySetUrl(issuer, dated.fetch))
    const keys = await checkKeys(who, url, dated.fetch)
    return [keys, judgeClock(who, dated.skew())]
  } catch (fault) {
    return [wrong(`${who}: no token can be verified: ${describeFault(fault)}; ${hint}${issuer}`)]
  }
}

/** Findings about every provider, then about every issuer that is not one of them. */
export async function checkIssuers(
  settings: Settings,
  ports: IssuerPorts,
): Promise<readonly Finding[]> {
  const all = await Promise.all([
    ...settings.providers.map((provider) => checkProvider(provider, settings, ports)),
    ...settings.tokenIssuers
      .filter(({ provider, jwksUri }) => provider === '' || jwksUri !== undefined)
      .map((issuer) => checkTokenIssuer(issuer, ports)),
  ])
  return all.flat()
}
