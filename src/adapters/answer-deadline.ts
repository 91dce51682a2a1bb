// How long may a provider take to say who somebody is?

import type { LoginAnswer } from '../ports/identity-provider.ts'

const answerDeadlineMs = 5500

/**
 * The answer, or `unavailable` after 5.5 seconds: several calls of five seconds each would keep a person
 * waiting too long (R136: a page within six seconds).
 */
export async function withinDeadline(answer: Promise<LoginAnswer>): Promise<LoginAnswer> {
  const { promise, resolve } = Promise.withResolvers<LoginAnswer>()
  const late = () => resolve({ kind: 'unavailable', reason: 'provider took too long' })
  const timer = setTimeout(late, answerDeadlineMs)
  try {
    return await Promise.race([answer, promise])
  } finally {
    clearTimeout(timer)
  }
}
