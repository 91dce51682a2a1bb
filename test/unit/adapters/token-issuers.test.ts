import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { createGuardedFetch } from '../../../src/adapters/outbound.ts'
import { createTokenVerifier, type TokenIssuer } from '../../../src/adapters/token-issuers.ts'
import type { Log, LogFields } from '../../../src/ports/runtime.ts'
import type { TokenVerification } from '../../../src/ports/token-verifier.ts'
import { defaultAlgorithms } from '../../../src/protocol/access-token.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'
import { startTokenIssuer, type TestIssuer } from '../../support/token-issuer.ts'

const clock = { time: 1_800_000_000 }
const now = () => epochSeconds(clock.time)
const pass = (seconds: number) => {
  clock.time += seconds
}

const open: TestIssuer[] = []
afterEach(async () => {
  clock.time = 1_800_000_000
  await Promise.all(open.splice(0).map((issuer) => issuer.close()))
})

async function start(options: Partial<Parameters<typeof startTokenIssuer>[0]> = {}) {
  const issuer = await startTokenIssuer({ now, ...options })
  open.push(issuer)
  return issuer
}

const settingsOf = (from: TestIssuer, change: Partial<TokenIssuer> = {}): TokenIssuer => ({
  issuer: from.issuer,
  jwksUri: from.jwksUri,
  algorithms: defaultAlgorithms,
  acceptPlainJwtType: false,
  provider: '',
  claims: { email: ['email'], name: [], username: [], groups: ['groups'] },
  trustEmailWithoutClaim: false,
  acceptVerifiedAsText: false,
  ...change,
})

function createVerifier(issuers: readonly TokenIssuer[], timeoutMs = 5000) {
  const lines: { event: string; fields: LogFields | undefined }[] = []
  const note = (event: string, fields?: LogFields) => {
    lines.push({ event, fields })
  }
  const log: Log = { debug: note, info: note, warn: note, error: note, debugEnabled: false }
  const waiting: { milliseconds: number; run: () => void }[] = []
  const fetch = createGuardedFetch({ allowInsecureLoopback: true, timeoutMs })
  const after = (milliseconds: number, run: () => void) => {
    waiting.push({ milliseconds, run })
  }
  const verifier = createTokenVerifier(issuers, { fetch, log, now, after, cacheSize: 100 })
  const check = async (token: string) => {
    const result = await verifier.verify(token, now())
    return result.kind === 'rejected' ? result.reason : result.kind
  }
  return { verifier, check, lines, waiting }
}

const isSynchronous = (answer: TokenVerification | Promise<TokenVerification>) =>
  !(answer instanceof Promise)

const until = (condition: () => boolean) =>
  expect.poll(condition, { timeout: 10_000, interval: 2 }).toBe(true)

