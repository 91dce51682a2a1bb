// What the world gives to the app, and what the app is.

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { AuthenticationPorts } from '../access/authenticate.ts'
import type { CompiledPolicy } from '../access/rules.ts'
import type { BackchannelLogoutDependencies } from '../http/backchannel-logout.ts'
import type { DecisionEndpoint } from '../http/decision-endpoint.ts'
import type { Limit, LoginDependencies, LoginProvider, VerifyLocal } from '../http/login-context.ts'
import type { TrustedPeers } from '../http/trusted-peers.ts'
import type { AuthorizationServer } from '../ports/authorization-server.ts'
import type { EdgeTokens } from '../ports/edge-tokens.ts'
import type { Clock, Log, RandomToken } from '../ports/runtime.ts'
import type { Hash, Store } from '../ports/store.ts'
import type { Seconds } from '../protocol/time.ts'

/** A request with its response, as Node has them. */
export type Exchange = { readonly request: IncomingMessage; readonly response: ServerResponse }

export type EdgeParts = {
  readonly tokens: EdgeTokens
  /** Counts sign-ins of command lines by address and session; the time to wait when that was one too many (R58). */
  readonly countStart: (key: string) => Promise<Seconds | undefined>
}

/** What the world gives to the app. */
export type AppParts = {
  readonly policy: () => CompiledPolicy
  readonly store: Store
  readonly authentication: AuthenticationPorts
  readonly peers: TrustedPeers
  readonly providers: readonly LoginProvider[]
  /** Undefined: no local accounts. */
  readonly verifyLocal: VerifyLocal | undefined
  /** Passkeys, second factors and invitations; undefined: no local accounts. */
  readonly ownAccounts?: LoginDependencies['ownAccounts']
  readonly limit: Limit
  readonly backchannelLogout: Pick<BackchannelLogoutDependencies, 'verifiers' | 'countLogout'>
  readonly isReady: () => Promise<boolean>
  readonly now: Clock
  readonly randomToken: RandomToken
  readonly newDecisionId: () => string
  readonly hashOf: (value: string) => Hash
  readonly seal: (plain: string, keyMaterial: string, purpose: string) => string
  readonly unseal: (sealed: string, keyMaterial: string, purpose: string) => string | undefined
  readonly log: Log
  /** Undefined: edge auth is off. */
  readonly edge?: EdgeParts | undefined
  /** Undefined: nothing needs it. */
  readonly authorizationServer?: AuthorizationServer<Exchange> | undefined
}

export type App = {
  readonly decision: DecisionEndpoint
  /** Everything but decisions, as a listener of `node:http`. */
  readonly pages: RequestListener
}
