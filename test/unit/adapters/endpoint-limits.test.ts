import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  createEndpointLimits,
  createRegistrationLimits,
  type EndpointLimits,
  type LimitedEndpoint,
} from '../../../src/adapters/endpoint-limits.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

type Outcome = 'failed' | 'failed-authentication' | 'succeeded'

/** Asks `times` times and answers how often that was allowed, and the last time to wait. */
async function ask(
  { countAddress, countClient }: EndpointLimits,
  endpoint: LimitedEndpoint,
  times: number,
  {
    address = '203.0.113.7',
    clientId = undefined as string | undefined,
    outcome = 'succeeded' as Outcome,
  } = {},
) {
  let allowed = 0
  let retryAfter: number | undefined
  for (let asked = 0; asked < times; asked++) {
    const wait = await countAddress(endpoint, address)
    if (wait !== undefined) {
      retryAfter = wait
      continue
    }
    const answer = await countClient(endpoint, { address, clientId })
    if (answer.kind === 'limited') retryAfter = answer.retryAfter
    else {
      allowed += 1
      await answer.answered(outcome)
    }
  }
  return { allowed, retryAfter }
}

describe('createEndpointLimits()', () => {
  test.each<[LimitedEndpoint, number]>([
    ['authorize', 60],
    ['continue', 120],
    ['token', 120],
    ['introspect', 600],
    ['revoke', 600],
    ['register', 60],
  ])('allows %s %i times a minute by one address (R123)', async (endpoint, most) => {
    const limits = createEndpointLimits()
    expect(await ask(limits, endpoint, most + 1)).toEqual({ allowed: most, retryAfter: 60 })
    expect((await ask(limits, endpoint, 1, { address: '203.0.113.8' })).allowed).toBe(1)
    vi.advanceTimersByTime(60_000)
    expect((await ask(limits, endpoint, 1)).allowed).toBe(1)
  })

  test('counts the 64 bits that one holder of IPv6 has as one address (R123)', async () => {
    const limits = createEndpointLimits()
    await ask(limits, 'authorize', 60, { address: '2001:db8:1:2::1' })
    expect((await ask(limits, 'authorize', 1, { address: '2001:db8:1:2:ffff::9' })).allowed).toBe(0)
    expect((await ask(limits, 'authorize', 1, { address: '2001:db8:1:3::1' })).allowed).toBe(1)
  })

  test.each<[LimitedEndpoint, number]>([
    ['token', 60],
    ['introspect', 600],
    ['revoke', 600],
  ])(
    'allows %s %i times a minute by one client from many addresses (R123)',
    async (endpoint, most) => {
      const limits = createEndpointLimits()
      let allowed = 0
      for (let asked = 0; asked < most + 5; asked++) {
        const address = `203.0.113.${asked % 20}`
        allowed += (await ask(limits, endpoint, 1, { address, clientId: 'a' })).allowed
      }
      expect(allowed).toBe(most)
      expect(
        (await ask(limits, endpoint, 1, { address: '192.0.2.1', clientId: 'b' })).allowed,
      ).toBe(1)
    },
  )

  test('does not let others use up what a client has, by failing or by many at once', async () => {
    const limits = createEndpointLimits()
    const foe = (asked: number) => ({ address: `198.51.100.${asked}`, clientId: 'a' })
    for (let asked = 0; asked < 20; asked++)
      await ask(limits, 'token', 9, { ...foe(asked), outcome: 'failed' })
    const atOnce = Array.from({ length: 100 }, (_, asked) =>
      limits.countClient('token', foe(asked)),
    )
    for (const answer of await Promise.all(atOnce))
      if (answer.kind === 'allowed') await answer.answered('failed')
    expect((await ask(limits, 'token', 1, { clientId: 'a' })).allowed).toBe(1)
  })

  test('allows ten failed authentications a minute by client and address together (R123)', async () => {
    const limits = createEndpointLimits()
    const foe = { clientId: 'a', outcome: 'failed-authentication' } as const
    expect(await ask(limits, 'token', 11, foe)).toEqual({ allowed: 10, retryAfter: 60 })
    expect((await ask(limits, 'introspect', 1, foe)).allowed).toBe(0)
    expect((await ask(limits, 'token', 1, { clientId: 'b' })).allowed).toBe(1)
    expect((await ask(limits, 'token', 1, { clientId: 'a', address: '192.0.2.1' })).allowed).toBe(1)
    vi.advanceTimersByTime(60_000)
    expect((await ask(limits, 'token', 1, foe)).allowed).toBe(1)
  })
})

describe('createRegistrationLimits()', () => {
  test('allows ten registrations an hour by an address and a hundred by all (R103)', async () => {
    const limits = createRegistrationLimits()
    const register = async (address: string, times: number) => {
      const waits: (number | undefined)[] = []
      for (let asked = 0; asked < times; asked++) waits.push(await limits.count(address))
      return waits.filter((wait) => wait === undefined).length
    }
    expect(await register('2001:db8:1:2::1', 6)).toBe(6)
    expect(await register('2001:db8:1:2::2', 6)).toBe(4)
    for (let other = 1; other <= 9; other++) expect(await register(`192.0.2.${other}`, 10)).toBe(10)
    expect(await limits.count('192.0.2.99')).toBe(3600)
    vi.advanceTimersByTime(3_600_000)
    expect(await register('192.0.2.99', 11)).toBe(10)
  })

  test('counts nothing that is taken back', async () => {
    const limits = createRegistrationLimits()
    for (let asked = 0; asked < 300; asked++) {
      expect(await limits.count('192.0.2.1')).toBeUndefined()
      await limits.takeBack('192.0.2.1')
    }
  })
})