describe('createTokenVerifier(): where the keys are', () => {
  test.each([
    ['openid', '', ['GET /.well-known/openid-configuration', 'GET /keys']],
    [
      'openid',
      '/realms/home',
      ['GET /realms/home/.well-known/openid-configuration', 'GET /realms/home/keys'],
    ],
    [
      'oauth',
      '/realms/home',
      [
        'GET /realms/home/.well-known/openid-configuration',
        'GET /.well-known/oauth-authorization-server/realms/home',
        'GET /realms/home/keys',
      ],
    ],
  ] as const)(
    'finds them by the %s document under "%s" (RFC 8414 §3.1)',
    async (documents, path, asked) => {
      const issuer = await start({ documents, path })
      const { check } = createVerifier([settingsOf(issuer, { jwksUri: undefined })])
      expect(await check(await issuer.sign())).toBe('verified')
      expect(issuer.requests).toEqual(asked)
    },
  )

  test('asks nobody but the given address when there is one', async () => {
    const issuer = await start()
    const { check } = createVerifier([settingsOf(issuer)])
    expect(await check(await issuer.sign())).toBe('verified')
    expect(issuer.requests).toEqual(['GET /keys'])
  })

  test.each(['trailing slash', 'other host', 'upper case'])(
    'uses no document whose issuer differs by %s (R38)',
    async (difference) => {
      const issuer = await start()
      const said = {
        'trailing slash': `${issuer.issuer}/`,
        'other host': 'https://evil.example',
        'upper case': issuer.issuer.replace('http:', 'HTTP:'),
      }[difference]
      issuer.says.issuer = said ?? ''
      const { check, lines } = createVerifier([settingsOf(issuer, { jwksUri: undefined })])
      expect(await check(await issuer.sign())).toBe('unavailable')
      expect(issuer.keySetRequests()).toBe(0)
      expect(lines.map(({ event }) => event)).toEqual(['issuer.unavailable'])
    },
  )

  test('asks no plain http address that is not this machine (R38)', async () => {
    const issuer = await start()
    issuer.says.jwksUri = 'http://keys.example.com/keys'
    const { check, lines } = createVerifier([settingsOf(issuer, { jwksUri: undefined })])
    expect(await check(await issuer.sign())).toBe('unavailable')
    expect(String(lines[0]?.fields?.['reason'])).toContain('expected an https URL')
  })

  test.each(['refuse', 'status-500', 'redirect', 'html', 'no-keys', 'one-megabyte'] as const)(
    'is unavailable while the issuer answers with %s, and recovers by itself (R14, R38)',
    async (how) => {
      const issuer = await start()
      issuer.behave(how)
      const { check, waiting, verifier } = createVerifier([
        settingsOf(issuer, { jwksUri: undefined }),
      ])
      const token = await issuer.sign()
      expect(await check(token)).toBe('unavailable')
      expect(issuer.requests).not.toContain('GET /moved')
      issuer.behave('none')
      waiting[0]?.run()
      await until(() => verifier.stats().issuers[0]?.keys === 'fresh')
      expect(await check(token)).toBe('verified')
    },
  )

  test('refuses what no key could save while the issuer is down, instead of saying unavailable (R135)', async () => {
    const issuer = await start()
    issuer.behave('refuse')
    const { check } = createVerifier([settingsOf(issuer)])
    const genuine = await issuer.sign()
    expect(await check(genuine)).toBe('unavailable')
    const [, payload = ''] = genuine.split('.')
    for (const header of [
      { alg: 'none' },
      { alg: 'HS256', typ: 'at+jwt' },
      { alg: 'RS256', crit: ['x'], x: 1 },
    ]) {
      const forged = Buffer.from(JSON.stringify(header)).toString('base64url')
      expect(await check(`${forged}.${payload}.AAAA`)).not.toBe('unavailable')
      expect(await check(`${forged}.${payload}.AAAA`)).not.toBe('verified')
    }
  })

  test('waits one second at most for the first keys, then says unavailable (R14)', async () => {
    const issuer = await start()
    issuer.behave('silent')
    const { check, verifier } = createVerifier([settingsOf(issuer)], 10_000)
    const begun = performance.now()
    expect(await check(await issuer.sign())).toBe('unavailable')
    const waited = performance.now() - begun
    expect(waited).toBeGreaterThan(900)
    expect(waited).toBeLessThan(2500)
    expect(verifier.stats().issuers).toEqual([{ issuer: issuer.issuer, keys: 'none' }])
  })

  test('tries again with longer and longer pauses, and asks for no request meanwhile (R136)', async () => {
    const issuer = await start()
    issuer.behave('refuse')
    const { check, waiting, verifier } = createVerifier([settingsOf(issuer)])
    await verifier.warmUp()
    for (let attempt = 1; attempt < 9; attempt++) {
      expect(await check(await issuer.sign())).toBe('unavailable')
      expect(issuer.requests.length).toBe(attempt)
      waiting.at(-1)?.run()
      await until(() => waiting.length === attempt + 1)
    }
    expect(waiting.map(({ milliseconds }) => milliseconds / 1000)).toEqual([
      1, 2, 4, 8, 16, 32, 60, 60, 60,
    ])
  })

  test('has the keys before the first token after warmUp()', async () => {
    const issuer = await start()
    const { verifier, check } = createVerifier([settingsOf(issuer)])
    await verifier.warmUp()
    issuer.behave('refuse')
    expect(await check(await issuer.sign())).toBe('verified')
  })
})

