// How oidc-provider's models are kept in our store: values as hashes, single use by one conditional statement.

import { calculateJwkThumbprint, decodeProtectedHeader } from 'jose'
import Provider, { type Adapter, type AdapterPayload, errors } from 'oidc-provider'
import {
  type ArtifactKind,
  type FoundArtifact,
  pendingAuthorizationsKept,
} from '../ports/authorization-store.ts'
import { type EpochSeconds, later, seconds } from '../protocol/time.ts'
import type { EngineParts } from './dependencies.ts'
import { successorOf } from './refresh.ts'

type Payload = AdapterPayload

const hashedUserCode = 'sha256:'

/** What would let whoever reads the store go on with somebody else's request. */
const sealedMembers = ['deviceCode', 'parJti', 'returnTo', 'jti'] as const
const sealPurpose = 'artifact'

/** Found by a second key too, and then their own value has to come from somewhere. */
const foundByOther: readonly ArtifactKind[] = ['Session', 'DeviceCode']

function parsePayload(text: string): Payload {
  const payload: unknown = JSON.parse(text)
  return typeof payload === 'object' && payload !== null ? { ...payload } : {}
}

/** What takes its grant along when it is used twice. */
const endedByReuse: readonly ArtifactKind[] = ['AuthorizationCode', 'RefreshToken']

/** How often the oldest authorizations that wait are dropped, in new ones, and how many at once (R124). */
const dropEvery = 100
const droppedAtOnce = 500

/** Longer than any answer of the token endpoint takes. */
const firstUse = seconds(2)

/** Thumbprint of the key that the request shows; the proof itself was verified before. */
async function keyOfProof(): Promise<string | undefined> {
  const proof = Provider.ctx?.oidc.route === 'token' ? Provider.ctx.get('DPoP') : ''
  const { jwk } = proof === '' ? {} : decodeProtectedHeader(proof)
  return jwk && calculateJwkThumbprint(jwk)
}

/**
 * Whether its own client uses it without the key that it is bound to. What another client does never counts as a
 * use (R84).
 */
async function isOfAnotherKey({ jkt, clientId }: Payload): Promise<boolean> {
  if (jkt === undefined || Provider.ctx?.oidc.route !== 'token') return false
  if (clientId !== Provider.ctx.oidc.client?.clientId) return false
  return (await keyOfProof()) !== jkt
}

const grantIdOf = (kind: ArtifactKind, id: string, payload: Payload): string | undefined =>
  kind === 'Grant' ? id : payload.grantId

