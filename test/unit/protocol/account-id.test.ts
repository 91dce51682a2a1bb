import { describe, expect, test } from 'vitest'
import { accountIdOf } from '../../../src/protocol/account-id.ts'

describe('accountIdOf()', () => {
  test('gives one account one id, of 43 characters', () => {
    const id = accountIdOf({ issuer: 'https://a.example', subject: '1' })
    expect(id).toMatch(/^[\w-]{43}$/)
    expect(accountIdOf({ issuer: 'https://a.example', subject: '1' })).toBe(id)
  })

  test.each([
    [{ issuer: 'https://a.example', subject: '2' }],
    [{ issuer: 'https://b.example', subject: '1' }],
    [{ issuer: 'https://a.example","1', subject: '' }],
    [{ issuer: 'https://a.example1', subject: '' }],
  ])('keeps %j apart from another pair', (other) => {
    expect(accountIdOf(other)).not.toBe(accountIdOf({ issuer: 'https://a.example', subject: '1' }))
  })
})
