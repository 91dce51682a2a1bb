// POST /auth/connect: the click. The only request to which a token is an answer (R52).

import type { Context } from 'hono'
import { handOverPage, oneTimeCodePage } from '../pages/relay-fallback.ts'
import type { Session } from '../ports/store.ts'
import { issueCommandLineToken } from './edge-mint.ts'
import { readFormBody } from './form-body.ts'
import { accountKey, answerPage } from './login-context.ts'
import { isFromElsewhere } from './own-form.ts'
import { answerHandOverPage, denied, expired, notSignedIn } from './relay-answers.ts'
import { findSession, isAllowed, type Place, type RelayDependencies } from './relay-place.ts'
import { issueOneTimeCode, type Question, takeQuestion } from './relay-transaction.ts'
import { json } from './reply.ts'

type Refusal = 'expired' | 'not-signed-in' | 'denied' | 'elsewhere'

/** A question that this click answers, asked of this session in this browser. */
type Clicked = {
  readonly question: Question
  readonly session: Session
  readonly cookies: readonly string[]
}

const refuse = (
  c: Context,
  refusal: Refusal,
  way: string | undefined,
  { place, session, deps }: { place: Place; session: Session | undefined; deps: RelayDependencies },
): Response | Promise<Response> => {
  if (way === 'script') return json(refusal === 'expired' ? 400 : 403, { error: refusal })
  if (refusal === 'denied' && session !== undefined) return denied(c, session, place, deps)
  return refusal === 'not-signed-in' ? notSignedIn(c, place, deps) : expired(c, place, deps)
}

async function mint({ session }: Clicked, place: Place, deps: RelayDependencies) {
  const issued = await issueCommandLineToken(session, place, deps)
  if (issued !== undefined) {
    const account = accountKey(session.identity)
    deps.log.info('relay.token', { account, host: place.host.value })
  }
  return issued
}

/** The token, once; the script of the page posts it to the command line. */
async function answerScript(clicked: Clicked, place: Place, deps: RelayDependencies) {
  const issued = await mint(clicked, place, deps)
  if (issued === undefined) return json(403, { error: 'not-signed-in' })
  const { code } = clicked.question
  return json(200, { token: issued.token, code }, { cookies: clicked.cookies })
}

/** The same by a page load, without script. */
async function answerForm(c: Context, clicked: Clicked, place: Place, deps: RelayDependencies) {
  const issued = await mint(clicked, place, deps)
  if (issued === undefined) return notSignedIn(c, place, deps)
  const { port, code } = clicked.question
  const content = { port, code, token: issued.token }
  const { cookies } = clicked
  return answerHandOverPage(c, (frame) => handOverPage(frame, content), { port, cookies }, deps)
}

/** No token: a short code that the program exchanges itself (R57). */
async function answerCode(c: Context, clicked: Clicked, place: Place, deps: RelayDependencies) {
  const oneTimeCode = await issueOneTimeCode(clicked.question, place, deps)
  const content = { oneTimeCode, code: clicked.question.code, origin: place.origin }
  const { cookies } = clicked
  return answerPage(c, (frame) => oneTimeCodePage(frame, content), { status: 200, cookies }, deps)
}

/** Takes the click at most once: form, page, browser, session and list all have to fit. */
export async function answerClick(
  c: Context,
  place: Place,
  deps: RelayDependencies,
): Promise<Response> {
  const { headers } = c.req.raw
  const form = await readFormBody(c.req.raw)
  const way = form.kind === 'form' ? form.get('way') : undefined
  const session = await findSession(place, deps)
  const context = { place, session, deps }
  // A script always says where it is; a form of a page that sends no referrer may say "null".
  const isOther = way === 'script' && headers.get('Origin') !== place.origin
  if (isOther || isFromElsewhere(headers, place.origin)) return refuse(c, 'elsewhere', way, context)
  if (form.kind === 'refused') return refuse(c, 'expired', way, context)
  if (session === undefined) return refuse(c, 'not-signed-in', way, context)
  const taken = await takeQuestion(form.get('state'), session.idHash, place, deps)
  if (taken === undefined) return refuse(c, 'expired', way, context)
  if (!isAllowed(session, place, deps)) return refuse(c, 'denied', way, context)
  const clicked = { question: taken.content, session, cookies: taken.cookies }
  if (way === 'script') return answerScript(clicked, place, deps)
  return way === 'code' ? answerCode(c, clicked, place, deps) : answerForm(c, clicked, place, deps)
}
