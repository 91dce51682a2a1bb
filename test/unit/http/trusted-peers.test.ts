import { describe, expect, test } from 'vitest'
import { createTrustedPeers } from '../../../src/http/trusted-peers.ts'

const peers = createTrustedPeers(['127.0.0.0/8', '::1', '172.18.0.0/16', '2001:db8::/32'])

describe('createTrustedPeers().includes()', () => {
  test.each<[string | undefined, boolean]>([
    ['127.0.0.1', true],
    ['127.255.0.9', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['::ffff:192.0.2.1', false],
    ['::ffff:c000:201', false],
    ['0:0:0:0:0:0:0:1', true],
    ['::7f00:1', false],
    ['172.18.3.4', true],
    ['172.19.0.1', false],
    ['2001:db8:1::1', true],
    ['2001:db9::1', false],
    ['192.0.2.1', false],
    ['', false],
    ['not an address', false],
    [undefined, true],
  ])('%s: %s (R2, CVE-2026-47674)', (address, expected) => {
    expect(peers.includes(address)).toBe(expected)
    expect(peers.includes(address)).toBe(expected)
  })

  test('trusts nobody on the network when there is no range', () => {
    expect(createTrustedPeers([]).includes('127.0.0.1')).toBe(false)
  })

  test('throws for a range that is none, instead of trusting less or more', () => {
    expect(() => createTrustedPeers(['localhost/8'])).toThrow('localhost/8')
  })
})

describe('createTrustedPeers().clientAddress()', () => {
  test.each<[string | undefined, string | undefined, string]>([
    ['127.0.0.1', '192.0.2.7', '192.0.2.7'],
    ['127.0.0.1', '198.51.100.1, 192.0.2.7', '192.0.2.7'],
    ['127.0.0.1', '198.51.100.1, 192.0.2.7, 172.18.0.2', '192.0.2.7'],
    ['127.0.0.1', '172.18.0.9, 172.18.0.2', '172.18.0.9'],
    ['127.0.0.1', 'unknown', '127.0.0.1'],
    ['127.0.0.1', '192.0.2.7, evil', '127.0.0.1'],
    ['127.0.0.1', undefined, '127.0.0.1'],
    ['192.0.2.1', '198.51.100.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '198.51.100.1', '192.0.2.1'],
    [undefined, '192.0.2.7', '192.0.2.7'],
    [undefined, undefined, 'local'],
  ])('peer %s, forwarded for %s: %s (R3, CVE-2023-36456)', (peer, forwardedFor, expected) => {
    expect(peers.clientAddress(peer, forwardedFor)).toBe(expected)
  })
})
