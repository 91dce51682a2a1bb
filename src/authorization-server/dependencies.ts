// What the engine is handed: the outside world, the people's sessions, the pages.

import type { IncomingMessage } from 'node:http'
import type { RenderPage } from '../ports/authorization-pages.ts'
import type { AuthorizationServerSettings, Visitor } from '../ports/authorization-server.ts'
import type { AuthorizationStore } from '../ports/authorization-store.ts'
import type { Hash } from '../ports/hash.ts'
import type { Clock, Log, MaybePromise, RandomToken } from '../ports/runtime.ts'
import type { Identity } from '../protocol/identity.ts'
import type { Seconds } from '../protocol/time.ts'
import type { RegistrationControl } from './registration.ts'
import type { SigningKeysPorts } from './signing-keys.ts'

type Limited = 'authorize' | 'continue' | 'token' | 'introspect' | 'revoke' | 'register'

/** How often endpoints may be asked (R123). */
export type Limits = {
  /** Counts a request before anything is done with it. @returns how long to wait when it was one too many */
  readonly countAddress: (endpoint: Limited, address: string) => Promise<Seconds | undefined>
  /** Counts one that could be read by who says it is asking. */
  readonly countClient: (
    endpoint: Limited,
    caller: { readonly address: string; readonly clientId: string | undefined },
  ) => Promise<
    | { readonly kind: 'limited'; readonly retryAfter: Seconds }
    | {
        readonly kind: 'allowed'
        readonly answered: (
          outcome: 'failed' | 'failed-authentication' | 'succeeded',
        ) => Promise<void>
      }
  >
}

/** Clients whose id is the URL of their metadata. */
export type ClientDocuments = {
  /** The narrowed metadata. Rejects when it cannot be used. `isStart`: may fetch. */
  readonly find: (clientId: string, isStart: boolean) => Promise<Readonly<Record<string, unknown>>>
}

/** What the library asks others for: logout notices, key sets. */
export type OutboundRequest = {
  readonly method?: string
  readonly headers?: Headers
  readonly body?: string
}

export type EngineDependencies = {
  readonly store: AuthorizationStore
  readonly now: Clock
  readonly log: Log
  readonly randomToken: RandomToken
  readonly newId: () => string
  readonly hashOf: (value: string) => Hash
  readonly seal: (plain: string, keyMaterial: string, purpose: string) => string
  readonly unseal: (sealed: string, keyMaterial: string, purpose: string) => string | undefined
  /** Who is signed in, by the `Cookie` header: the truth about it. */
  readonly findVisitor: (cookies: string | undefined) => Promise<Visitor | undefined>
  /** Ends the session of this browser. @returns complete `Set-Cookie` values */
  readonly endVisit: (cookies: string | undefined) => Promise<readonly string[]>
  /** Whether the account may still sign in; false also for a local account that was removed. */
  readonly isAllowed: (identity: Identity) => MaybePromise<boolean>
  readonly clientAddress: (request: IncomingMessage) => string
  readonly renderPage: RenderPage
  readonly registration: RegistrationControl
  /** Undefined: a URL is no client id. */
  readonly clientDocuments: ClientDocuments | undefined
  readonly limits: Limits
  /** For tests: as in `SigningKeysPorts`. */
  readonly makeKey?: SigningKeysPorts['makeKey']
  /** Resolves after that long. */
  readonly wait: (time: Seconds) => Promise<void>
  /** For back-channel logout, to addresses that the operator wrote down and that may be private. Bounded in size and time. */
  readonly fetch: (url: string | URL, init?: OutboundRequest) => Promise<Response>
}

export type EngineParts = {
  readonly settings: AuthorizationServerSettings
  readonly dependencies: EngineDependencies
}
