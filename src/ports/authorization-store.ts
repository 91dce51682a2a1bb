// What the authorization server keeps between requests. Every method is one atomic transition that says what happened.
// Moments are parameters: a store reads no clock. Secret values never reach it, only their hashes.

import type { Identity } from '../protocol/identity.ts'
import type { EpochSeconds } from '../protocol/time.ts'
import type { Hash } from './hash.ts'
import type { MaybePromise } from './runtime.ts'

/** The models of oidc-provider that are kept as artifacts; clients have a table of their own. */
export type ArtifactKind =
  | 'AccessToken'
  | 'AuthorizationCode'
  | 'ClientCredentials'
  | 'DeviceCode'
  | 'Grant'
  | 'InitialAccessToken'
  | 'Interaction'
  | 'PushedAuthorizationRequest'
  | 'RefreshToken'
  | 'RegistrationAccessToken'
  | 'ReplayDetection'
  | 'Session'

/** Something the authorization server has issued or waits for. */
export type Artifact = {
  readonly kind: ArtifactKind
  /** Hash of the value a client holds; of the id where there is no such value (Grant). */
  readonly idHash: Hash
  /** JSON of the library's payload, without the value itself. */
  readonly payload: string
  /** The grant it was issued under; of a `Grant` its own id, without which it is not written. */
  readonly grantId: string | undefined
  readonly clientId: string | undefined
  /** The account (`accountIdOf`) it was issued for. */
  readonly account: string | undefined
  /** Second key of sessions. */
  readonly uidHash: Hash | undefined
  /** Second key of device codes. */
  readonly userCodeHash: Hash | undefined
  readonly expiresAt: EpochSeconds | undefined
}

export type FoundArtifact = {
  readonly payload: string
  readonly consumedAt: EpochSeconds | undefined
  /** Thumbprint of the key whose holder consumed it; undefined where none was shown. */
  readonly consumedBy: string | undefined
  readonly expiresAt: EpochSeconds | undefined
}

/** Consent that lasts: a grant, as its owner sees it on the account page. */
export type GrantSummary = {
  readonly grantId: string
  readonly clientId: string
  readonly payload: string
  readonly createdAt: EpochSeconds
  readonly lastUsedAt: EpochSeconds | undefined
  readonly expiresAt: EpochSeconds | undefined
}

export type ArtifactStore = {
  /**
   * Writes or replaces, all but the moment of creation. Never takes back a consumption.
   *
   * `grant-ended`: an access token, refresh token, authorization code or device code names a grant that is
   * not there (any more), and nothing was written. A token that is being issued while its grant ends is
   * either not written or removed with it, never left.
   */
  readonly save: (artifact: Artifact, now: EpochSeconds) => Promise<'saved' | 'grant-ended'>
  /**
   * The artifact, whether or not it has expired or was consumed (the caller judges that).
   * One indexed read; synchronous on SQLite.
   */
  readonly find: (kind: ArtifactKind, idHash: Hash) => MaybePromise<FoundArtifact | undefined>
  readonly findByUid: (kind: ArtifactKind, uidHash: Hash) => Promise<FoundArtifact | undefined>
  readonly findByUserCode: (
    kind: ArtifactKind,
    userCodeHash: Hash,
  ) => Promise<FoundArtifact | undefined>
  /** Consumes: over all processes at most one caller ever gets `consumed`, and its moment and key are kept. */
  readonly consume: (
    kind: ArtifactKind,
    idHash: Hash,
    now: EpochSeconds,
    by?: string,
  ) => Promise<'consumed' | 'already-consumed' | 'unknown'>
  /** `unknown` when it was gone before. A grant takes along everything issued under it. */
  readonly destroy: (kind: ArtifactKind, idHash: Hash) => Promise<'destroyed' | 'unknown'>
  /** Removes the grant and everything issued under it, in one transaction. @returns how many rows went */
  readonly destroyGrant: (grantId: string) => Promise<number>
  /** The same for every grant of an account, of a client, or of both together. @returns how many grants ended */
  readonly destroyGrantsOf: (
    of:
      | { readonly account: string; readonly clientId?: string }
      | { readonly account?: never; readonly clientId: string },
  ) => Promise<number>
  /** Live grants of an account, newest first. */
  readonly listGrants: (account: string, now: EpochSeconds) => Promise<readonly GrantSummary[]>
  /** Notes the use of a grant and of its client; moves forward only. */
  readonly touchGrant: (grantId: string, now: EpochSeconds) => Promise<void>
  /**
   * Spends a value that may be used once until `expiresAt` (a `jti`): over all processes one caller gets
   * `fresh`.
   */
  readonly spend: (
    valueHash: Hash,
    expiresAt: EpochSeconds,
    now: EpochSeconds,
  ) => Promise<'fresh' | 'replayed'>
  /**
   * Removes up to `limit` artifacts that are past their end and forgets spent values that are. A grant that is
   * over takes along everything issued under it, uncounted.
   */
  readonly purge: (now: EpochSeconds, limit: number) => Promise<number>
  /**
   * Removes up to `limit` of the authorizations that wait for a person (`Interaction`): the oldest, and only such
   * as are beyond the newest `kept`. Several at once remove none twice. @returns how many went
   */
  readonly dropOldestPending: (kept: number, limit: number) => Promise<number>
}

