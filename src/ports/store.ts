// What is kept between requests. Every method is one atomic transition that says what happened.
// Moments are parameters: a store reads no clock. Not-found is a value; only a fault of the store is thrown.

import type { Assurance } from '../protocol/assurance.ts'
import type { Identity } from '../protocol/identity.ts'
import type { EpochSeconds, Seconds } from '../protocol/time.ts'
import type { AccountCredentialStore } from './account-credentials.ts'
import type { AccountStore } from './accounts.ts'
import type { AuthorizationStore } from './authorization-store.ts'
import type { Hash } from './hash.ts'
import type { PersonalTokenStore } from './personal-tokens.ts'
import type { ProbeAnswer, ProbeReport } from './probe.ts'
import type { MaybePromise } from './runtime.ts'

export type { Account, AccountStore } from './accounts.ts'
export type { Hash } from './hash.ts'

/**
 * A browser session. The cookie holds the secret, the store its hash. How its person signed in
 * (`Assurance`) stays as it was at the sign-in: another one opens another session.
 */
export type Session = Assurance & {
  readonly idHash: Hash
  readonly identity: Identity
  readonly createdAt: EpochSeconds
  /** Last use as far as it was written down; at most a minute behind. */
  readonly lastSeenAt: EpochSeconds
  /** Absolute end, whatever the use. */
  readonly expiresAt: EpochSeconds
  /** `sid` of the provider, for back-channel logout. */
  readonly providerSession: string | undefined
  /** The provider's ID token for logout, sealed with a key that only the cookie's holder has. */
  readonly sealedIdToken: string | undefined
  /** How the person signed in, in the words of RFC 8176. Absent: nobody says. */
  readonly methods?: readonly string[] | undefined
  /** Browser and system in a few words, for the person to tell sessions apart; as a client may say anything. */
  readonly userAgent?: string | undefined
  /** Only with a session that a login was handed on to. It never outlives that login. */
  readonly handedOff?: {
    /** The login session it came from. */
    readonly login: Hash
    /** The host or domain it is good for, and nothing else. */
    readonly audience: string
  }
}

/** A session for one host or domain that the login's cookie does not reach. */
export type HostSession = {
  readonly idHash: Hash
  /** The login session, which gives it identity and end. */
  readonly login: Hash
  readonly audience: string
  readonly now: EpochSeconds
}

export type SessionStore = {
  /** Writes a new session. Throws when the hash exists: a session id is never reused. */
  readonly open: (session: Session) => Promise<void>
  /**
   * Opens a session that ends with its login session, whoever ends that and however. `unknown` when that
   * has ended or was itself handed on: nothing is written then. Throws when the hash exists.
   */
  readonly openForHost: (
    session: HostSession,
  ) => Promise<
    { readonly kind: 'opened'; readonly expiresAt: EpochSeconds } | { readonly kind: 'unknown' }
  >
  /**
   * The session, whether or not it has expired (the caller judges that).
   * One indexed read; synchronous on SQLite.
   */
  readonly find: (idHash: Hash) => MaybePromise<Session | undefined>
  /** Moves `lastSeenAt` forward, never back; unknown hashes are passed over. */
  readonly touch: (idHashes: readonly Hash[], now: EpochSeconds) => Promise<void>
  /** Ends one session and those it was handed on to. `unknown` when it was ended before. */
  readonly end: (idHash: Hash) => Promise<'ended' | 'unknown'>
  /** Sessions of an account, the newest first, those it was handed on to among them; 200 at most, ended or not. */
  readonly listOf: (issuer: string, subject: string) => Promise<readonly Session[]>
  /** Ends all sessions of an account, the number of them is returned. */
  readonly endAllOf: (issuer: string, subject: string) => Promise<number>
  /** Removes up to `limit` sessions that are past their end or idle for longer than `idle` (0: no idle limit). */
  readonly purge: (now: EpochSeconds, idle: Seconds, limit: number) => Promise<number>
  readonly count: () => Promise<number>
}

/** A login that has begun and waits for the provider to answer. */
export type LoginFlow = {
  /** Hash of the `state` that was sent to the provider. */
  readonly stateHash: Hash
  /** Hash of the value in the flow cookie: binds the flow to one browser. */
  readonly browserHash: Hash
  readonly provider: string
  /** JSON of nonce and code verifier, sealed with the value of the flow cookie. */
  readonly sealed: string
  /** The accepted return URL. */
  readonly target: string
  readonly createdAt: EpochSeconds
  readonly expiresAt: EpochSeconds
}

