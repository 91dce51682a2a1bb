import { describe, expect, test } from 'vitest'
import { readAssurance } from '../../../src/protocol/authentication-methods.ts'

const okta = { acr: ['urn:okta:loa:2fa:any'] }

describe('readAssurance()', () => {
  test.each([
    ['mfa', 2],
    ['pwd otp', 2],
    ['pwd hwk user', 2],
    ['pin swk', 2],
    ['fpt hwk', 2],
    ['pwd', 1],
    ['otp', 1],
    ['hwk user', 1],
    ['pwd pin', 1],
    ['otp sms', 1],
    ['pwd rba geo', 1],
    ['PWD OTP', 1],
  ])('takes the methods %j for %i factor(s) (RFC 8176 §2)', (methods, factors) => {
    expect(readAssurance({ amr: methods.split(' ') }, undefined)).toEqual({
      factors,
      methods: methods.split(' '),
    })
  })

  test.each([
    ['one of the configured methods', { amr: ['ngcmfa'] }, { acr: [], amr: ['ngcmfa'] }, 2],
    ['none of them', { amr: ['mfa', 'pwd', 'otp'] }, { acr: [], amr: ['ngcmfa'] }, 1],
    ['a known acr', { amr: ['pwd'], acr: 'urn:okta:loa:2fa:any' }, okta, 2],
    ['another acr', { amr: ['pwd'], acr: 'urn:okta:loa:1fa:any' }, okta, 1],
    ['an acr that nobody configured', { amr: ['pwd'], acr: '2' }, undefined, 1],
    ["Entra's list of contexts", { amr: ['pwd'], acrs: ['p1', 'c1'] }, { acr: ['c1'] }, 2],
    ['methods in one text', { amr: 'mfa' }, undefined, 2],
    ['methods of the wrong kind', { amr: ['pwd', 2, null, { otp: 1 }] }, undefined, 1],
  ])('goes by %s', (_, claims, rules, factors) => {
    expect(readAssurance(claims, rules)?.factors).toBe(factors)
  })

  test.each([
    [{ auth_time: 1000.9 }, { factors: 1, authenticatedAt: 1000 }],
    [{ auth_time: '1000' }, undefined],
    [{ auth_time: -1 }, undefined],
    [{ auth_time: Number.POSITIVE_INFINITY }, undefined],
    [{ acr: '1' }, undefined],
    [{}, undefined],
  ])('reads of %j: %j', (claims, assurance) => {
    expect(readAssurance(claims, undefined)).toEqual(assurance)
  })

  test('keeps a bounded number of methods, each of bounded length', () => {
    const amr = Array.from({ length: 500 }, () => 'x'.repeat(500))
    const methods = readAssurance({ amr }, undefined)?.methods ?? []
    expect([methods.length, methods[0]?.length]).toEqual([20, 64])
  })
})