export function createArtifactAdapter(kind: ArtifactKind, parts: EngineParts): Adapter {
  const { settings, dependencies } = parts
  const { store, now, hashOf, seal, unseal, wait } = dependencies
  const { artifacts } = store

  // A user code is short: without the secret its hash would be the code.
  const userCodeHash = (code: string) =>
    code.startsWith(hashedUserCode)
      ? code.slice(hashedUserCode.length)
      : hashOf(`${settings.secret} user code ${code}`)

  const toStored = (payload: Payload): Payload => {
    const { jti, session, userCode, ...rest } = payload
    const stored: Payload = foundByOther.includes(kind) ? { ...rest, jti } : { ...rest }
    for (const name of sealedMembers) {
      const value = stored[name]
      if (typeof value === 'string') stored[name] = seal(value, settings.secret, sealPurpose)
    }
    // Who is signed in is asked of our own session at every step, not remembered.
    if (session !== undefined && kind !== 'Interaction') stored.session = session
    return userCode === undefined
      ? stored
      : { ...stored, userCode: hashedUserCode + userCodeHash(userCode) }
  }

  const fromStored = (found: FoundArtifact, id: string | undefined): Payload => {
    const payload = parsePayload(found.payload)
    for (const name of sealedMembers) {
      const value = payload[name]
      if (typeof value === 'string') payload[name] = unseal(value, settings.secret, sealPurpose)
    }
    if (id !== undefined) payload.jti = id
    if (found.consumedAt !== undefined) payload.consumed = found.consumedAt
    return payload
  }

  /**
   * Whether this use of a consumed refresh token is the repetition of a request whose answer may have been
   * lost: soon after, with the same key or none again, and the successor was not used yet (R82). The tokens of
   * confidential clients are bound to no key, so that the key of the first use counts.
   */
  const isRetry = async (id: string, found: FoundArtifact | undefined): Promise<boolean> => {
    const { refreshRetry, secret } = settings
    const { consumedAt, consumedBy } = found ?? {}
    if (kind !== 'RefreshToken' || consumedAt === undefined || refreshRetry === 0) return false
    if (Provider.ctx?.oidc.route !== 'token') return false
    if (now() > later(consumedAt, refreshRetry)) return false
    if ((await keyOfProof()) !== consumedBy) return false
    const successor = await artifacts.find(kind, hashOf(successorOf(id, secret)))
    return successor === undefined || successor.consumedAt === undefined
  }

  /**
   * Waits until whoever consumed it has surely had an answer. A second use ends the grant, and of requests that
   * race each other one must win all the same (R79-R82).
   */
  const letFirstUseFinish = async (consumedAt: EpochSeconds | undefined): Promise<void> => {
    if (consumedAt === undefined || !endedByReuse.includes(kind)) return
    if (Provider.ctx?.oidc.route !== 'token') return
    const left = later(consumedAt, firstUse) - now()
    if (left > 0) await wait(seconds(Math.min(left, firstUse)))
  }

  const refuseReuse = async (id: string, found: FoundArtifact | undefined): Promise<never> => {
    if (kind === 'PushedAuthorizationRequest') {
      throw new errors.InvalidRequestUri('request_uri is invalid, expired, or was already used')
    }
    await letFirstUseFinish(found?.consumedAt)
    const grantId = found === undefined ? undefined : fromStored(found, id).grantId
    if (grantId !== undefined && kind !== 'DeviceCode') await artifacts.destroyGrant(grantId)
    throw new errors.InvalidGrant(`${kind} was used before`)
  }

  let saved = 0
  const dropOldest = async (): Promise<void> => {
    saved += 1
    if (kind !== 'Interaction' || saved % dropEvery !== 0) return
    await artifacts.dropOldestPending(pendingAuthorizationsKept, droppedAtOnce)
  }

  return {
    upsert: async (id, payload, expiresIn) => {
      const at = now()
      const outcome = await artifacts.save(
        {
          kind,
          idHash: hashOf(id),
          payload: JSON.stringify(toStored(payload)),
          grantId: grantIdOf(kind, id, payload),
          clientId: payload.clientId,
          account: payload.accountId,
          uidHash: payload.uid === undefined ? undefined : hashOf(payload.uid),
          userCodeHash: payload.userCode === undefined ? undefined : userCodeHash(payload.userCode),
          expiresAt: expiresIn === undefined ? undefined : later(at, seconds(expiresIn)),
        },
        at,
      )
      // Ended by a replay while this one is being answered: the first to come still gets its answer, with
      // tokens that are as dead as if they had been ended right after it.
      if (outcome === 'grant-ended' && Provider.ctx?.oidc.route !== 'token')
        throw new errors.AccessDenied('the grant has ended')
      await dropOldest()
    },
    find: async (id) => {
      const found = await artifacts.find(kind, hashOf(id))
      if (found === undefined) return undefined
      const payload = fromStored(found, id)
      if (found.consumedAt !== undefined && (await isOfAnotherKey(payload)))
        return refuseReuse(id, found)
      if (await isRetry(id, found)) payload.consumed = undefined
      else await letFirstUseFinish(found.consumedAt)
      return payload
    },
    findByUid: async (uid) => {
      const found = await artifacts.findByUid(kind, hashOf(uid))
      return found === undefined ? undefined : fromStored(found, undefined)
    },
    findByUserCode: async (code) => {
      const found = await artifacts.findByUserCode(kind, userCodeHash(code))
      return found === undefined ? undefined : { ...fromStored(found, undefined), userCode: code }
    },
    consume: async (id) => {
      const idHash = hashOf(id)
      const by = kind === 'RefreshToken' ? await keyOfProof() : undefined
      const outcome = await artifacts.consume(kind, idHash, now(), by)
      if (outcome === 'consumed') return
      const found = await artifacts.find(kind, idHash)
      if (await isRetry(id, found)) return
      await refuseReuse(id, found)
    },
    destroy: async (id) => {
      await artifacts.destroy(kind, hashOf(id))
    },
    // The grant takes along what was issued under it; an access token that is revoked takes nothing along (R88).
    revokeByGrantId: async () => {},
  }
}
