// What each group of checks is given: the running stage and people who are signed in.

import type { Stage } from '../support/stage.ts'
import type { Visitor } from '../support/visitor.ts'

export type StageUnderTest = {
  readonly stage: Stage
  /** Signed in; in the groups admins and staff. */
  readonly alice: Visitor
  /** Signed in; in the group staff. */
  readonly bob: Visitor
}

/** Filled in by `beforeAll`, so it may only be called inside a test. */
export type Setting = () => StageUnderTest

export const sessionCookie = '__Secure-sallyport'
export const appHost = 'app.sep.test'
export const mcpHost = 'mcp.sep.test'
export const identityNames = [
  'X-Forwarded-User',
  'X-Forwarded-Email',
  'X-Forwarded-Groups',
  'X-Forwarded-Scopes',
  'X-Forwarded-Preferred-Username',
] as const

/** The Cookie header line of somebody who is signed in. */
export function cookieOf(visitor: Visitor): readonly [string, string] {
  const value = visitor.cookies.valueOf(sessionCookie)
  if (value === undefined) throw new Error('The visitor is not signed in')
  return ['Cookie', `${sessionCookie}=${value}`]
}
