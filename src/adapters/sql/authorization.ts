// What the authorization server keeps, put together.

import type { Kysely } from 'kysely'
import type { AuthorizationStore } from '../../ports/authorization-store.ts'
import { createAccountSnapshots } from './account-snapshots.ts'
import { createArtifacts, type FindArtifactRow } from './artifacts.ts'
import { createClientDocuments } from './client-documents.ts'
import { createOauthClients } from './oauth-clients.ts'
import { createSigningKeys } from './signing-keys.ts'
import type { Tables } from './tables.ts'

/** @param rowLocks as for `createSessions` */
export const createAuthorization = (
  db: Kysely<Tables>,
  findRow: FindArtifactRow,
  rowLocks: boolean,
): AuthorizationStore => ({
  artifacts: createArtifacts(db, findRow, rowLocks),
  clients: createOauthClients(db, rowLocks),
  clientDocuments: createClientDocuments(db, rowLocks),
  snapshots: createAccountSnapshots(db),
  signingKeys: createSigningKeys(db, rowLocks, 'access-tokens'),
  edgeKeys: createSigningKeys(db, rowLocks, 'edge'),
})
