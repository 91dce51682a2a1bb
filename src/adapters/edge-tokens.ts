// Signs and verifies the tokens of edge auth, with a key of their own.

import {
  type CompactVerifyGetKey,
  type CryptoKey,
  createLocalJWKSet,
  exportSPKI,
  importJWK,
  type JSONWebKeySet,
  type JWK,
  SignJWT,
} from 'jose'
import type {
  Assertion,
  EdgeCertificates,
  EdgeTokens,
  EdgeTokenToSign,
  EdgeTokenVerification,
} from '../ports/edge-tokens.ts'
import {
  assertionType,
  type EdgeTokenJudgement,
  edgeAlgorithm,
  edgeTokenTypes,
  verifyEdgeToken,
} from '../protocol/edge-token.ts'
import type { EpochSeconds } from '../protocol/time.ts'
import { storedHash } from './sql/tables.ts'
import { type TokenKey, tokenKey } from './token-cache.ts'

/** The keys as they are now. */
export type EdgeKeys = {
  /** Changes with the keys. */
  readonly version: string
  /** The private key that signs. */
  readonly signing: JWK
  readonly published: JSONWebKeySet
}

export type EdgeTokenPorts = {
  readonly issuer: string
  readonly keys: () => Promise<EdgeKeys>
}

type Held = {
  readonly version: string
  readonly signing: CryptoKey | Uint8Array
  readonly kid: string
  readonly find: CompactVerifyGetKey
  readonly published: JSONWebKeySet
}

/** How long a token counts as verified while the keys stay what they are. */
const verifiedFor = 60
/** Whoever hands us the keys may be as far behind again: a dropped key counts for less than 5 seconds (R113). */
const keysLookedAtEvery = 2
const mostVerified = 4096

const assertionLifetime = 60
/** A page asks for a dozen things at once: one signature is enough for them. */
const assertedFor = 20

async function holdKeys(keys: EdgeKeys): Promise<Held> {
  const { version, signing, published } = keys
  return {
    version,
    signing: await importJWK(signing, edgeAlgorithm),
    kid: signing.kid ?? '',
    find: createLocalJWKSet(published),
    published,
  }
}

function sign(held: Held, issuer: string, token: EdgeTokenToSign, now: EpochSeconds) {
  const { kind, subject, email, audience, session, id, expiresAt } = token
  const claims = { type: 'app', sid: session, ...(email === undefined ? {} : { email }) }
  return new SignJWT(claims)
    .setProtectedHeader({ alg: edgeAlgorithm, kid: held.kid, typ: edgeTokenTypes[kind] })
    .setIssuer(issuer)
    .setSubject(subject)
    .setAudience([...audience])
    .setJti(id)
    .setIssuedAt(now)
    .setNotBefore(now)
    .setExpirationTime(expiresAt)
    .sign(held.signing)
}

function signAssertion(held: Held, issuer: string, assertion: Assertion, now: EpochSeconds) {
  const { subject, email, host } = assertion
  return new SignJWT({ type: 'app', ...(email === undefined ? {} : { email }) })
    .setProtectedHeader({ alg: edgeAlgorithm, kid: held.kid, typ: assertionType })
    .setIssuer(issuer)
    .setSubject(subject)
    .setAudience([host])
    .setIssuedAt(now)
    .setNotBefore(now)
    .setExpirationTime(now + assertionLifetime)
    .sign(held.signing)
}

// Cloudflare has certificates there; what reads a PEM of either kind takes a plain public key as well.
async function certificatesOf({ keys }: JSONWebKeySet): Promise<EdgeCertificates> {
  const certs = await Promise.all(
    keys.map(async (jwk) => {
      const key = await importJWK(jwk, edgeAlgorithm)
      const cert = key instanceof Uint8Array ? '' : await exportSPKI(key)
      return { kid: jwk.kid ?? '', cert }
    }),
  )
  return { keys, public_cert: certs[0] ?? { kid: '', cert: '' }, public_certs: certs }
}

const answerOf = (judgement: EdgeTokenJudgement): EdgeTokenVerification => {
  if (judgement.kind === 'rejected') return judgement
  const { kind, audience, session } = judgement.token
  return { kind: 'verified', token: { kind, audience, session: storedHash(session) } }
}

/** Asks for the keys when it is used and has not asked for two seconds; what a gone key signed is forgotten then. */
export function createEdgeTokens({ issuer, keys }: EdgeTokenPorts): EdgeTokens {
  let held: Held | undefined
  let lookedAt = Number.NEGATIVE_INFINITY
  const verified = new Map<
    TokenKey,
    { readonly answer: EdgeTokenVerification; readonly from: EpochSeconds; readonly until: number }
  >()

  const asserted = new Map<
    string,
    { readonly text: Promise<string>; readonly from: EpochSeconds }
  >()

  const current = async (): Promise<Held> => {
    const now = await keys()
    if (held?.version === now.version) return held
    const own = await holdKeys(now)
    held = own
    verified.clear()
    asserted.clear()
    return own
  }

  const look = async (now: EpochSeconds): Promise<Held> => {
    const own = await current()
    lookedAt = now
    return own
  }

  /** The keys, unless it is time to look whether they are still the same. */
  const recent = (now: EpochSeconds): Held | undefined =>
    lookedAt <= now && now < lookedAt + keysLookedAtEvery ? held : undefined

  const assert: EdgeTokens['assert'] = async (assertion, now) => {
    const own = recent(now) ?? (await look(now))
    const key = JSON.stringify(assertion)
    const before = asserted.get(key)
    if (before !== undefined && before.from <= now && now < before.from + assertedFor) {
      return before.text
    }
    if (asserted.size >= mostVerified) asserted.clear()
    const text = signAssertion(own, issuer, assertion, now)
    asserted.set(key, { text, from: now })
    text.catch(() => asserted.delete(key))
    return text
  }

  const remembered = (key: TokenKey, now: EpochSeconds): EdgeTokenVerification | undefined => {
    const before = verified.get(key)
    const fresh = before !== undefined && before.from <= now && now < before.until
    return fresh ? before.answer : undefined
  }

  const verify = async (text: string, now: EpochSeconds): Promise<EdgeTokenVerification> => {
    const own = await look(now)
    const key = tokenKey(text)
    const before = remembered(key, now)
    if (before !== undefined) return before
    const judgement = await verifyEdgeToken(text, issuer, own.find, now)
    const answer = answerOf(judgement)
    // The keys may have changed while we looked at the signature.
    if (judgement.kind === 'rejected' || own !== held) return answer
    if (verified.size >= mostVerified) verified.clear()
    const until = Math.min(now + verifiedFor, judgement.token.expiresAt)
    verified.set(key, { answer, from: now, until })
    return answer
  }

  return {
    sign: async (token, now) => sign(await current(), issuer, token, now),
    verify: (text, now) => {
      const before = recent(now) === undefined ? undefined : remembered(tokenKey(text), now)
      return before ?? verify(text, now)
    },
    assert,
    certificates: async () => certificatesOf((await current()).published),
  }
}
