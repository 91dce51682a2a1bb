import { exportJWK, generateKeyPair, type JSONWebKeySet } from 'jose'
import { describe, expect, test } from 'vitest'
import { createOwnKeys, createOwnTokenVerifier } from '../../../src/adapters/own-tokens.ts'
import type { TokenVerification, VerifiedToken } from '../../../src/ports/token-verifier.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'
import { identityOf } from '../../support/identity.ts'

const now = epochSeconds(1_800_000_000)
const issuer = 'https://auth.example.com'
const account = 'a'.repeat(43)
const person = identityOf()
const token: VerifiedToken = {
  issuer,
  audience: ['https://mcp.example.com/mcp'],
  clientId: 'client',
  jwtId: 'jti',
  identity: { ...person, issuer, subject: account, email: undefined, scopes: ['mcp:tools'] },
  expiresAt: epochSeconds(now + 60),
}
const verified = (changes: Partial<VerifiedToken> = {}): TokenVerification => ({
  kind: 'verified',
  token: { ...token, ...changes },
})

const verifierOf = (verification: TokenVerification, live = true) => {
  const asked: string[] = []
  const verifier = createOwnTokenVerifier(
    { verify: () => verification },
    {
      issuer,
      isLive: (jti) => {
        asked.push(jti)
        return live
      },
      snapshots: {
        find: (name) => {
          asked.push(name)
          return name === account ? { account, identity: person, seenAt: now } : undefined
        },
      },
    },
  )
  return { verifier, asked }
}

describe('createOwnTokenVerifier()', () => {
  test('gives the account as it last signed in, with the scopes of the token', () => {
    const { verifier } = verifierOf(verified())
    const expected = { ...token, identity: { ...person, scopes: ['mcp:tools'] } }
    expect(verifier.verify('t', now)).toEqual({ kind: 'verified', token: expected })
  })

  test('asks whether the token is live on every use, and for the account once (R93)', () => {
    const { verifier, asked } = verifierOf(verified())
    for (const time of [1, 2]) {
      expect(verifier.verify('t', epochSeconds(now + time))).toMatchObject({ kind: 'verified' })
    }
    expect(asked).toEqual(['jti', account, 'jti'])
  })

  test.each([
    ['a revoked token', verified(), false],
    ['a token without jti', { kind: 'verified', token: { ...token, jwtId: undefined } }, true],
    ['a token of an account that is gone', verified({ identity: person }), true],
  ] as const)('rejects %s (R93)', (_what, verification, live) => {
    const { verifier } = verifierOf(verification as TokenVerification, live)
    expect(verifier.verify('t', now)).toEqual({ kind: 'rejected', reason: 'revoked' })
  })

  test('makes a client without a person an account of its own (RFC 9068 §5)', () => {
    const machine = { ...token.identity, subject: 'client', email: 'x@example.com', groups: ['g'] }
    const { verifier } = verifierOf(verified({ identity: machine }))
    expect(verifier.verify('t', now)).toMatchObject({
      token: {
        identity: {
          provider: 'client',
          subject: 'client:client',
          preferredUsername: 'client',
          email: undefined,
          groups: [],
        },
      },
    })
  })

  test('leaves tokens of other issuers and rejections as they are', () => {
    const foreign = verified({ issuer: 'https://other.example' })
    for (const one of [foreign, { kind: 'rejected', reason: 'expired' } as const]) {
      const { verifier, asked } = verifierOf(one, false)
      expect(verifier.verify('t', now)).toBe(one)
      expect(asked).toEqual([])
    }
  })

  test('passes a fault of the store on: never "not revoked" (R14)', async () => {
    const broken = createOwnTokenVerifier(
      { verify: async () => verified() },
      {
        issuer,
        isLive: () => Promise.reject(new Error('down')),
        snapshots: { find: () => undefined },
      },
    )
    await expect(broken.verify('t', now)).rejects.toThrow('down')
  })
})

describe('createOwnKeys()', () => {
  const keyOf = async (kid: string) => ({
    ...(await exportJWK((await generateKeyPair('EdDSA')).publicKey)),
    kid,
  })

  test('has newer keys once there are any, and not before', async () => {
    const set: JSONWebKeySet = { keys: [await keyOf('one')] }
    const keys = createOwnKeys(
      async () => set,
      () => undefined,
    )
    const held = await keys.get()
    if (held === undefined) throw new Error('no keys')
    expect(await keys.getNewer(held)).toBeUndefined()
    set.keys.push(await keyOf('two'))
    expect(await keys.getNewer(held)).toBeTypeOf('function')
    expect(keys.get()).not.toBe(held)
  })

  test('tells of a key that is gone, and verifies with it no more (R113)', async () => {
    let dropped = 0
    const set: JSONWebKeySet = { keys: [await keyOf('one'), await keyOf('two')] }
    const keys = createOwnKeys(
      async () => set,
      () => {
        dropped += 1
      },
    )
    const held = await keys.get()
    set.keys.push(await keyOf('three'))
    await keys.renew()
    expect(dropped).toBe(0)
    set.keys.shift()
    await keys.renew()
    expect(dropped).toBe(1)
    expect(keys.get()).not.toBe(held)
    await keys.renew()
    expect(dropped).toBe(1)
  })
})
