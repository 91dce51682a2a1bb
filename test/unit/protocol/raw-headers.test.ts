import { randomUUID } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { readHeaders, repeated, single } from '../../../src/protocol/raw-headers.ts'

/** What is in use once nothing is kept but what is needed. */
function usedBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') collect()
  return process.memoryUsage().heapUsed
}

describe('readHeaders()', () => {
  test('compares names without case', () => {
    const headers = readHeaders(['X-FORWARDED-Host', 'a', 'authorization', 'Bearer b'])
    expect(headers['x-forwarded-host']).toBe('a')
    expect(headers.authorization).toBe('Bearer b')
  })

  test('keeps a repetition visible instead of joining it (R5)', () => {
    const headers = readHeaders(['X-Forwarded-Uri', '/a', 'x-forwarded-uri', '/a'])
    expect(headers['x-forwarded-uri']).toBe(repeated)
    expect(single(headers['x-forwarded-uri'])).toBeUndefined()
  })

  test('joins several Cookie lines (RFC 9113 §8.2.3)', () => {
    expect(readHeaders(['Cookie', 'a=1', 'Cookie', 'b=2', 'Cookie', 'c=3']).cookie).toBe(
      'a=1; b=2; c=3',
    )
  })

  test.each([
    'X_Forwarded_Uri',
    'X.Forwarded.Uri',
    'X-Forwarded-Prefix',
    'X-Forwarded-Port',
    'X-Rewrite-URL',
    'X-HTTP-Method-Override',
    'Forwarded',
    '__proto__',
    'constructor',
  ])('gives %s no effect (R4, GHSA-vjrc-mh2v-45x6)', (name) => {
    expect(readHeaders([name, '/admin'])).toEqual(readHeaders([]))
  })

  test('reads the longest name in any spelling, and none that is longer', () => {
    const name = 'Access-Control-REQUEST-Method'
    expect(readHeaders([name, 'PUT'])['access-control-request-method']).toBe('PUT')
    expect(readHeaders([`${name}s`, 'PUT'])).toEqual(readHeaders([]))
  })

  test('keeps no long spellings in memory', () => {
    // Each a string of its own, as they come from a socket.
    const send = () => readHeaders([Buffer.alloc(100_000, randomUUID()).toString('latin1'), '1'])
    send()
    const before = usedBytes()
    for (let at = 0; at < 900; at++) send()
    expect(usedBytes() - before).toBeLessThan(30_000_000)
  })

  test('goes on reading right when clients send thousands of spellings', () => {
    for (let at = 0; at < 3000; at++) readHeaders([`x-${at}`, '1'])
    expect(readHeaders(['hOST', 'a']).host).toBe('a')
  })
})
