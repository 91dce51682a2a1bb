import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createPublicLookup, isGlobalUnicast } from '../../../src/adapters/public-address.ts'

describe('isGlobalUnicast()', () => {
  test.each([
    '8.8.8.8',
    '1.1.1.1',
    '172.15.255.255',
    '172.32.0.1',
    '100.128.0.1',
    '2606:4700::1111',
    '2a00:1450:4001::5',
  ])('is true when it is %s', (address) => {
    expect(isGlobalUnicast(address)).toBe(true)
  })

  test.each([
    ['unspecified', '0.0.0.0', '0.1.2.3', '::'],
    ['loopback', '127.0.0.1', '127.255.255.254', '::1'],
    ['private', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
    ['link-local', '169.254.169.254', 'fe80::1', 'fe80::1%eth0', 'febf::1'],
    ['carrier-grade NAT', '100.64.0.1', '100.127.255.255'],
    ['unique local', 'fc00::1', 'fd12:3456::1', 'fd00:ec2::254'],
    ['site-local', 'fec0::1'],
    ['IPv4-mapped', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8', '0:0:0:0:0:ffff:a00:1'],
    ['IPv4-compatible', '::127.0.0.1', '::808:808'],
    ['IPv4-translated', '::ffff:0:127.0.0.1'],
    ['NAT64', '64:ff9b::7f00:1', '64:ff9b::8.8.8.8', '64:ff9b:1::1'],
    ['6to4', '2002:7f00:1::', '2002:0808:0808::1'],
    ['Teredo', '2001::1', '2001:0:4136:e378::1'],
    ['multicast', '224.0.0.1', '239.255.255.250', 'ff02::1'],
    ['broadcast', '255.255.255.255'],
    ['documentation', '192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1'],
    ['benchmarking', '198.18.0.1', '198.19.255.255', '2001:2::1'],
    ['reserved', '192.0.0.8', '240.0.0.1', '192.88.99.1', '100::1', '5f00::1', '4000::1'],
    [
      'another spelling',
      '0177.0.0.1',
      '0x7f.0.0.1',
      '2130706433',
      '127.1',
      '8.8.2056',
      '0x08080808',
    ],
    ['no address', '', 'localhost', '8.8.8', '8.8.8.8.8', '[2606:4700::1111]', ' 8.8.8.8'],
  ])('is false when it is %s (R106)', (_, ...addresses) => {
    expect(addresses.filter(isGlobalUnicast)).toEqual([])
  })

  test('is false for every IPv6 spelling of any IPv4 address (R106)', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.constantFrom('::ffff:', '::', '64:ff9b::'), (address, prefix) => {
        expect(isGlobalUnicast(prefix + address)).toBe(false)
      }),
    )
  })
})

describe('createPublicLookup()', () => {
  const answering = (...addresses: string[]) =>
    createPublicLookup({ resolve: async () => addresses })

  test('gives every answer when all are public', async () => {
    const addresses = await answering('8.8.8.8', '2606:4700::1111')('app.example')
    expect(addresses).toEqual(['8.8.8.8', '2606:4700::1111'])
  })

  test.each([
    [['127.0.0.1']],
    [['8.8.8.8', '10.0.0.1']],
    [['2606:4700::1111', '::ffff:127.0.0.1']],
    [['169.254.169.254', '8.8.8.8']],
  ])('refuses all answers when one is not public: %j (R106)', async (addresses) => {
    await expect(answering(...addresses)('app.example')).rejects.toThrow('public internet')
  })

  test('refuses a host without addresses', async () => {
    await expect(answering()('app.example')).rejects.toThrow('no address')
  })

  test.each(['127.0.0.1', '[::1]', '[::ffff:7f00:1]', '10.1.2.3'])(
    'judges %s without asking when the host is an address (R106)',
    async (host) => {
      await expect(answering('8.8.8.8')(host)).rejects.toThrow('public internet')
    },
  )

  test('allows this machine, and nothing else that is private, when told to', async () => {
    const lookup = (address: string) =>
      createPublicLookup({ allowLoopback: true, resolve: async () => [address] })
    expect(await lookup('127.0.0.1')('app.example')).toEqual(['127.0.0.1'])
    expect(await lookup('10.0.0.1')('localhost')).toEqual(['127.0.0.1', '::1'])
    await expect(lookup('10.0.0.1')('app.example')).rejects.toThrow('public internet')
  })

  test('does not know localhost unless this machine is allowed', async () => {
    await expect(createPublicLookup()('localhost')).rejects.toThrow()
  })
})