describe('createTokenVerifier(): whose tokens', () => {
  test('refuses an issuer that is not listed without asking anyone (AP4)', async () => {
    const [listed, foreign] = [await start(), await start()]
    const { check } = createVerifier([settingsOf(listed)])
    expect(await check(await foreign.sign())).toBe('unknown-issuer')
    for (const iss of [`${listed.issuer}/`, listed.issuer.toUpperCase(), 7, null, ['x'], undefined])
      expect(await check(await listed.sign({ iss }))).toBe('unknown-issuer')
    expect([...listed.requests, ...foreign.requests]).toEqual([])
  })

  test('never lets keys of one issuer verify tokens of another, also under one kid (AP4)', async () => {
    const [a, b] = [await start({ kid: 'same' }), await start({ kid: 'same' })]
    const { check } = createVerifier([settingsOf(a), settingsOf(b)])
    expect(await check(await a.sign())).toBe('verified')
    expect(await check(await b.sign())).toBe('verified')
    expect(await check(await a.sign({ iss: b.issuer }))).toBe('bad-signature')
    expect(await check(await b.sign({ iss: a.issuer }))).toBe('bad-signature')
  })

  test('applies the settings of the issuer to its tokens', async () => {
    const [a, b] = [await start(), await start()]
    const { check } = createVerifier([settingsOf(a), settingsOf(b, { acceptPlainJwtType: true })])
    expect(await check(await a.sign({}, { typ: 'JWT' }))).toBe('wrong-type')
    expect(await check(await b.sign({}, { typ: 'JWT' }))).toBe('verified')
  })

  test.each(['HS256', 'hs512', 'none'])('cannot be made for %s (R110)', async (algorithm) => {
    const issuer = await start()
    const settings = settingsOf(issuer, { algorithms: ['RS256', algorithm] })
    expect(() => createVerifier([settings])).toThrow(algorithm)
  })

  test('never throws and asks nobody, whatever the text', async () => {
    const issuer = await start()
    const { verifier } = createVerifier([settingsOf(issuer)])
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 9000 }), async (text) => {
        expect((await verifier.verify(text, now())).kind).toBe('rejected')
      }),
    )
    expect(await verifier.verify('x'.repeat(8193), now())).toEqual({
      kind: 'rejected',
      reason: 'too-long',
    })
    expect(issuer.requests).toEqual([])
  })
})

