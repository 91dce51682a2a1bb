import { describe, expect, test } from 'vitest'
import { readFormBody } from '../../../src/http/form-body.ts'

const formType = { 'Content-Type': 'application/x-www-form-urlencoded' }

const read = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = formType) =>
  readFormBody(new Request('https://auth.example.com/', { method: 'POST', body, headers }))

describe('readFormBody()', () => {
  test('gives the fields by name', async () => {
    const body = await read('username=mia+b&note=a%26b')
    if (body.kind === 'refused') throw new Error(body.reason)
    expect(['username', 'note', 'other'].map(body.get)).toEqual(['mia b', 'a&b', undefined])
  })

  test.each<[string, string | Uint8Array<ArrayBuffer>, Record<string, string>, number, string]>([
    ['another type', '{}', { 'Content-Type': 'application/json' }, 415, 'not-a-form'],
    ['a coding', 'a=b', { ...formType, 'Content-Encoding': 'gzip' }, 415, 'content-coding'],
    ['more than 16 KiB (R119)', `a=${'x'.repeat(16 * 1024)}`, formType, 413, 'too-long'],
    ['65 fields (R120)', 'a=b&'.repeat(64), formType, 400, 'too-many-fields'],
    ['a field twice', 'a=1&%61=1', formType, 400, 'repeated-field'],
    ['bytes that are no UTF-8', Uint8Array.of(0x61, 0x3d, 0xff), formType, 400, 'not-utf-8'],
    ['a NUL character in a value', 'username=mia%00', formType, 400, 'nul-character'],
    ['a NUL character that is not encoded', 'username=\0', formType, 400, 'nul-character'],
    ['a NUL character in a name', 'user%00=mia', formType, 400, 'nul-character'],
  ])('refuses %s', async (_which, body, headers, status, reason) => {
    expect(await read(body, headers)).toEqual({ kind: 'refused', status, reason })
  })
})
