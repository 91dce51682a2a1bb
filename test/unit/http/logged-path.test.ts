import { expect, test } from 'vitest'
import { loggedPath } from '../../../src/http/logged-path.ts'

test.each([
  ['/interaction/canary', '/interaction/[redacted]'],
  ['/interaction/canary/decide', '/interaction/[redacted]/decide'],
  ['/authorize/canary', '/authorize/[redacted]'],
  ['/device/canary', '/device/[redacted]'],
  ['/device/auth', '/device/auth'],
  ['/device/author', '/device/[redacted]'],
  ['/authorize', '/authorize'],
  ['/interaction/', '/interaction/'],
  ['/apps/interaction/one', '/apps/interaction/one'],
  ['/token', '/token'],
])('loggedPath() of %s is %s', (path, logged) => {
  expect(loggedPath(path)).toBe(logged)
})
