// POST /backchannel-logout/<provider>: a provider ends sessions. OpenID Connect Back-Channel Logout 1.0 §2.5-2.8.

import { type Context, Hono } from 'hono'
import type { LogoutVerifier } from '../ports/logout-verifier.ts'
import type { Clock, Log, LogFields } from '../ports/runtime.ts'
import type { Hash, ProviderLogoutStore } from '../ports/store.ts'
import type { LogoutToken } from '../protocol/logout-token.ts'
import type { Seconds } from '../protocol/time.ts'
import { readFormBody } from './form-body.ts'
import { empty, json } from './reply.ts'

/** Counts tokens that were refused, by the address they came from. */
export type CountLogout = (address: string) => Promise<
  | { readonly kind: 'limited'; readonly retryAfter: Seconds }
  /** `takeBack`: the token was good, and good ones are never too many. */
  | { readonly kind: 'allowed'; readonly takeBack: () => Promise<void> }
>

export type BackchannelLogoutDependencies = {
  readonly verifiers: readonly LogoutVerifier[]
  readonly logouts: Pick<ProviderLogoutStore, 'redeem'>
  readonly countLogout: CountLogout
  readonly clientAddress: (c: Context) => string
  readonly now: Clock
  readonly hashOf: (value: string) => Hash
  readonly log: Log
}

// The reason is for our log: whoever sends forged tokens learns nothing from the answer (§2.8).
const refusal = () =>
  json(400, {
    error: 'invalid_request',
    error_description: 'The logout token is not acceptable',
  })

const limited = (retryAfter: Seconds) =>
  json(429, { error: 'too_many_requests' }, { headers: { 'Retry-After': String(retryAfter) } })

const unavailable = () =>
  json(503, { error: 'temporarily_unavailable' }, { headers: { 'Retry-After': '5' } })

async function redeem(
  token: LogoutToken,
  fields: LogFields,
  deps: BackchannelLogoutDependencies,
): Promise<'ended' | 'already-redeemed'> {
  const { issuer, tokenId, usableUntil, about } = token
  const tokenHash = deps.hashOf(`logout-token:${issuer} ${tokenId}`)
  const redeemed = await deps.logouts.redeem({ tokenHash, usableUntil, issuer, about })
  if (redeemed.kind === 'ended') {
    const { sessions } = redeemed
    deps.log.info('logout.by_provider', { ...fields, about: about.kind, sessions })
  }
  return redeemed.kind
}

async function answer(
  c: Context,
  verifier: LogoutVerifier,
  deps: BackchannelLogoutDependencies,
): Promise<Response> {
  const address = deps.clientAddress(c)
  const fields = { provider: verifier.provider, address }
  const refuse = (reason: string) => {
    deps.log.warn('logout.refused', { ...fields, reason })
    return refusal()
  }
  const counted = await deps.countLogout(address)
  if (counted.kind === 'limited') return limited(counted.retryAfter)
  const body = await readFormBody(c.req.raw)
  if (body.kind === 'refused') return refuse(body.reason)
  const text = body.get('logout_token')
  if (text === undefined) return refuse('no-token')
  const verified = await verifier.verify(text, deps.now())
  if (verified.kind === 'rejected') return refuse(verified.reason)
  if (verified.kind === 'unavailable') {
    deps.log.warn('logout.unavailable', fields)
    return unavailable()
  }
  const redeemed = await redeem(verified.token, fields, deps)
  if (redeemed === 'already-redeemed') return refuse(redeemed)
  await counted.takeBack()
  return empty(200)
}

/**
 * Makes the route, to be mounted at the base path. It asks for no host of ours: providers call it by
 * whatever name reaches us inside, and the token alone proves who calls.
 *
 * Answers 200 when the token was good, also when nobody was signed in; 400 for any other token, 429 after
 * too many of those, 503 when the provider's keys cannot be had. A fault of the store rejects.
 */
export function createBackchannelLogout(deps: BackchannelLogoutDependencies): Hono {
  const routes = new Hono()
  for (const verifier of deps.verifiers) {
    routes.post(`/backchannel-logout/${verifier.provider}`, (c) => answer(c, verifier, deps))
  }
  return routes
}
