import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLogoutVerifier } from '../../../src/adapters/logout-tokens.ts'
import { createGuardedFetch } from '../../../src/adapters/outbound.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'
import { silentLog } from '../../contract/silent-log.ts'
import { startTokenIssuer, type TestIssuer } from '../../support/token-issuer.ts'

const clock = { time: 1_800_000_000 }
const now = () => epochSeconds(clock.time)

let provider: TestIssuer
beforeEach(async () => {
  clock.time = 1_800_000_000
  provider = await startTokenIssuer({ now, path: '/realms/home' })
})
afterEach(() => provider.close())

const logoutToken = (claims: object = {}, kid?: string) =>
  provider.sign(
    {
      aud: 'sallyport',
      jti: 'token-1',
      sid: 'session-1',
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
      ...claims,
    },
    { typ: 'logout+jwt' },
    kid,
  )

function createVerifier() {
  const later: (() => void)[] = []
  const verifier = createLogoutVerifier(
    { id: 'home', issuer: provider.issuer, clientId: 'sallyport', algorithms: ['ES256'] },
    {
      fetch: createGuardedFetch({ allowInsecureLoopback: true }),
      log: silentLog,
      now,
      after: (_milliseconds, run) => void later.push(run),
    },
  )
  const check = async (text: string) => {
    const answer = await verifier.verify(text, now())
    return answer.kind === 'rejected' ? answer.reason : answer.kind
  }
  return { check, later }
}

describe('createLogoutVerifier()', () => {
  it('asks for the keys once and verifies every token with them', async () => {
    const { check } = createVerifier()
    expect(await check(await logoutToken())).toBe('verified')
    expect(await check(await logoutToken({ jti: 'token-2' }))).toBe('verified')
    expect(provider.keySetRequests()).toBe(1)
  })

  it('asks nobody for a text that cannot be a token of this provider', async () => {
    const { check } = createVerifier()
    expect(await check('no token')).toBe('malformed')
    expect(await check('x'.repeat(10_000))).toBe('too-long')
    expect(await check(await logoutToken({ iss: 'https://evil.example' }))).toBe('unknown-issuer')
    expect(provider.requests).toEqual([])
  })

  it('fetches the keys once more after the provider changed them, and not for every unknown key (R39)', async () => {
    const { check } = createVerifier()
    expect(await check(await logoutToken())).toBe('verified')
    await provider.rotate({ kid: 'two', keepOld: true })
    clock.time += 31
    expect(await check(await logoutToken())).toBe('verified')
    expect(await check(await logoutToken({}, 'one'))).toBe('verified')
    await provider.rotate({ kid: 'three', keepOld: true })
    expect(await check(await logoutToken())).toBe('unknown-key')
    expect(provider.keySetRequests()).toBe(2)
  })

  it('waits for slow keys, because a provider sends a logout only once', async () => {
    const { check } = createVerifier()
    provider.says.delayMs = 700
    expect(await check(await logoutToken())).toBe('verified')
  })

  it('says that it cannot tell while the keys cannot be had, and can when they are back', async () => {
    const { check, later } = createVerifier()
    provider.behave('status-500')
    expect(await check(await logoutToken())).toBe('unavailable')
    provider.behave('none')
    for (const run of later.splice(0)) run()
    await expect.poll(async () => check(await logoutToken()), { timeout: 10_000 }).toBe('verified')
  })

  it('asks a provider that is down once a second at most, whoever sends tokens (R39)', async () => {
    const { check } = createVerifier()
    provider.behave('status-500')
    expect(await check(await logoutToken())).toBe('unavailable')
    const asked = provider.requests.length
    for (let times = 0; times < 5; times += 1) await check(await logoutToken())
    expect(provider.requests).toHaveLength(asked)
    clock.time += 1
    await check(await logoutToken())
    expect(provider.requests).toHaveLength(2 * asked)
  })

  it('has one timer that tries again, however many tokens come while the provider is down', async () => {
    const { check, later } = createVerifier()
    provider.behave('status-500')
    for (let times = 0; times < 10; times += 1) {
      expect(await check(await logoutToken())).toBe('unavailable')
      clock.time += 2
    }
    expect(later).toHaveLength(1)
    provider.behave('none')
    expect(await check(await logoutToken())).toBe('verified')
    const asked = provider.requests.length
    for (const run of later.splice(0)) run()
    expect(await check(await logoutToken({ jti: 'token-2' }))).toBe('verified')
    expect([later, provider.requests.length]).toEqual([[], asked])
  })
})
