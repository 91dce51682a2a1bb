// What the suites of the authorization server's store put into it.

import { expect } from 'vitest'
import type {
  Artifact,
  ArtifactKind,
  ClientRecord,
  SigningKey,
} from '../../src/ports/authorization-store.ts'
import type { Store } from '../../src/ports/store.ts'
import { epochSeconds } from '../../src/protocol/time.ts'
import { unique } from './store.ts'

const at = epochSeconds

export const artifact = (kind: ArtifactKind, own: Partial<Artifact> = {}): Artifact => ({
  kind,
  idHash: unique('hash'),
  payload: '{"scope":"a b","name":"Zoë \u{1f980}"}',
  grantId: undefined,
  clientId: undefined,
  account: undefined,
  uidHash: undefined,
  userCodeHash: undefined,
  expiresAt: at(5000),
  ...own,
})

export const client = (own: Partial<ClientRecord> = {}): ClientRecord => ({
  clientId: unique('client'),
  kind: 'dynamic',
  metadata: '{"client_name":"Editor"}',
  createdAt: at(1000),
  lastUsedAt: undefined,
  ...own,
})

export const signingKey = (own: Partial<SigningKey> = {}): SigningKey => ({
  kid: unique('kid'),
  algorithm: unique('alg'),
  sealed: 'v1.sealed',
  createdAt: at(1000),
  signsFrom: at(1300),
  retiredAt: undefined,
  ...own,
})

export type GrantOwn = Pick<Partial<Artifact>, 'expiresAt'> & {
  readonly account?: string
  readonly clientId?: string
}

/** A grant in the store, and how to issue something under it. */
export async function granted(store: Store, own: GrantOwn = {}) {
  const grantId = unique('grant')
  const whose = { grantId, clientId: unique('client'), account: unique('account'), ...own }
  const grant = artifact('Grant', whose)
  expect(await store.authorization.artifacts.save(grant, at(1000))).toBe('saved')
  const issue = async (kind: ArtifactKind) => {
    const issued = artifact(kind, { ...whose, expiresAt: at(5000) })
    expect(await store.authorization.artifacts.save(issued, at(1000))).toBe('saved')
    return issued
  }
  return { ...whose, grant, issue }
}

/** Those that are still in the store. */
export async function leftOf(
  store: Store,
  artifacts: readonly Artifact[],
): Promise<readonly Artifact[]> {
  const left: Artifact[] = []
  for (const one of artifacts) {
    if (await store.authorization.artifacts.find(one.kind, one.idHash)) left.push(one)
  }
  return left
}

/** How many of the answers are this one. */
export const times = <T>(answers: readonly T[], wanted: T): number =>
  answers.filter((answer) => answer === wanted).length

/** Runs so many at the same time. */
export const race = <T>(count: number, run: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => run(index)))
