import { expect, test } from 'vitest'
import { judgeKeySet } from '../../../../src/cli/doctor/judge-keys.ts'

const count = (keys: number) => ({ kind: 'keys', count: keys })
const none = { kind: 'refused', reason: 'it has no public key for signatures' }
const noList = { kind: 'refused', reason: 'it has no list "keys"' }

test.each([
  [{ keys: [{ kty: 'RSA' }, { kty: 'EC', use: 'sig' }, { kty: 'OKP' }] }, count(3)],
  [{ keys: [{ kty: 'RSA', use: 'enc' }, { kty: 'EC' }] }, count(1)],
  [{ keys: [{ kty: 'oct' }] }, none],
  [{ keys: [] }, none],
  [{ keys: [null, 'RSA'] }, none],
  [{ keys: {} }, noList],
  [[], noList],
  [null, noList],
])('judgeKeySet() judges %j', (document, judgement) => {
  expect(judgeKeySet(document)).toEqual(judgement)
})