export type LoginFlowStore = {
  /** Writes a flow; when more than `limit` are pending the oldest are dropped. */
  readonly begin: (flow: LoginFlow, limit: number) => Promise<void>
  /**
   * Takes a flow: at most one caller ever gets it, over all processes. All four must fit, and a call
   * in which one does not changes nothing.
   */
  readonly take: (
    stateHash: Hash,
    browserHash: Hash,
    provider: string,
    now: EpochSeconds,
  ) => Promise<LoginFlow | undefined>
  readonly purge: (now: EpochSeconds, limit: number) => Promise<number>
}

/** The way of one browser from its login to a session of another host (R24). */
export type HandOff = {
  readonly codeHash: Hash
  /** Hash of what the other host has put into a cookie: binds the code to one browser. */
  readonly browserHash: Hash
  /** The login session; the code ends with it. */
  readonly login: Hash
  /** The accepted return URL; its host is the only one that may redeem the code. */
  readonly target: string
  readonly createdAt: EpochSeconds
  readonly expiresAt: EpochSeconds
}

export type HandOffStore = {
  /**
   * Writes a code; when a login has more than `limit` its oldest are dropped. `unknown` when the login
   * session has ended or was itself handed on: nothing is written then.
   */
  readonly issue: (handOff: HandOff, limit: number) => Promise<'issued' | 'unknown'>
  /**
   * Spends a code: at most one caller ever gets it, over all processes. Whoever brings it spends it, also
   * in the wrong browser: a code that others have seen is worth nothing.
   */
  readonly redeem: (codeHash: Hash, now: EpochSeconds) => Promise<HandOff | undefined>
  readonly purge: (now: EpochSeconds, limit: number) => Promise<number>
}

/** Which account an e-mail address was first seen with (R43 `pin_subject`). */
export type SubjectPinStore = {
  /** Remembers the first (issuer, subject) of an address; `other` when a different one holds it. Atomic. */
  readonly pin: (
    email: string,
    issuer: string,
    subject: string,
    now: EpochSeconds,
  ) => Promise<'pinned' | 'same' | 'other'>
}

/** What a provider's logout token asks for. @see OpenID Connect Back-Channel Logout 1.0 §2.4 */
export type ProviderLogout = {
  /** Hash of issuer and `jti`. */
  readonly tokenHash: Hash
  /** From then on the token is refused for its age, and its use need not be remembered. */
  readonly usableUntil: EpochSeconds
  readonly issuer: string
  readonly about:
    | { readonly kind: 'session'; readonly providerSession: string }
    | { readonly kind: 'subject'; readonly subject: string }
}

export type ProviderLogoutStore = {
  /**
   * Spends the token and ends the sessions it is about, both or neither. At most one caller ever ends
   * something with a token, over all processes; `sessions` is 0 when there were none.
   */
  readonly redeem: (
    logout: ProviderLogout,
  ) => Promise<
    { readonly kind: 'ended'; readonly sessions: number } | { readonly kind: 'already-redeemed' }
  >
  readonly purge: (now: EpochSeconds, limit: number) => Promise<number>
}

/** A request of `sallyport doctor` that is on its way through the proxy. */
export type Probe = {
  /** Hash of the id that the request carries in `User-Agent`. */
  readonly idHash: Hash
  readonly answer: ProbeAnswer
  readonly expiresAt: EpochSeconds
}

export type ProbeStore = {
  /** Writes a probe. Throws when the hash exists. */
  readonly announce: (probe: Probe) => Promise<void>
  /**
   * Keeps the report of a probe that was announced, has not ended and has none yet; over all processes the
   * first one counts.
   *
   * @returns the answer it wants, or undefined when nothing was kept
   */
  readonly report: (
    idHash: Hash,
    report: ProbeReport,
    now: EpochSeconds,
  ) => Promise<ProbeAnswer | undefined>
  /** Removes the probe. Its report, or undefined when there is none. */
  readonly take: (idHash: Hash) => Promise<ProbeReport | undefined>
  readonly purge: (now: EpochSeconds, limit: number) => Promise<number>
}

/** The issuer under which local accounts stand in the identity and in the session table. */
export const localIssuer = 'urn:sallyport:local'

export type Store = {
  readonly sessions: SessionStore
  readonly loginFlows: LoginFlowStore
  readonly handOffs: HandOffStore
  readonly accounts: AccountStore
  readonly accountCredentials: AccountCredentialStore
  readonly subjectPins: SubjectPinStore
  readonly providerLogouts: ProviderLogoutStore
  readonly probes: ProbeStore
  readonly authorization: AuthorizationStore
  readonly personalTokens: PersonalTokenStore
  /** Throws when the store cannot be asked. */
  readonly ping: () => Promise<void>
  readonly close: () => Promise<void>
}
