import { createHash } from 'node:crypto'
import fc from 'fast-check'
import {
  CompactSign,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  type JWK,
  SignJWT,
} from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { type ProvenRequest, verifyDpopProof } from '../../../src/protocol/dpop.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'

type Pair = Awaited<ReturnType<typeof generateKeyPair>>

const now = epochSeconds(1_800_000_000)
const url = 'https://mcp.example.com/files/mcp'
const accessToken = 'header.payload.signature'
const ath = createHash('sha256').update(accessToken).digest('base64url')

const pairs: Record<string, Pair> = {}
const keys: Record<string, JWK> = {}

beforeAll(async () => {
  for (const alg of ['ES256', 'EdDSA', 'ES384', 'RS256']) {
    const pair = await generateKeyPair(alg, { extractable: true })
    pairs[alg] = pair
    keys[alg] = await exportJWK(pair.publicKey)
  }
})

const pairOf = (alg: string): Pair => {
  const pair = pairs[alg]
  if (pair === undefined) throw new Error(`no key for ${alg}`)
  return pair
}

const good = () => ({ htm: 'POST', htu: url, iat: now, jti: 'a-fresh-proof', ath })

/** `undefined` takes a claim or a header away. */
const sign = (claims: object = {}, header: object = {}, alg = 'ES256') =>
  new SignJWT(JSON.parse(JSON.stringify({ ...good(), ...claims })))
    .setProtectedHeader({
      alg,
      ...JSON.parse(JSON.stringify({ typ: 'dpop+jwt', jwk: keys[alg], ...header })),
    })
    .sign(pairOf(alg).privateKey)

const request = (proof: string, more: Partial<ProvenRequest> = {}): ProvenRequest => ({
  proofs: [proof],
  method: 'POST',
  url,
  accessToken,
  expectedThumbprint: undefined,
  ...more,
})

const reasonOf = async (
  proof: string,
  more: Partial<ProvenRequest> = {},
  algorithms?: string[],
) => {
  const judged = await verifyDpopProof(request(proof, more), now, algorithms)
  return judged.kind === 'rejected' ? judged.reason : judged.kind
}

