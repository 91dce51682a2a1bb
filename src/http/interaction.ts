// The pages of an authorization that a person decides: sign in first, then allow or deny (security.md R70-R78).

import { type Context, Hono } from 'hono'
import type { NotAllowed } from '../access/policy.ts'
import { consentPage, signInFirstPage } from '../pages/consent.ts'
import { refusalPage } from '../pages/refusal.ts'
import type { AuthorizationServer, ConsentRequest, Visitor } from '../ports/authorization-server.ts'
import { accountIdOf } from '../protocol/account-id.ts'
import { formActionOf } from '../protocol/form-action.ts'
import type { Identity } from '../protocol/identity.ts'
import { accountLabel } from './decision-reply.ts'
import { readFormBody } from './form-body.ts'
import {
  type FormPurpose,
  type FormTokenPorts,
  formatFormToken,
  takeFormToken,
} from './form-token.ts'
import {
  accountKey,
  answerPage,
  answerProblem,
  type LoginDependencies,
  linkTo,
  readVisit,
  type Target,
} from './login-context.ts'
import { isFromElsewhere } from './own-form.ts'
import { redirect } from './reply.ts'
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

type Session = Extract<CurrentSession, { kind: 'session' }>

/** One visit to one pending authorization. */
type Interaction<Exchange> = {
  readonly c: Context
  readonly uid: string
  readonly exchange: Exchange
  readonly current: CurrentSession
  readonly visitor: Visitor | undefined
  /** The page itself, to come back to. */
  readonly target: Target
}

const visitorOf = ({ session: { identity, createdAt } }: Session): Visitor => ({
  account: accountIdOf(identity),
  identity,
  signedInAt: createdAt,
})

async function readInteraction<Exchange>(
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

const purposeOf = (uid: string, { id }: Session): FormPurpose => ({
  sessionId: id,
  about: `consent ${uid}`,
})

const otherAccountUrl = (target: Target, login: LoginDependencies): string =>
  linkTo('/login', target, login, { prompt: 'select_account' })

const answerGone = (c: Context, login: LoginDependencies): Promise<Response> =>
  answerProblem(
    c,
    { status: 404, title: 'interaction.title', explanation: ['interaction.explanation'] },
    login,
  )

function answerBadForm<Exchange>(
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
function answerNotAllowed<Exchange>(
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

function answerSignInFirst<Exchange>(
  { c, target, visitor }: Interaction<Exchange>,
  request: ConsentRequest,
  login: LoginDependencies,
): Promise<Response> {
  // A plain visit to the login would come straight back while there is a session.
  const again = request.wantsLogin || visitor !== undefined
  const loginUrl = again ? otherAccountUrl(target, login) : linkTo('/login', target, login)
  const content = { ...request, loginUrl }
  return answerPage(c, (frame) => signInFirstPage(frame, content), { status: 200 }, login)
}

// A client may lead the browser on, from where it got the answer to a page that says so: that is a redirect
// after this form too, and Chromium would show nothing but an error.
const onward = 'https:'

const formActionFor = ({ redirectUri }: ConsentRequest): readonly string[] =>
  redirectUri === undefined ? [] : [...formActionOf(redirectUri), onward]

/** `GET /interaction/:uid`. */
const createShow =
  <Exchange>(deps: InteractionDependencies<Exchange>) =>
  async (c: Context): Promise<Response> => {
    const { login, server } = deps
    const interaction = await readInteraction(c, deps)
    const { uid, exchange, current, visitor, target } = interaction
    const request = await server.findConsent(exchange, uid, visitor)
    if (request === undefined) return answerGone(c, login)
    if (request.step === 'login' || current.kind !== 'session') {
      return answerSignInFirst(interaction, request, login)
    }
    const { identity } = current.session
    const reason = deps.judge(identity, request.resource?.url)
    if (reason !== undefined) {
      const refused = { identity, reason, clientId: request.client.id }
      return answerNotAllowed(interaction, refused, login)
    }
    const content = {
      ...request,
      account: accountLabel(identity),
      switchUrl: otherAccountUrl(target, login),
      action: `${target.url}/decide`,
      csrf: formatFormToken(purposeOf(uid, current), { ...login, spend: deps.spend }),
    }
    const formAction = formActionFor(request)
    return answerPage(c, (frame) => consentPage(frame, content), { status: 200, formAction }, login)
  }

type Decision =
  | { readonly kind: 'answer'; readonly answer: Promise<Response> }
  | { readonly kind: 'allow' | 'deny'; readonly remember: boolean; readonly visitor: Visitor }

/** The decision, when the form is one that this session filled in on our page, sent the first time (R73). */
async function readDecision<Exchange>(
  interaction: Interaction<Exchange>,
  { login, spend }: InteractionDependencies<Exchange>,
): Promise<Decision> {
  const { c, uid, current, visitor } = interaction
  const refuse = (reason: string, status: 400 | 403 | 413 | 415 = 403): Decision => ({
    kind: 'answer',
    answer: answerBadForm(interaction, { status, reason }, login),
  })
  const body = await readFormBody(c.req.raw)
  if (body.kind === 'refused') return refuse(body.reason, body.status)
  if (isFromElsewhere(c.req.raw.headers, login.publicUrl.origin)) return refuse('elsewhere')
  if (current.kind !== 'session' || visitor === undefined) return refuse('no-session')
  const token = body.get('csrf')
  const taken = await takeFormToken(token, purposeOf(uid, current), { ...login, spend })
  if (taken === 'refused') return refuse('token')
  const kind = body.get('decision')
  if (kind !== 'allow' && kind !== 'deny') return refuse('no-decision', 400)
  return { kind, remember: kind === 'allow' && body.get('remember') === 'yes', visitor }
}

/** `POST /interaction/:uid/decide`. */
const createDecide =
  <Exchange>(deps: InteractionDependencies<Exchange>) =>
  async (c: Context): Promise<Response> => {
    const { login, server } = deps
    const interaction = await readInteraction(c, deps)
    const { uid, exchange, target } = interaction
    const decision = await readDecision(interaction, deps)
    if (decision.kind === 'answer') return decision.answer
    const { kind, visitor } = decision
    const { identity } = visitor
    const request = await server.findConsent(exchange, uid, visitor)
    if (request === undefined) return answerGone(c, login)
    if (request.step === 'login') return redirect(303, target.url)
    const resource = request.resource?.url
    const clientId = request.client.id
    // The page may have stood open while the policy changed.
    const reason = kind === 'allow' ? deps.judge(identity, resource) : undefined
    if (reason !== undefined) {
      return answerNotAllowed(interaction, { identity, reason, clientId }, login)
    }
    const remember = decision.remember && request.mayRemember
    const next = await server.decideConsent(exchange, { uid, kind, remember, visitor })
    if (next === undefined) return answerGone(c, login)
    const fields = { client: clientId, resource: resource ?? '', remember }
    const address = login.clientAddress(c)
    login.log.info(`consent.${kind}`, { ...fields, account: accountKey(identity), address })
    return redirect(303, next)
  }

/** Makes `/interaction/:uid` and what its form leads to, to be mounted at the root of the issuer's host. */
export function createInteractionRoutes<Exchange>(deps: InteractionDependencies<Exchange>): Hono {
  return new Hono()
    .get('/interaction/:uid', createShow(deps))
    .post('/interaction/:uid/decide', createDecide(deps))
}