describe('createTokenVerifier(): keys that change', () => {
  test('renews keys in the background after ten minutes (R39)', async () => {
    const issuer = await start()
    const { check, verifier } = createVerifier([settingsOf(issuer)])
    await verifier.warmUp()
    pass(599)
    await check(await issuer.sign())
    expect(issuer.keySetRequests()).toBe(1)
    pass(1)
    const token = await issuer.sign()
    // Whoever waited for an answer that does not come would wait for a second.
    issuer.behave('silent')
    const begun = performance.now()
    expect(await check(token)).toBe('verified')
    expect(performance.now() - begun).toBeLessThan(900)
    await until(() => issuer.keySetRequests() === 2)
  })

  test.each([
    ['max-age=0', 60],
    ['public, max-age=59', 60],
    ['max-age=120, must-revalidate', 120],
    ['s-maxage=1, MAX-AGE="900"', 900],
    ['max-age=86400', 3600],
    ['no-store', 600],
    ['max-age=never', 600],
    ['x-max-age=7', 600],
  ])('takes "%s" as %i seconds (R39)', async (cacheControl, lifetime) => {
    const issuer = await start()
    issuer.says.cacheControl = cacheControl
    const { verifier } = createVerifier([settingsOf(issuer)])
    await verifier.warmUp()
    pass(lifetime - 1)
    expect(verifier.stats().issuers[0]?.keys).toBe('fresh')
    pass(1)
    expect(verifier.stats().issuers[0]?.keys).toBe('stale')
  })

  test('asks once for an unknown key and finds a new one (C4)', async () => {
    const issuer = await start()
    const { check, verifier } = createVerifier([settingsOf(issuer)])
    await verifier.warmUp()
    pass(30)
    await issuer.rotate({ kid: 'two', keepOld: true })
    expect(await check(await issuer.sign())).toBe('verified')
    expect(await check(await issuer.sign({}, {}, 'one'))).toBe('verified')
    expect(issuer.keySetRequests()).toBe(2)
  })

  test('asks once in thirty seconds however many tokens name unknown keys (R39)', async () => {
    const issuer = await start()
    const { check, verifier } = createVerifier([settingsOf(issuer)])
    await verifier.warmUp()
    pass(30)
    issuer.says.delayMs = 50
    const tokens = await Promise.all(
      Array.from({ length: 200 }, (_, index) => issuer.sign({}, { kid: `unknown-${index}` })),
    )
    const answers = await Promise.all(tokens.map(check))
    expect(new Set(answers)).toEqual(new Set(['unknown-key']))
    expect(issuer.keySetRequests()).toBe(2)
    pass(29)
    expect(await check(await issuer.sign({}, { kid: 'later' }))).toBe('unknown-key')
    expect(issuer.keySetRequests()).toBe(2)
    pass(1)
    expect(await check(await issuer.sign({}, { kid: 'much-later' }))).toBe('unknown-key')
    expect(issuer.keySetRequests()).toBe(3)
  })

  test('fetches keys once for 200 first tokens at the same time', async () => {
    const issuer = await start()
    issuer.says.delayMs = 20
    const { check } = createVerifier([settingsOf(issuer, { jwksUri: undefined })])
    const tokens = await Promise.all(
      Array.from({ length: 200 }, (_, index) => issuer.sign({ sub: `u-${index % 7}` })),
    )
    expect(new Set(await Promise.all(tokens.map(check)))).toEqual(new Set(['verified']))
    expect(issuer.requests.length).toBe(2)
  })

  test('drops remembered tokens when a key is gone (R93)', async () => {
    const issuer = await start()
    const { check, verifier } = createVerifier([settingsOf(issuer)])
    const token = await issuer.sign()
    expect(await check(token)).toBe('verified')
    pass(30)
    await issuer.rotate({ kid: 'two', keepOld: false })
    expect(await check(token)).toBe('verified')
    expect(await check(await issuer.sign())).toBe('verified')
    expect(await check(token)).toBe('unknown-key')
    expect(verifier.stats().accepted).toBe(0)
  })

  test('accepts at once what was refused a moment before its key was published', async () => {
    const issuer = await start()
    const { check, verifier } = createVerifier([settingsOf(issuer)])
    await verifier.warmUp()
    await issuer.rotate({ kid: 'two', keepOld: true })
    const token = await issuer.sign()
    pass(25)
    expect(await check(token)).toBe('unknown-key')
    pass(5)
    expect(await check(token)).toBe('unknown-key')
    expect(await check(await issuer.sign({ sub: 'someone else' }))).toBe('verified')
    expect(await check(token)).toBe('verified')
  })

  test('serves the keys it has for a day while the issuer is down, without waiting (R39, C4)', async () => {
    const issuer = await start()
    const { check, verifier, waiting } = createVerifier([settingsOf(issuer)])
    await verifier.warmUp()
    issuer.behave('silent')
    pass(700)
    expect(await check(await issuer.sign())).toBe('verified')
    issuer.behave('refuse')
    await issuer.close()
    await until(() => waiting.length === 1)
    pass(24 * 3600 - 701)
    const begun = performance.now()
    expect(await check(await issuer.sign())).toBe('verified')
    expect(await check(await issuer.sign({}, { kid: 'unknown' }))).toBe('unknown-key')
    expect(performance.now() - begun).toBeLessThan(900)
    expect(verifier.stats().issuers[0]?.keys).toBe('stale')
    pass(1)
    expect(await check(await issuer.sign())).toBe('unavailable')
    expect(verifier.stats().issuers[0]?.keys).toBe('none')
  })

  test('asks before it trusts keys that nobody has used for long', async () => {
    const issuer = await start()
    const { check, verifier } = createVerifier([settingsOf(issuer)])
    await verifier.warmUp()
    await issuer.rotate({ kid: 'two', keepOld: false })
    pass(1200)
    expect(await check(await issuer.sign({}, {}, 'one'))).toBe('unknown-key')
  })
})

