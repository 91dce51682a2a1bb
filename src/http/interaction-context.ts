// What the routes of a pending authorization share: how they read a visit, and their refusals.

import type { Context } from 'hono'
import type { NotAllowed } from '../access/policy.ts'
import { refusalPage } from '../pages/refusal.ts'
import type { AuthorizationServer, Visitor } from '../ports/authorization-server.ts'
import { accountIdOf } from '../protocol/account-id.ts'
import type { Identity } from '../protocol/identity.ts'
import { accountLabel } from './decision-reply.ts'
import type { FormTokenPorts } from './form-token.ts'
import {
  accountKey,
  answerPage,
  answerProblem,
  type LoginDependencies,
  linkTo,
  readVisit,
  type Target,
} from './login-context.ts'
import type { CurrentSession } from './session-cookie.ts'

export type InteractionDependencies<Exchange> = {
  readonly login: LoginDependencies
  readonly server: Pick<AuthorizationServer<Exchange>, 'findConsent' | 'decideConsent'>
  /** Request and response as the server takes them. */
  readonly exchangeOf: (c: Context) => Exchange
  /** Why this person may not let a client in to the resource; undefined when they may. Asked anew each time. */
  readonly judge: (identity: Identity, resource: string | undefined) => NotAllowed | undefined
  readonly spend: FormTokenPorts['spend']
}

export type SignedIn = Extract<CurrentSession, { kind: 'session' }>

/** One visit to one pending authorization. */
export type Interaction<Exchange> = {
  readonly c: Context
  readonly uid: string
  readonly exchange: Exchange
  readonly current: CurrentSession
  readonly visitor: Visitor | undefined
  /** The page itself, to come back to. */
  readonly target: Target
}

const visitorOf = ({ session: { identity, createdAt } }: SignedIn): Visitor => ({
  account: accountIdOf(identity),
  identity,
  signedInAt: createdAt,
})

/** Rejects when the store cannot be asked. */
export async function readInteraction<Exchange>(
  c: Context,
  { login, exchangeOf }: InteractionDependencies<Exchange>,
): Promise<Interaction<Exchange>> {
  const uid = c.req.param('uid') ?? ''
  const { origin } = login.publicUrl
  const { current } = await readVisit(c, login)
  return {
    c,
    uid,
    exchange: exchangeOf(c),
    current,
    visitor: current.kind === 'session' ? visitorOf(current) : undefined,
    target: { url: `${origin}/interaction/${encodeURIComponent(uid)}`, origin, asked: true },
  }
}

/** Where another account can be chosen, and back to the authorization. */
export const otherAccountUrl = (target: Target, login: LoginDependencies): string =>
  linkTo('/login', target, login, { prompt: 'select_account' })

/** Not pending any more, or in another browser: which of them is nobody's business. */
export const answerGone = (c: Context, login: LoginDependencies): Promise<Response> =>
  answerProblem(
    c,
    { status: 404, title: 'interaction.title', explanation: ['interaction.explanation'] },
    login,
  )

/** A form that is not ours, or was sent before. Nothing was decided. */
export function answerBadForm<Exchange>(
  { c, target }: Interaction<Exchange>,
  refusal: { readonly status: 400 | 403 | 413 | 415; readonly reason: string },
  login: LoginDependencies,
): Promise<Response> {
  const { status, reason } = refusal
  return answerProblem(
    c,
    {
      status,
      title: 'interaction.title',
      explanation: ['interaction.form'],
      next: { label: 'action.try-again', url: target.url },
      event: { name: 'consent.form_refused', fields: { reason } },
    },
    login,
  )
}

/** 403: this account may not open what the client wants access to; another one perhaps may. */
export function answerNotAllowed<Exchange>(
  { c, target }: Interaction<Exchange>,
  refused: { readonly identity: Identity; readonly reason: NotAllowed; readonly clientId: string },
  login: LoginDependencies,
): Promise<Response> {
  const { identity, reason, clientId } = refused
  const decisionId = login.newDecisionId()
  const account = accountKey(identity)
  login.log.warn('consent.not_allowed', { reason, account, client: clientId, decisionId })
  const content = {
    account: accountLabel(identity),
    reason,
    decisionId,
    switchUrl: otherAccountUrl(target, login),
    logoutUrl: linkTo('/logout', undefined, login),
  }
  return answerPage(c, (frame) => refusalPage(frame, content), { status: 403 }, login)
}