/** So many authorizations wait for a person at most; beyond them the oldest are dropped (R124). */
export const pendingAuthorizationsKept = 10_000

/** A registered client. */
export type ClientRecord = {
  readonly clientId: string
  /** `dynamic`: registered itself; `manual`: added by the operator. */
  readonly kind: 'dynamic' | 'manual'
  /** JSON of the metadata (RFC 7591 §2), the secret replaced by its hash. */
  readonly metadata: string
  readonly createdAt: EpochSeconds
  readonly lastUsedAt: EpochSeconds | undefined
}

export type ClientStore = {
  /** `full` when there are `limit` dynamic ones already: nothing is written then. */
  readonly add: (client: ClientRecord, limit: number) => Promise<'added' | 'full' | 'exists'>
  readonly find: (clientId: string) => Promise<ClientRecord | undefined>
  readonly replaceMetadata: (clientId: string, metadata: string) => Promise<'replaced' | 'unknown'>
  /** Removes the client, its grants and everything issued to it, in one transaction. */
  readonly remove: (clientId: string) => Promise<'removed' | 'unknown'>
  readonly list: () => Promise<readonly ClientRecord[]>
  /** Moves the last use forward, never back. */
  readonly touch: (clientId: string, now: EpochSeconds) => Promise<void>
  /** Removes up to `limit` dynamic clients, with everything issued to them, that were not used since `before` and have no grant. */
  readonly purgeUnused: (before: EpochSeconds, limit: number) => Promise<number>
}

/** A client-id metadata document as it was last fetched. */
export type ClientDocument = {
  readonly clientId: string
  readonly document: string
  readonly fetchedAt: EpochSeconds
  readonly freshUntil: EpochSeconds
}

export type ClientDocumentStore = {
  readonly find: (clientId: string) => Promise<ClientDocument | undefined>
  /**
   * Writes or replaces; beyond `limit` the ones fetched longest ago go, but none whose client has a grant, and
   * none fetched within ten minutes of this one unless there are more than ten times `limit`.
   */
  readonly save: (document: ClientDocument, limit: number) => Promise<void>
}

/** A person as of the last sign-in: what tokens say while no browser is there. */
export type AccountSnapshot = {
  readonly account: string
  readonly identity: Identity
  readonly seenAt: EpochSeconds
}

export type AccountSnapshotStore = {
  /** Writes or replaces; one of an earlier moment changes nothing. */
  readonly remember: (snapshot: AccountSnapshot) => Promise<void>
  readonly find: (account: string) => MaybePromise<AccountSnapshot | undefined>
}

/** A key that signs tokens. The private part is sealed. */
export type SigningKey = {
  readonly kid: string
  readonly algorithm: string
  /** JSON of the private JWK, sealed. */
  readonly sealed: string
  readonly createdAt: EpochSeconds
  /** Published from `createdAt`, signs from here. */
  readonly signsFrom: EpochSeconds
  /** No longer published from here on; undefined while it is in use. */
  readonly retiredAt: EpochSeconds | undefined
}

export type SigningKeyStore = {
  readonly list: () => Promise<readonly SigningKey[]>
  /**
   * Adds the key unless one of its algorithm was added after `newest` (undefined: unless there is any).
   * Processes that start together agree on one.
   */
  readonly add: (key: SigningKey, newest: EpochSeconds | undefined) => Promise<'added' | 'exists'>
  /** A key that retires already may retire earlier, never later. */
  readonly retire: (kid: string, at: EpochSeconds) => Promise<'retired' | 'unknown'>
  /** Removes keys whose retirement lies before `now`. */
  readonly purge: (now: EpochSeconds) => Promise<number>
}

export type AuthorizationStore = {
  readonly artifacts: ArtifactStore
  readonly clients: ClientStore
  readonly clientDocuments: ClientDocumentStore
  readonly snapshots: AccountSnapshotStore
  readonly signingKeys: SigningKeyStore
  /** Keys of edge auth: the same table, and never one of the others. `purge` of either removes from both. */
  readonly edgeKeys: SigningKeyStore
}
