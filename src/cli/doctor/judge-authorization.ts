// Does the provider take an authorization request of ours? RFC 6749 §4.1.2.1

import type { ProviderSettings } from '../../config/settings.ts'
import { type Finding, ok, warning, wrong } from './finding.ts'

export type AuthorizationAnswer = {
  readonly status: number
  readonly location: string | undefined
  readonly redirectUri: string
}

const errorOf = (location: string | undefined): string | undefined =>
  URL.parse(location ?? '', 'https://provider.invalid')?.searchParams.get('error') ?? undefined

/** Judges the first answer to a request without a person. What follows a login page stays open. */
export function judgeAuthorization(
  { id, clientId }: ProviderSettings,
  { status, location, redirectUri }: AuthorizationAnswer,
): Finding {
  const who = `provider "${id}"`
  const error = errorOf(location)
  if (error !== undefined && error !== 'login_required')
    return wrong(`${who}: it refuses our login with "${error.slice(0, 100)}"`)
  if (status === 404)
    return wrong(`${who}: its login page is not found (404): is the realm in the issuer right?`)
  if (status >= 500) return warning(`${who}: its login page answers ${status}`)
  if (status >= 400)
    return wrong(
      `${who}: it refuses our login (${status}): is the client "${clientId}" known there, ` +
        `with the redirect URI ${redirectUri}?`,
    )
  return ok(`${who}: its login page takes our client and redirect URI`)
}