describe('createTokenVerifier(): remembered tokens', () => {
  test('answers synchronously the second time, and with the very same object', async () => {
    const issuer = await start()
    const { verifier } = createVerifier([settingsOf(issuer)])
    const token = await issuer.sign()
    const first = verifier.verify(token, now())
    expect(isSynchronous(first)).toBe(false)
    expect((await first).kind).toBe('verified')
    const second = verifier.verify(token, now())
    expect(isSynchronous(second)).toBe(true)
    expect(verifier.verify(token, now())).toBe(second)
    expect(second).toEqual(await first)
  })

  test('verifies one token once however many requests carry it', async () => {
    const issuer = await start()
    const { verifier } = createVerifier([settingsOf(issuer)])
    const token = await issuer.sign()
    const answers = Array.from({ length: 20 }, () => verifier.verify(token, now()))
    expect(new Set(answers).size).toBe(1)
    expect((await answers[0])?.kind).toBe('verified')
  })

  test('remembers a rejection for ten seconds', async () => {
    const issuer = await start()
    const { verifier, check } = createVerifier([settingsOf(issuer)])
    const token = await issuer.sign({ exp: clock.time - 61 })
    expect(await check(token)).toBe('expired')
    expect(isSynchronous(verifier.verify(token, now()))).toBe(true)
    pass(10)
    expect(isSynchronous(verifier.verify(token, now()))).toBe(false)
  })

  test('never answers from memory past the end of the token', async () => {
    const issuer = await start()
    const { verifier, check } = createVerifier([settingsOf(issuer)])
    const token = await issuer.sign({ exp: clock.time + 20 })
    expect(await check(token)).toBe('verified')
    pass(19)
    expect(isSynchronous(verifier.verify(token, now()))).toBe(true)
    pass(1)
    const again = verifier.verify(token, now())
    expect(isSynchronous(again)).toBe(false)
    expect((await again).kind).toBe('verified')
    const last = verifier.verify(token, now())
    expect(isSynchronous(last)).toBe(false)
    await last
    pass(60)
    expect(await check(token)).toBe('expired')
  })

  test('forgets on demand, also what is being verified at that moment', async () => {
    const issuer = await start()
    const { verifier, check } = createVerifier([settingsOf(issuer)])
    const [mine, other] = [await issuer.sign(), await issuer.sign({ sub: 'u-2' })]
    await check(mine)
    const pending = verifier.verify(other, now())
    expect(verifier.forget(({ identity }) => identity.subject === 'u-1')).toBe(1)
    await pending
    expect(isSynchronous(verifier.verify(mine, now()))).toBe(false)
    expect(verifier.stats().accepted).toBe(0)
  })

  test('holds no more tokens than its limit', async () => {
    const issuer = await start()
    const { verifier, check } = createVerifier([settingsOf(issuer)])
    for (let index = 0; index < 130; index++) await check(await issuer.sign({ jti: `${index}` }))
    expect(verifier.stats().accepted).toBe(80)
  })

  test('writes no token into the log (AP8)', async () => {
    const issuer = await start()
    const { check, lines } = createVerifier([settingsOf(issuer, { jwksUri: undefined })])
    const token = await issuer.sign({ email: 'canary@example.com' })
    issuer.behave('status-500')
    await check(token)
    const text = JSON.stringify(lines)
    for (const part of [...token.split('.'), 'canary', 'u-1']) expect(text).not.toContain(part)
    expect(lines.length).toBe(1)
  })
})
