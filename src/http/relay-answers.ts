// What the relay answers: its page under its own strict policy (R56), and its refusals.

import type { Context } from 'hono'
import type { Frame } from '../pages/layout.ts'
import type { Session } from '../ports/store.ts'
import { accountLabel } from './decision-reply.ts'
import { accountKey, answerProblem, type Problem } from './login-context.ts'
import type { Place, RelayDependencies } from './relay-place.ts'
import { type Html, page } from './reply.ts'

type Shown = {
  readonly port: number
  readonly cookies: readonly string[]
}

const loopback = (port: number): string => `http://127.0.0.1:${port}`

/** The page that asks. Its script may speak to this gateway and to that one port. */
export function answerRelayPage(
  c: Context,
  render: (frame: Frame) => Html,
  { port, cookies }: Shown,
  deps: RelayDependencies,
): Promise<Response> {
  const look = deps.lookFor(c.req.header('accept-language'))
  return page(200, (nonce) => render({ ...look, nonce }), {
    https: deps.cookie.https,
    cookies,
    contentSecurityPolicy: (nonce) =>
      `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; ` +
      `connect-src 'self' ${loopback(port)}; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  })
}

/**
 * The page whose one form goes to the command line, for browsers without script or with a question before each request
 * to the own machine: a page load needs neither. `Referrer-Policy: origin`, because the form has to say which gateway
 * it comes from, and names nothing else of it.
 */
export function answerHandOverPage(
  c: Context,
  render: (frame: Frame) => Html,
  { port, cookies }: Shown,
  deps: RelayDependencies,
): Promise<Response> {
  const look = deps.lookFor(c.req.header('accept-language'))
  return page(200, (nonce) => render({ ...look, nonce }), {
    https: deps.cookie.https,
    cookies,
    headers: { 'Referrer-Policy': 'origin' },
    contentSecurityPolicy: (nonce) =>
      `default-src 'none'; style-src 'nonce-${nonce}'; form-action ${loopback(port)}; ` +
      `frame-ancestors 'none'; base-uri 'none'`,
  })
}

type Refusal = Pick<Problem, 'status' | 'title' | 'explanation'> & { readonly reason: string }

const refuse = (
  c: Context,
  { reason, ...problem }: Refusal,
  place: Place,
  deps: RelayDependencies,
): Promise<Response> => {
  const fields = { reason, host: place.host.value }
  return answerProblem(c, { ...problem, event: { name: 'relay.refused', fields } }, deps)
}

/** Nothing of what was asked is shown again (R51). */
export const incomplete = (c: Context, place: Place, deps: RelayDependencies) =>
  refuse(
    c,
    {
      status: 400,
      title: 'relay.incomplete.title',
      explanation: ['relay.start-again'],
      reason: 'incomplete',
    },
    place,
    deps,
  )

export const expired = (c: Context, place: Place, deps: RelayDependencies) =>
  refuse(
    c,
    {
      status: 400,
      title: 'relay.expired.title',
      explanation: ['relay.expired.explanation', 'relay.start-again'],
      reason: 'expired',
    },
    place,
    deps,
  )

export const notSignedIn = (c: Context, place: Place, deps: RelayDependencies) =>
  refuse(
    c,
    {
      status: 400,
      title: 'hand-off.title',
      explanation: ['relay.not-signed-in', 'relay.start-again'],
      reason: 'no-session',
    },
    place,
    deps,
  )

/** Signed in, and not on the list: no token of any kind (R58). */
export const denied = (c: Context, session: Session, place: Place, deps: RelayDependencies) => {
  const { identity } = session
  deps.log.info('relay.denied', { account: accountKey(identity), host: place.host.value })
  return refuse(
    c,
    {
      status: 403,
      title: 'relay.denied.title',
      explanation: [['relay.denied.explanation', { account: accountLabel(identity) }]],
      reason: 'not-on-list',
    },
    place,
    deps,
  )
}
