// What the rest of the program knows of the authorization server: its settings and what it can be asked.

import type { JSONWebKeySet } from 'jose'
import type { Identity } from '../protocol/identity.ts'
import type { EpochSeconds, Seconds } from '../protocol/time.ts'
import type { MaybePromise } from './runtime.ts'

/** A resource whose tokens we issue. */
export type IssuedResource = {
  /** The identifier, as metadata and tokens carry it. A host of `*.example.com` stands for any one label there. */
  readonly url: string
  /** What tokens carry as `aud` in the place of `url`; only for a host with `*`. */
  readonly audience: string | undefined
  readonly name: string | undefined
  /** Scopes every token must have: what is granted when a client asks for none. */
  readonly scopes: readonly string[]
  /** All scopes a client may have, `scopes` among them. */
  readonly scopesSupported: readonly string[]
  /** Refuses tokens without a key of their holder (RFC 9449). */
  readonly dpopRequired: boolean
}

/** A client named in the configuration. */
export type ConfiguredClient = {
  readonly id: string
  readonly name: string | undefined
  /** Undefined: a public client, or one with keys. */
  readonly secret: string | undefined
  /** JSON Web Key Set with public keys, for `private_key_jwt`. */
  readonly jwks: { readonly keys: readonly Readonly<Record<string, unknown>>[] } | undefined
  readonly authMethod: 'none' | 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt'
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
  readonly backchannelLogoutUri: string | undefined
  readonly grantTypes: readonly string[]
  /** Scopes it may ask for; undefined: all. */
  readonly scopes: readonly string[] | undefined
  /** An application of the operator: no consent page, unless it is public and the redirect leads to a program. */
  readonly trusted: boolean
  readonly dpopRequired: boolean
}

export type RegistrationMode = 'off' | 'token' | 'open'

export type AuthorizationServerSettings = {
  /** Without path and final slash; also `iss` of every token. */
  readonly issuer: string
  readonly resources: readonly IssuedResource[]
  /** Resource of a request that names none, when there are several. */
  readonly defaultResource: string | undefined
  readonly registration: RegistrationMode
  /** Registrations and client-id documents: hosts that redirect URIs may have; undefined: any. Loopback always may. */
  readonly redirectHosts: readonly string[] | undefined
  /** Registrations: names that clients may have, compared without case; undefined: any. */
  readonly clientNames: readonly string[] | undefined
  /** Redirect URIs with a private-use scheme that are accepted besides the shipped list. Compared exactly. */
  readonly privateRedirectUris: readonly string[]
  readonly clientDocuments: {
    readonly enabled: boolean
    /** Hosts whose documents count; undefined: any public host. */
    readonly hosts: readonly string[] | undefined
    /** Tests and development: documents on this machine, over http too. */
    readonly allowLoopback: boolean
  }
  readonly clients: readonly ConfiguredClient[]
  /**
   * Whether our own command line, which is then among `clients`, may have tokens for an origin in canonical form.
   * Asked each time, since rules change while we run. Undefined: for none.
   */
  readonly knowsOrigin?: ((origin: string) => boolean) | undefined
  readonly accessTokenLifetime: Seconds
  readonly refreshIdle: Seconds
  readonly refreshLifetime: Seconds
  /** How long a just-used refresh token still gives the same successor; 0: not at all (R82). */
  readonly refreshRetry: Seconds
  /** How long a consent may be remembered; 0: asked for each time (R75). */
  readonly rememberConsent: Seconds
  /** Scope to what it lets a client do, for people. */
  readonly scopeDescriptions: Readonly<Record<string, string>>
  readonly fapi: boolean
  /** At least 256 bits: seals signing keys, derives refresh tokens. */
  readonly secret: string
}

/** What a consent page has to say. */
export type ConsentRequest = {
  readonly uid: string
  /** `login`: nobody fit is signed in yet; `consent`: the person has to agree. */
  readonly step: 'login' | 'consent'
  /**
   * Where the browser goes on at once: somebody fit is signed in, and nothing has to be asked (a trusted client, a
   * consent that is remembered, or that was just given). Undefined: `step` says what comes next.
   */
  readonly proceed?: string
  readonly client: {
    readonly id: string
    readonly name: string | undefined
    /** False: nobody but the client itself stands for its name. */
    readonly verified: boolean
    /** Host of a client-id document. */
    readonly documentHost: string | undefined
    readonly uri: string | undefined
  }
  readonly redirectUri: string | undefined
  readonly resource: IssuedResource | undefined
  readonly scopes: readonly { readonly scope: string; readonly description: string | undefined }[]
  /** How long the client keeps access without asking again. */
  readonly lifetime: Seconds
  readonly mayRemember: boolean
  /** The client asks for another sign-in, however fresh the session is. */
  readonly wantsLogin: boolean
  readonly startedAt: EpochSeconds
}

/** A person in a browser, with a session of ours. */
export type Visitor = {
  readonly account: string
  readonly identity: Identity
  readonly signedInAt: EpochSeconds
}

export type ClientGrant = {
  readonly grantId: string
  readonly clientId: string
  readonly clientName: string | undefined
  readonly resource: string | undefined
  readonly scopes: readonly string[]
  readonly createdAt: EpochSeconds
  readonly lastUsedAt: EpochSeconds | undefined
}

/**
 * The authorization server. `Exchange` is a request with its response as the HTTP layer holds them.
 */
export type AuthorizationServer<Exchange> = {
  /** Whether a path (without query) on the issuer's host belongs to it. */
  readonly owns: (path: string) => boolean
  /** Answers a request for such a path. Never rejects. */
  readonly handle: (exchange: Exchange) => Promise<void>
  /** The metadata document, as JSON text: for the well-known names on protected hosts (M6). */
  readonly metadata: () => Promise<string>
  /** The pending authorization of this browser; undefined when there is none, it expired or is another browser's. */
  readonly findConsent: (
    exchange: Exchange,
    uid: string,
    visitor: Visitor | undefined,
  ) => Promise<ConsentRequest | undefined>
  /** Stores the consent and says where the browser goes on; undefined as with `findConsent`. */
  readonly decideConsent: (
    exchange: Exchange,
    decision: {
      readonly uid: string
      readonly kind: 'allow' | 'deny'
      readonly remember: boolean
      readonly visitor: Visitor
    },
  ) => Promise<string | undefined>
  readonly listGrants: (account: string) => Promise<readonly ClientGrant[]>
  /** Ends a grant of this account: its tokens are refused at once. */
  readonly endGrant: (account: string, grantId: string) => Promise<'ended' | 'unknown'>
  /**
   * Looks up which clients may have to hear that the person signs out; to be asked before grants end, which name them.
   * What it resolves with tells those that asked for it (back-channel logout). Neither ever rejects: a client that
   * cannot be told is logged, and the person is signed out all the same.
   *
   * @see OpenID Connect Back-Channel Logout 1.0 §2.5
   */
  readonly noticeOfLogout: (account: string) => Promise<() => Promise<void>>
  /** Whether an access token of ours, by its `jti`, is still good. One indexed read; synchronous on SQLite. */
  readonly isLive: (jti: string, now: EpochSeconds) => MaybePromise<boolean>
  /** Published keys, as JWK set, for the gate. */
  readonly publicKeys: () => Promise<JSONWebKeySet>
  readonly stop: () => void
}
