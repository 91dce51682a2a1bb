import { hash } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { createProofVerifier } from '../../../src/adapters/proof-verifier.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'

const now = epochSeconds(1_800_000_000)
const url = 'https://mcp.example.com/mcp?x=1'
const { privateKey, publicKey } = await generateKeyPair('ES256')
const jwk = await exportJWK(publicKey)
const thumbprint = await calculateJwkThumbprint(jwk)

const proofFor = (token: string, jti: string, method = 'POST') =>
  new SignJWT({
    htm: method,
    htu: 'https://mcp.example.com/mcp',
    jti,
    ath: hash('sha256', token, 'base64url'),
  })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
    .setIssuedAt(now)
    .sign(privateKey)

const verifierOf = () => {
  const spent = new Map<string, number>()
  const verifier = createProofVerifier({
    hashOf: (value) => hash('sha256', value, 'base64url'),
    artifacts: {
      spend: async (value, until) => {
        if (spent.has(value)) return 'replayed'
        spent.set(value, until)
        return 'fresh'
      },
    },
  })
  return { verifier, spent }
}

describe('createProofVerifier()', () => {
  test('takes a proof once (R96, DP9)', async () => {
    const { verifier, spent } = verifierOf()
    const shown = { value: await proofFor('t', 'first-proof'), method: 'POST', url }
    const bound = { token: 't', thumbprint }
    expect(await verifier.verify(shown, bound, now)).toBe('valid')
    expect(await verifier.verify(shown, bound, now)).toEqual({
      kind: 'rejected',
      reason: 'replayed',
    })
    expect([...spent.values()].every((until) => until >= now + 120)).toBe(true)
  })

  test.each([
    ['none', async () => undefined, thumbprint, 'missing'],
    [
      'one for another method',
      () => proofFor('t', 'a-get-proof', 'GET'),
      thumbprint,
      'wrong-method',
    ],
    ['one for another token', () => proofFor('u', 'another-token'), thumbprint, 'wrong-token'],
    ['one of another key', () => proofFor('t', 'another-key'), 'T'.repeat(43), 'wrong-key'],
  ])('rejects %s and spends nothing', async (_what, prove, expected, reason) => {
    const { verifier, spent } = verifierOf()
    const answer = await verifier.verify(
      { value: await prove(), method: 'POST', url },
      { token: 't', thumbprint: expected },
      now,
    )
    expect(answer).toEqual({ kind: 'rejected', reason })
    expect(spent.size).toBe(0)
  })

  test('rejects with the fault of the store: never valid (R14)', async () => {
    const verifier = createProofVerifier({
      hashOf: (value) => value,
      artifacts: { spend: () => Promise.reject(new Error('down')) },
    })
    const shown = { value: await proofFor('t', 'store-is-down'), method: 'POST', url }
    await expect(verifier.verify(shown, { token: 't', thumbprint }, now)).rejects.toThrow('down')
  })
})
