import { describe, expect, test } from 'vitest'
import { findFlowCookie, formatFlowCookies } from '../../../src/http/flow-cookie.ts'
import { parseCookies } from '../../../src/protocol/cookies.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'

const stateHash = 'abcdefgh-the-rest-of-a-hash'
const cookieAt = (moment: number, secret: string): string => {
  const flow = { stateHash, secret, now: epochSeconds(moment) }
  return formatFlowCookies(parseCookies(''), flow, true)[0]?.split(';')[0] ?? ''
}

describe('findFlowCookie()', () => {
  test('finds the cookie of a state among others', () => {
    const cookies = parseCookies(`a=b; ${cookieAt(1_800_000_000, 'mine')}; c=d`)
    expect(findFlowCookie(cookies, stateHash, true)?.secret).toBe('mine')
    expect(findFlowCookie(cookies, 'another-state-altogether', true)).toBeUndefined()
  })

  test.each([
    ['of two moments', cookieAt(1_800_000_001, 'theirs')],
    ['of one name with another value', cookieAt(1_800_000_000, 'theirs')],
  ])('finds none when two cookies claim one state: %s (R18)', (_, other) => {
    const mine = cookieAt(1_800_000_000, 'mine')
    for (const header of [`${mine}; ${other}`, `${other}; ${mine}`]) {
      expect(findFlowCookie(parseCookies(header), stateHash, true)).toBeUndefined()
    }
  })
})
