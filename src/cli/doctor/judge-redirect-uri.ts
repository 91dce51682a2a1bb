// What has to be registered at a provider, and will it take that? RFC 6749 §3.1.2, RFC 9700 §4.1

import { isIpAddress, isLoopbackHost } from '../../config/hosts.ts'
import type { ProviderSettings, PublicUrl } from '../../config/settings.ts'
import { type Finding, ok, warning, wrong } from './finding.ts'

export const redirectUriOf = (provider: ProviderSettings, publicUrl: PublicUrl): string =>
  `${publicUrl.href}${provider.callbackPath}`

/** Judges the form alone; whether it is registered shows at the provider. */
export function judgeRedirectUri(provider: ProviderSettings, publicUrl: PublicUrl): Finding {
  const uri = redirectUriOf(provider, publicUrl)
  const who = `provider "${provider.id}"`
  const { hostname, origin } = publicUrl
  const loopback = isLoopbackHost(hostname)
  if (!origin.startsWith('https:') && !loopback)
    return wrong(`${who}: redirect URI ${uri}: expected https, providers refuse plain http`)
  if (
    provider.preset === 'google' &&
    !loopback &&
    (isIpAddress(hostname) || !hostname.includes('.'))
  )
    return wrong(`${who}: redirect URI ${uri}: Google takes no address without a public name`)
  if (
    provider.preset === 'google' &&
    /\.(?:local|test|internal|lan|home|localhost)$/.test(hostname)
  )
    return wrong(`${who}: redirect URI ${uri}: Google takes names of public domains only`)
  if (isIpAddress(hostname) && !loopback)
    return warning(`${who}: redirect URI ${uri}: many providers take no IP address`)
  return ok(`${who}: register exactly this redirect URI: ${uri}`)
}
