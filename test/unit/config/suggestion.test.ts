import { expect, test } from 'vitest'
import { nearest } from '../../../src/config/suggestion.ts'

const known = ['public_url', 'cookie', 'port', 'proxy', 'rules']

test.each([
  ['public_ulr', 'public_url'],
  ['publicUrl', 'public_url'],
  ['public-url', 'public_url'],
  ['cookies', 'cookie'],
  ['prot', undefined],
  ['pot', 'port'],
  ['entirely', undefined],
  ['', undefined],
  ['x'.repeat(10_000), undefined],
])('nearest() finds for "%s" the name %s', (name, near) => {
  expect(nearest(name, known)).toBe(near)
})
