// POST /auth/connect/token: a command line exchanges the code that its person copied for its token (R57).

import type { Context } from 'hono'
import { issueCommandLineToken } from './edge-mint.ts'
import { readFormBody } from './form-body.ts'
import { accountKey } from './login-context.ts'
import { isAllowed, type Place, type RelayDependencies } from './relay-place.ts'
import { redeemOneTimeCode } from './relay-transaction.ts'
import { json } from './reply.ts'

const oneTimePattern = /^[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}$/
const codePattern = /^[A-Z0-9]{3,8}-[A-Z0-9]{3,8}$/

const refused = () => json(400, { error: 'invalid_code' })

/** Takes `one_time_code` and `code`, both; whoever has seen one of them alone gets nothing. */
export async function answerExchange(
  c: Context,
  place: Place,
  deps: RelayDependencies,
): Promise<Response> {
  const retryAfter = await deps.countStart(`exchange ${deps.clientAddress(c)}`)
  if (retryAfter !== undefined) {
    const headers = { 'Retry-After': String(retryAfter) }
    return json(429, { error: 'too_many_requests' }, { headers })
  }
  // A program has no origin: no page of any site, this one's included, gets a token here.
  if (c.req.raw.headers.has('Origin')) return json(403, { error: 'not_for_browsers' })
  const form = await readFormBody(c.req.raw)
  if (form.kind === 'refused') return json(form.status, { error: form.reason })
  const oneTimeCode = form.get('one_time_code') ?? ''
  const code = form.get('code') ?? ''
  if (!oneTimePattern.test(oneTimeCode) || !codePattern.test(code)) return refused()
  const question = await redeemOneTimeCode(oneTimeCode, code, place, deps)
  if (question === undefined) return refused()
  const session = await deps.store.sessions.find(question.session)
  if (session === undefined || session.expiresAt <= deps.now()) return refused()
  if (!isAllowed(session, place, deps)) return json(403, { error: 'denied' })
  const issued = await issueCommandLineToken(session, place, deps)
  if (issued === undefined) return refused()
  deps.log.info('relay.token', { account: accountKey(session.identity), host: place.host.value })
  return json(200, { token: issued.token, expires_in: issued.expiresIn })
}