describe('verifyDpopProof()', () => {
  test.each([['ES256'], ['EdDSA']])(
    'names the key when an %s proof holds (RFC 9449 §4.3)',
    async (alg) => {
      const jkt = await calculateJwkThumbprint(keys[alg] ?? {})
      const proof = await sign({}, {}, alg)
      expect(await verifyDpopProof(request(proof, { expectedThumbprint: jkt }), now)).toEqual({
        kind: 'valid',
        jkt,
        jti: 'a-fresh-proof',
        replayUntil: now + 121,
      })
    },
  )

  test('takes the algorithm name Ed25519 too (RFC 9864)', async () => {
    const proof = await new SignJWT({ ...good() })
      .setProtectedHeader({ alg: 'Ed25519', typ: 'dpop+jwt', jwk: keys['EdDSA'] ?? {} })
      .sign(pairOf('EdDSA').privateKey)
    expect(await reasonOf(proof)).toBe('valid')
  })

  test('takes a proof without token hash when there is no token yet (RFC 9449 §5)', async () => {
    expect(await reasonOf(await sign({ ath: undefined }), { accessToken: undefined })).toBe('valid')
  })

  test.each([
    ['https://mcp.example.com/files/mcp', 'https://mcp.example.com/files/mcp?x=1'],
    ['https://mcp.example.com/files/mcp?y=2#z', 'https://mcp.example.com/files/mcp?x=1'],
    ['HTTPS://MCP.Example.com:443/files/mcp', 'https://mcp.example.com/files/mcp'],
    ['https://mcp.example.com', 'https://mcp.example.com/'],
    ['https://mcp.example.com/%7ea/%c3%bc', 'https://mcp.example.com/~a/%C3%BC'],
    ['http://localhost:80/mcp', 'http://localhost/mcp'],
  ])('takes htu %s for %s (RFC 9449 §4.3, RFC 3986 §6.2)', async (htu, asked) => {
    expect(await reasonOf(await sign({ htu }), { url: asked })).toBe('valid')
  })

  test.each([
    ['http://mcp.example.com/files/mcp'],
    ['https://mcp.example.com:8443/files/mcp'],
    ['https://mcp.example.com/files/mcp/'],
    ['https://mcp.example.com/files/MCP'],
    ['https://mcp.example.com/files%2Fmcp'],
    ['https://mcp.example.com/files'],
    ['https://evil.example/files/mcp'],
    ['https://mcp.example.com.evil.example/files/mcp'],
    ['https://user@mcp.example.com/files/mcp'],
    ['/files/mcp'],
    ['javascript:x'],
    [''],
    [undefined],
    [7],
    [[url]],
  ])('refuses htu %j (R96)', async (htu) => {
    expect(await reasonOf(await sign({ htu }))).toBe('wrong-url')
  })

  test('refuses every proof when the URL asked for is none (R96)', async () => {
    expect(await reasonOf(await sign({ htu: '' }), { url: '' })).toBe('wrong-url')
  })

  test.each([['post'], ['GET'], [''], [undefined], [['POST']]])(
    'refuses htm %j for POST (R96)',
    async (htm) => {
      expect(await reasonOf(await sign({ htm }))).toBe('wrong-method')
    },
  )

  test.each([
    [-61, 'stale'],
    [-60, 'valid'],
    [0, 'valid'],
    [60, 'valid'],
    [61, 'in-future'],
    [-86_400, 'stale'],
  ])('finds a proof made %i seconds from now %s (R96)', async (offset, reason) => {
    expect(await reasonOf(await sign({ iat: now + offset }))).toBe(reason)
  })

  test.each([[undefined], [null], ['1800000000'], [[now]]])('refuses iat %j (R96)', async (iat) => {
    expect(await reasonOf(await sign({ iat }))).toBe('malformed')
  })

  test('can forget an identifier only when its proof is stale, whenever it was made (R96)', async () => {
    const made = fc.integer({ min: -60, max: 60 })
    await fc.assert(
      fc.asyncProperty(made, async (offset) => {
        const asked = request(await sign({ iat: now + offset }))
        const judged = await verifyDpopProof(asked, now)
        if (judged.kind === 'rejected') expect.fail(judged.reason)
        expect(await verifyDpopProof(asked, judged.replayUntil)).toEqual({
          kind: 'rejected',
          reason: 'stale',
        })
      }),
      { numRuns: 30 },
    )
  })

  test.each([
    [undefined, 'bad-identifier'],
    ['', 'bad-identifier'],
    ['1234567', 'bad-identifier'],
    ['12345678', 'valid'],
    ['x'.repeat(256), 'valid'],
    ['x'.repeat(257), 'bad-identifier'],
    [12_345_678, 'bad-identifier'],
  ])('finds jti %j %s (R96)', async (jti, reason) => {
    expect(await reasonOf(await sign({ jti }))).toBe(reason)
  })

  test.each([[undefined], ['x'], [ath.toUpperCase()], [[ath]]])(
    'refuses ath %j when a token is there (R96)',
    async (claim) => {
      expect(await reasonOf(await sign({ ath: claim }))).toBe('wrong-token')
    },
  )

  test('refuses the proof for another token (R96)', async () => {
    expect(await reasonOf(await sign(), { accessToken: 'another' })).toBe('wrong-token')
  })

  test('refuses the proof of another key (R97)', async () => {
    const expectedThumbprint = await calculateJwkThumbprint(keys['EdDSA'] ?? {})
    expect(await reasonOf(await sign(), { expectedThumbprint })).toBe('wrong-key')
    expect(await reasonOf(await sign(), { expectedThumbprint: '' })).toBe('wrong-key')
  })

  test.each([['JWT'], ['at+jwt'], ['DPOP+JWT'], ['application/dpop+jwt'], [undefined]])(
    'refuses typ %j (R96, RFC 8725 §3.11)',
    async (typ) => {
      expect(await reasonOf(await sign({}, { typ }))).toBe('wrong-type')
    },
  )

  test('refuses none, one, two proofs as there are none, bad ones and several (R96)', async () => {
    const proof = await sign()
    expect(await reasonOf(proof, { proofs: [] })).toBe('missing')
    expect(await reasonOf(proof, { proofs: [proof, proof] })).toBe('several-proofs')
    expect(await reasonOf(proof, { proofs: [`${proof}, ${proof}`] })).toBe('malformed')
  })

  test('refuses algorithms outside the list, and takes RS256 once it is listed (R96)', async () => {
    const proof = await sign({}, {}, 'RS256')
    expect(await reasonOf(proof)).toBe('wrong-algorithm')
    expect(await reasonOf(proof, {}, ['ES256', 'RS256'])).toBe('valid')
    expect(await reasonOf(await sign({}, {}, 'ES384'))).toBe('wrong-algorithm')
  })

  test('refuses a proof without signature and one keyed with a secret (R110)', async () => {
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const header = { alg: 'none', typ: 'dpop+jwt', jwk: keys['ES256'] }
    expect(await reasonOf(`${encode(header)}.${encode(good())}.`)).toBe('wrong-algorithm')
    const secret = new TextEncoder().encode('a secret of thirty-two bytes....')
    const jwk = { kty: 'oct', k: Buffer.from(secret).toString('base64url') }
    const proof = await new SignJWT({ ...good() })
      .setProtectedHeader({
        alg: 'HS256',
        ...JSON.parse(JSON.stringify({ ...header, alg: 'HS256', jwk })),
      })
      .sign(secret)
    expect(await reasonOf(proof)).toBe('wrong-algorithm')
    expect(await reasonOf(proof, {}, ['HS256'])).toBe('bad-key')
  })

  test('refuses a proof that carries its private key (R96)', async () => {
    const jwk = await exportJWK(pairOf('ES256').privateKey)
    expect(await reasonOf(await sign({}, { jwk }))).toBe('bad-key')
  })

  test.each([
    ['none', undefined],
    ['a text', 'x'],
    ['an address', { jku: 'https://evil.example/' }],
    ['a symmetric one', { kty: 'oct', k: 'AAAA' }],
    ['an RSA key above 4096 bits', { kty: 'RSA', e: 'AQAB', n: 'A'.repeat(684) }],
    ['a point off the curve', { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA' }],
    ['another curve', { kty: 'EC', crv: 'P-384', x: 'A'.repeat(64), y: 'A'.repeat(64) }],
  ])('refuses a key that is %s (R96)', async (_what, jwk) => {
    expect(await reasonOf(await sign({}, { jwk }))).toBe('bad-key')
  })

  test('refuses a key of another kind than the algorithm (R110)', async () => {
    expect(await reasonOf(await sign({}, { jwk: keys['EdDSA'] }))).toBe('bad-key')
  })

  test('refuses a proof that another key signed, or that was changed (RFC 9449 §4.3)', async () => {
    const other = await exportJWK((await generateKeyPair('ES256')).publicKey)
    expect(await reasonOf(await sign({}, { jwk: other }))).toBe('bad-signature')
    const [header, , signature] = (await sign()).split('.')
    const payload = Buffer.from(JSON.stringify({ ...good(), jti: 'another-one' }))
    expect(await reasonOf(`${header}.${payload.toString('base64url')}.${signature}`)).toBe(
      'bad-signature',
    )
  })

  test('refuses headers that change what was signed, and unknown critical ones (R111)', async () => {
    expect(await reasonOf(await sign({}, { zip: 'DEF' }))).toBe('malformed')
    const [header, payload, signature] = (await sign()).split('.')
    const members = JSON.parse(Buffer.from(header ?? '', 'base64url').toString())
    const critical = Buffer.from(JSON.stringify({ ...members, crit: ['x'], x: 1 }))
    expect(await reasonOf(`${critical.toString('base64url')}.${payload}.${signature}`)).toBe(
      'malformed',
    )
  })

  test.each([['[]'], ['"x"'], ['null'], ['{'], ['\u00ff']])(
    'refuses %j as what was signed (RFC 7519 §7.2)',
    async (text) => {
      const proof = await new CompactSign(new TextEncoder().encode(text))
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: keys['ES256'] ?? {} })
        .sign(pairOf('ES256').privateKey)
      expect(await reasonOf(proof)).toBe('malformed')
    },
  )

  test('does not look at a proof longer than 8 KiB (R118)', async () => {
    expect(await reasonOf(await sign({ padding: 'a'.repeat(8192) }))).toBe('too-long')
  })

  test('rejects whatever is no proof, and never throws (R99)', async () => {
    const proof = await sign()
    const text = fc.oneof(
      fc.string({ maxLength: 200 }),
      fc
        .array(fc.base64String({ maxLength: 40 }), { maxLength: 4 })
        .map((parts) => parts.join('.')),
      fc
        .tuple(fc.nat(proof.length - 2), fc.constantFrom('A', '.', '_', ' ', 'ü'))
        .map(([at, letter]) => proof.slice(0, at) + letter + proof.slice(at + 1)),
    )
    await fc.assert(
      fc.asyncProperty(text, async (input) => {
        const judged = await verifyDpopProof(request(input), now)
        expect(judged.kind).toBe(input === proof ? 'valid' : 'rejected')
      }),
      { numRuns: 300 },
    )
  })
})
