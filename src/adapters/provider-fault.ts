// What went wrong between us and a provider: did it say no, or could it not be asked?

import { AuthorizationResponseError, ResponseBodyError } from 'openid-client'
import type { LoginAnswer } from '../ports/identity-provider.ts'

const maxLength = 200

/** One line of printable text, at most 200 characters: what a provider writes is not ours to trust (R42). */
export function limitText(text: string): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim()
  return clean.length > maxLength ? `${clean.slice(0, maxLength)}...` : clean
}

function causeOf(fault: unknown): unknown {
  return fault instanceof Error ? fault.cause : undefined
}

/** The messages of a fault and its causes. Never a body: the library keeps those in other members. */
export function describeFault(fault: unknown): string {
  const messages: string[] = []
  let current = fault
  while (current instanceof Error && messages.length < 3) {
    messages.push(current.message)
    current = causeOf(current)
  }
  if (current instanceof Response) messages.push(`status ${current.status}`)
  return limitText(messages.join(': ') || 'unknown fault')
}

function statusOf(fault: unknown): number | undefined {
  const cause = causeOf(fault)
  if (fault instanceof ResponseBodyError) return fault.status
  return cause instanceof Response ? cause.status : undefined
}

/** Codes of the library for an answer that came and was judged; all else means there was none. */
function wasJudged(fault: unknown): boolean {
  if (!(fault instanceof Error) || !('code' in fault) || typeof fault.code !== 'string')
    return false
  return !['OAUTH_TIMEOUT', 'OAUTH_ABORT'].includes(fault.code)
}

/**
 * Sorts a fault of the code exchange.
 *
 * @returns `refused` when the provider or a check of its answer said no, `unavailable` when it could not be
 *   asked: no connection, time-out, an answer of 5xx
 */
export function explainFault(fault: unknown): LoginAnswer {
  if (fault instanceof AuthorizationResponseError) {
    const { error } = fault
    const reason = `provider answered "${limitText(error)}"`
    return { kind: 'refused', reason, cancelled: error === 'access_denied' }
  }
  const status = statusOf(fault)
  if ((status !== undefined && status >= 500) || !wasJudged(fault)) {
    return { kind: 'unavailable', reason: describeFault(fault) }
  }
  if (fault instanceof ResponseBodyError) {
    const reason = `token endpoint answered "${limitText(fault.error)}"`
    return { kind: 'refused', reason, cancelled: false }
  }
  return { kind: 'refused', reason: describeFault(fault), cancelled: false }
}
