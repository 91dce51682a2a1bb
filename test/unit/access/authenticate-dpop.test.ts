import { describe, expect, test } from 'vitest'
import { type AuthenticationPorts, authenticate } from '../../../src/access/authenticate.ts'
import { decide } from '../../../src/access/decide.ts'
import type { Resource } from '../../../src/access/rules.ts'
import type { ProofVerifier, VerifiedToken } from '../../../src/ports/token-verifier.ts'
import type { Credential, ShownProof } from '../../../src/protocol/credentials.ts'
import { epochSeconds, seconds } from '../../../src/protocol/time.ts'
import { identityOf } from '../../support/identity.ts'

const now = epochSeconds(1_800_000_000)
const identity = identityOf()
const thumbprint = 'T'.repeat(43)
const url = 'https://mcp.example.com/mcp'
const shown: ShownProof = { value: 'proof', method: 'POST', url }
const plain: VerifiedToken = {
  issuer: 'https://auth.example.com',
  audience: [url],
  clientId: 'client',
  identity,
  expiresAt: epochSeconds(now + 60),
}
const bound: VerifiedToken = { ...plain, boundTo: thumbprint }

const resourceOf = (dpopRequired: boolean): Resource => ({
  kind: 'resource',
  name: 'mcp',
  allow: undefined,
  allowPreflight: false,
  policy: { url, scopes: [], issuers: [plain.issuer], audiences: [], dpopRequired },
})

type Asked = Parameters<ProofVerifier['verify']>

const portsOf = (token: VerifiedToken, proof: 'valid' | 'stale' | 'absent') => {
  const asked: Asked[] = []
  const proofs: ProofVerifier = {
    verify: async (...question) => {
      asked.push(question)
      return proof === 'valid' ? 'valid' : { kind: 'rejected', reason: proof }
    },
  }
  const ports: AuthenticationPorts = {
    sessions: { find: () => undefined },
    tokens: { verify: () => ({ kind: 'verified', token }) },
    ...(proof === 'absent' ? {} : { proofs }),
    hashOf: (value) => value,
    idle: seconds(60),
    sessionSeen: () => undefined,
  }
  return { ports, asked }
}

const dpop: Credential = { kind: 'dpop', token: 't', proof: shown }
const bearer: Credential = { kind: 'bearer', token: 't' }
const open = resourceOf(false)
const strict = resourceOf(true)

describe('authenticate() with proof of possession (RFC 9449 §7.1)', () => {
  test('lets a bound token in with its proof', async () => {
    const { ports, asked } = portsOf(bound, 'valid')
    const result = await authenticate(dpop, open, ports, now)
    expect(result).toEqual({ kind: 'authenticated', identity, credential: 'dpop' })
    expect(asked).toEqual([[shown, { token: 't', thumbprint }, now]])
  })

  test.each([
    ['a bound token as a plain bearer token', bearer, open, bound, 'sender-constrained', 'bearer'],
    ['an unbound token where proofs are a must', bearer, strict, plain, 'proof-required', 'bearer'],
    ['an unbound token with a proof', dpop, open, plain, 'not-sender-constrained', 'dpop'],
    [
      'no proof at all',
      { kind: 'dpop', token: 't' } satisfies Credential,
      open,
      bound,
      'bad-proof',
      'dpop',
    ],
  ] as const)('refuses %s (R97, DP-8)', async (_what, credential, route, token, reason, kind) => {
    const { ports, asked } = portsOf(token, 'valid')
    const result = await authenticate(credential, route, ports, now)
    expect(result).toEqual({ kind: 'rejected', reason, credential: kind })
    expect(asked).toEqual([])
  })

  test.each([['stale'], ['absent']] as const)(
    'never falls back to a bearer token when the proof is %s (R99)',
    async (proof) => {
      const { ports } = portsOf(bound, proof)
      const result = await authenticate(dpop, open, ports, now)
      expect(result).toEqual({ kind: 'rejected', reason: 'bad-proof', credential: 'dpop' })
    },
  )

  test('looks at no proof of a token that is worth nothing (DP4)', async () => {
    const { ports, asked } = portsOf({ ...bound, audience: ['https://other.example'] }, 'valid')
    const result = await authenticate(dpop, open, ports, now)
    expect(result).toMatchObject({ kind: 'rejected', reason: 'wrong-audience', credential: 'dpop' })
    expect(asked).toEqual([])
  })
})

describe('decide() with proof of possession', () => {
  const facts = { pageLoad: false, preflight: false, now }
  const everyone = [{ anyone: true as const }]

  test.each([
    ['asks for a bearer token first', open, { kind: 'anonymous' }, 'Bearer', undefined],
    ['asks for a proof where one is a must', strict, { kind: 'anonymous' }, 'DPoP', undefined],
    [
      'names a bad proof',
      open,
      { kind: 'rejected', reason: 'bad-proof', credential: 'dpop' },
      'DPoP',
      'invalid_dpop_proof',
    ],
    [
      'names a bad token shown with a proof',
      open,
      { kind: 'rejected', reason: 'expired', credential: 'dpop' },
      'DPoP',
      'invalid_token',
    ],
    [
      'asks the holder of a bound token for the proof',
      strict,
      { kind: 'rejected', reason: 'proof-required', credential: 'bearer' },
      'DPoP',
      'invalid_token',
    ],
  ] as const)('%s (DP-4, DP-8)', (_what, route, authentication, scheme, error) => {
    expect(decide(route, facts, authentication, everyone)).toMatchObject({
      kind: 'challenge',
      scheme,
      error,
    })
  })
})
