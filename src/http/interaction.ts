// The pages of an authorization that a person decides: sign in first, then allow or deny (security.md R70-R78).

import { type Context, Hono } from 'hono'
import { consentPage, goOnPage, signInFirstPage } from '../pages/consent.ts'
import type { ConsentRequest, Visitor } from '../ports/authorization-server.ts'
import type { MaybePromise } from '../ports/runtime.ts'
import { formActionOf } from '../protocol/form-action.ts'
import { accountLabel } from './decision-reply.ts'
import { readFormBody } from './form-body.ts'
import { type FormPurpose, formatFormToken, takeFormToken } from './form-token.ts'
import {
  answerBadForm,
  answerGone,
  answerNotAllowed,
  type Interaction,
  type InteractionDependencies,
  otherAccountUrl,
  readInteraction,
  type SignedIn,
} from './interaction-context.ts'
import { answerPage, type LoginDependencies, linkTo } from './login-context.ts'
import { isFromElsewhere } from './own-form.ts'
import { redirect } from './reply.ts'

const purposeOf = (uid: string, { id }: SignedIn): FormPurpose => ({
  sessionId: id,
  about: `consent ${uid}`,
})

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

/**
 * Goes on by a page of its own: after the form of a local login, a redirect to the client would still count
 * as that form's, and its page allows none.
 */
function answerGoOn(
  c: Context,
  { client }: ConsentRequest,
  url: string,
  login: LoginDependencies,
): Promise<Response> {
  const headers = { Refresh: `0; url=${url}` }
  return answerPage(c, (frame) => goOnPage(frame, { client, url }), { status: 200, headers }, login)
}

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
    if (request.proceed !== undefined) return answerGoOn(c, request, request.proceed, login)
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
  | { readonly kind: 'answer'; readonly answer: MaybePromise<Response> }
  | { readonly kind: 'allow' | 'deny'; readonly remember: boolean; readonly visitor: Visitor }

/** The decision, when the form is one that this session filled in on our page, sent the first time (R73). */
async function readDecision<Exchange>(
  interaction: Interaction<Exchange>,
  { login, spend }: InteractionDependencies<Exchange>,
): Promise<Decision> {
  const { c, uid, current, visitor, target } = interaction
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
  // Whoever clicked twice sees where the first click led; the second decides nothing.
  if (taken === 'replayed') return { kind: 'answer', answer: redirect(303, target.url) }
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
    if (request.step === 'login' || request.proceed !== undefined) return redirect(303, target.url)
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
    return redirect(303, next)
  }

/** Makes `/interaction/:uid` and what its form leads to, to be mounted at the root of the issuer's host. */
export function createInteractionRoutes<Exchange>(deps: InteractionDependencies<Exchange>): Hono {
  return new Hono()
    .get('/interaction/:uid', createShow(deps))
    .post('/interaction/:uid/decide', createDecide(deps))
}
