// Which keys sign our tokens, which are published? Shared by all processes through the store (R113-R115).

import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  type JSONWebKeySet,
  type JWK,
} from 'jose'
import type { SigningKey, SigningKeyStore } from '../ports/authorization-store.ts'
import type { Clock, Log } from '../ports/runtime.ts'
import { type EpochSeconds, later, type Seconds, seconds } from '../protocol/time.ts'

/** `EdDSA` signs access tokens; ID tokens are signed as the client asked, by default with RS256. */
export const signingAlgorithms = ['EdDSA', 'RS256', 'ES256'] as const
export type Algorithm = (typeof signingAlgorithms)[number]

const rotationInterval = seconds(90 * 86_400)
/** Other processes and verifiers know a key before the first token that it signed comes along. */
const publishedBefore = seconds(3_600)
/** How long the keys are taken for what they were: one that is dropped stops verifying within 5 seconds (R113). */
const freshness = seconds(2)
/** Verifiers cache for 5 minutes, and clocks differ. */
const margin = seconds(600)

export type PrivateKey = JWK & { readonly kid: string }

export type SigningKeysPorts = {
  readonly store: SigningKeyStore
  readonly now: Clock
  readonly log: Log
  readonly secret: string
  readonly seal: (plain: string, keyMaterial: string, purpose: string) => string
  readonly unseal: (sealed: string, keyMaterial: string, purpose: string) => string | undefined
  /** Of the longest-lived token that is signed. */
  readonly tokenLifetime: Seconds
  /** One key of each; the first signs access tokens. Default: `signingAlgorithms`. */
  readonly algorithms?: readonly Algorithm[]
  /** For tests: keys take their time to make. */
  readonly makeKey?: ((algorithm: Algorithm) => Promise<PrivateKey>) | undefined
}

export type Keyring = {
  /** Changes with the keys. */
  readonly version: string
  /** Private keys; of each algorithm the one that signs comes first. */
  readonly keys: readonly JWK[]
  /** Key id of the key that signs access tokens. */
  readonly accessTokenKey: string
}

export type SigningKeys = {
  /** The keys now; makes and retires keys when it is time. Throws when the store cannot be asked. */
  readonly current: () => Promise<Keyring>
}

// Bound to its row: a sealed key cannot be put in the place of another (R115).
const purposeOf = (kid: string): string => `signing-key ${kid}`

/** A new private key with its id. */
export async function makeKey(algorithm: Algorithm): Promise<PrivateKey> {
  const { privateKey } = await generateKeyPair(algorithm, {
    extractable: true,
    modulusLength: 2048,
  })
  const jwk = await exportJWK(privateKey)
  const kid = await calculateJwkThumbprint(jwk)
  return { ...jwk, kid, alg: algorithm, use: 'sig' }
}

const isPublished = (key: SigningKey, now: EpochSeconds): boolean =>
  key.retiredAt === undefined || key.retiredAt > now

/** Whether no other key is due: not for its age, and not because an operator dropped this one. */
const isCurrent = (key: SigningKey, now: EpochSeconds): boolean =>
  isPublished(key, now) && later(key.createdAt, rotationInterval) > now

/** Newest first; one that must not sign yet comes behind those that may. */
function inSigningOrder(keys: readonly SigningKey[], now: EpochSeconds): readonly SigningKey[] {
  const sorted = keys.toSorted((a, b) => b.signsFrom - a.signsFrom)
  return [...sorted.filter((k) => k.signsFrom <= now), ...sorted.filter((k) => k.signsFrom > now)]
}

/** Makes the keys of an authorization server. Asks nobody before it is asked. */
export function createSigningKeys(ports: SigningKeysPorts): SigningKeys {
  const { store, now, log, secret, seal, unseal, tokenLifetime } = ports
  const make = ports.makeKey ?? makeKey
  const algorithms: readonly Algorithm[] = ports.algorithms ?? signingAlgorithms
  let held: { readonly keyring: Keyring; readonly until: EpochSeconds } | undefined
  let loading: Promise<Keyring> | undefined

  const add = async (algorithm: Algorithm, newest: SigningKey | undefined): Promise<void> => {
    const createdAt = now()
    const isFirst = newest === undefined || !isPublished(newest, createdAt)
    const signsFrom = isFirst ? createdAt : later(createdAt, publishedBefore)
    const jwk = await make(algorithm)
    const { kid } = jwk
    const sealed = seal(JSON.stringify(jwk), secret, purposeOf(kid))
    const key = { kid, algorithm, sealed, createdAt, signsFrom, retiredAt: undefined }
    const outcome = await store.add(key, newest?.createdAt)
    if (outcome === 'added') log.info('signing_key.added', { kid, algorithm })
    if (newest === undefined || outcome === 'exists') return
    const retiredAt = later(later(signsFrom, tokenLifetime), margin)
    await store.retire(newest.kid, retiredAt)
    log.info('signing_key.retires', { kid: newest.kid, algorithm, at: retiredAt })
  }

  const renewWhereDue = async (all: readonly SigningKey[]): Promise<boolean> => {
    let changed = false
    for (const algorithm of algorithms) {
      const [newest] = all
        .filter((key) => key.algorithm === algorithm)
        .toSorted((a, b) => b.createdAt - a.createdAt)
      if (newest !== undefined && isCurrent(newest, now())) continue
      await add(algorithm, newest)
      changed = true
    }
    return changed
  }

  const open = (key: SigningKey): JWK => {
    const text = unseal(key.sealed, secret, purposeOf(key.kid))
    if (text === undefined)
      throw new Error('Cannot read the signing keys: the secret is not the one that sealed them')
    return JSON.parse(text)
  }

  const load = async (): Promise<Keyring> => {
    const before = await store.list()
    const all = (await renewWhereDue(before)) ? await store.list() : before
    const published = inSigningOrder(
      all.filter((key) => isPublished(key, now())),
      now(),
    )
    const keys = published.map(open)
    const signing = published.find(({ algorithm }) => algorithm === algorithms[0])
    if (signing === undefined) throw new Error('Cannot sign access tokens: there is no key')
    const keyring = {
      version: published.map(({ kid }) => kid).join(),
      keys,
      accessTokenKey: signing.kid,
    }
    held = { keyring, until: later(now(), freshness) }
    return keyring
  }

  return {
    current: async () => {
      if (held !== undefined && held.until > now()) return held.keyring
      loading ??= load().finally(() => {
        loading = undefined
      })
      return loading
    },
  }
}

const publicMembers = ['kty', 'use', 'alg', 'kid', 'crv', 'x', 'y', 'n', 'e'] as const

/** The published form: public members only (R114). */
export const publicKeysOf = ({ keys }: Keyring): JSONWebKeySet => ({
  keys: keys.map((key) => ({
    kty: key.kty ?? '',
    ...Object.fromEntries(
      publicMembers.filter((name) => key[name] !== undefined).map((name) => [name, key[name]]),
    ),
  })),
})
