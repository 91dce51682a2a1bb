// The sessions of one's own account: shown, ended one by one, ended all at once with everything that came of them.

import { type Context, Hono } from 'hono'
import { commandLineHost } from '../access/edge-credential.ts'
import type { PlainKey } from '../appearance/messages.ts'
import { accountSessions, type ShownSession } from '../pages/account-sessions.ts'
import type { PersonalTokenStore } from '../ports/personal-tokens.ts'
import type { Hash, Session } from '../ports/store.ts'
import { accountIdOf } from '../protocol/account-id.ts'
import type { EpochSeconds } from '../protocol/time.ts'
import { type AccountSection, accountTarget, badForm } from './account.ts'
import { type FormBody, readFormBody } from './form-body.ts'
import {
  accountKey,
  accountPath,
  answerProblem,
  type LoginDependencies,
  linkTo,
  readVisit,
} from './login-context.ts'
import { isFromElsewhere, matchToken } from './own-form.ts'
import { redirect } from './reply.ts'
import { type CurrentSession, formatSessionCookieRemoval } from './session-cookie.ts'

export type AccountSessionDependencies = {
  readonly login: LoginDependencies
  /** Undefined: people make no tokens here. */
  readonly tokens: Pick<PersonalTokenStore, 'list' | 'revoke'> | undefined
}

const path = `${accountPath}/sessions`

// Bound to the session that shows the form and to the one it ends: no form ends another.
const endToken = (sessionId: string, ended: string, { hashOf }: LoginDependencies): string =>
  hashOf(`end-session:${JSON.stringify([ended, sessionId])}`)

const everywhere = 'everywhere'

const outcomes: ReadonlyMap<string, PlainKey> = new Map([
  ['ended', 'sessions.ended'],
  ['unknown', 'sessions.ended-before'],
])

const isLive = (session: Session, idle: number, now: EpochSeconds): boolean =>
  session.expiresAt > now && (idle === 0 || session.lastSeenAt + idle > now)

/** What is shown of the login sessions that live, of the hosts they were handed on to, and of command lines (R54). */
function shownOf(
  all: readonly Session[],
  current: { readonly idHash: Hash; readonly id: string },
  login: LoginDependencies,
): readonly ShownSession[] {
  const now = login.now()
  const live = all.filter((session) => isLive(session, login.session.idle, now))
  const browsers = live.filter((session) => commandLineHost(session) === undefined)
  const hosts = Map.groupBy(browsers, ({ handedOff }) => handedOff?.login)
  return live
    .filter((session) => session.handedOff === undefined || commandLineHost(session) !== undefined)
    .map((session) => ({
      isThis: session.idHash === current.idHash,
      browser: session.userAgent,
      commandLineAt: commandLineHost(session),
      signedInAt: session.createdAt,
      lastSeenAt: session.lastSeenAt,
      twoFactors: session.factors === 2,
      methods: session.methods ?? [],
      hosts: [
        ...new Set(
          (hosts.get(session.idHash) ?? []).flatMap((one) => one.handedOff?.audience ?? []),
        ),
      ].sort(),
      id: session.idHash,
      csrf: endToken(current.id, session.idHash, login),
    }))
}

/** The part of the account page. */
export const createSessionsSection =
  ({ login, tokens }: AccountSessionDependencies): AccountSection =>
  async ({ identity, sessionId, query }) => {
    const all = await login.store.sessions.listOf(identity.issuer, identity.subject)
    const owned = await tokens?.list(accountIdOf(identity))
    const content = {
      sessions: shownOf(all, { id: sessionId, idHash: login.hashOf(sessionId) }, login),
      endAction: linkTo(`${path}/end`, undefined, login),
      everywhereAction: linkTo(`${path}/end-all`, undefined, login),
      everywhereCsrf: endToken(sessionId, everywhere, login),
      asksForTokens: owned !== undefined && owned.length > 0,
    }
    return {
      render: (frame) => accountSessions(frame, content),
      news: outcomes.get(query.get('session') ?? ''),
    }
  }

type Form =
  | { readonly kind: 'answer'; readonly answer: Response | Promise<Response> }
  | {
      readonly kind: 'form'
      readonly ended: string
      readonly get: Extract<FormBody, { kind: 'form' }>['get']
      readonly current: Extract<CurrentSession, { kind: 'session' }>
    }

/** The form, when this session's own page showed it for what it ends. */
async function readForm(
  c: Context,
  endedOf: (body: Extract<FormBody, { kind: 'form' }>) => string,
  login: LoginDependencies,
): Promise<Form> {
  const refuse = (status: Parameters<typeof badForm>[0]): Form => ({
    kind: 'answer',
    answer: answerProblem(c, badForm(status, login), login),
  })
  const body = await readFormBody(c.req.raw)
  if (body.kind === 'refused') return refuse(body.status)
  const { current } = await readVisit(c, login)
  if (current.kind !== 'session') {
    return { kind: 'answer', answer: redirect(303, linkTo('/login', accountTarget(login), login)) }
  }
  const ended = endedOf(body)
  const elsewhere = isFromElsewhere(c.req.raw.headers, login.publicUrl.origin)
  const isOurs = matchToken(body.get('csrf'), endToken(current.id, ended, login))
  return elsewhere || !isOurs ? refuse(403) : { kind: 'form', ended, get: body.get, current }
}

/** `POST /account/sessions/end`: ends one session of the same account. */
async function endOne(c: Context, login: LoginDependencies): Promise<Response> {
  const form = await readForm(c, (body) => body.get('session') ?? '', login)
  if (form.kind === 'answer') return form.answer
  const { sessions } = login.store
  const { identity } = form.current.session
  const mine = await sessions.listOf(identity.issuer, identity.subject)
  const found = mine.find(({ idHash }) => idHash === form.ended)
  const outcome = found === undefined ? 'unknown' : await sessions.end(found.idHash)
  if (outcome === 'ended') login.log.info('session.ended', { account: accountKey(identity) })
  return redirect(303, linkTo(accountPath, undefined, login, { session: outcome }))
}

/** Ends the tokens that the account has now. @returns how many */
async function endTokens(
  c: Context,
  account: string,
  { login, tokens }: AccountSessionDependencies,
): Promise<number> {
  const address = login.clientAddress(c)
  let count = 0
  for (const { token } of (await tokens?.list(account)) ?? []) {
    const { id } = token
    if ((await tokens?.revoke(id, account))?.kind !== 'revoked') continue
    count += 1
    login.log.info('personal_token.revoked', { id, account, by: 'owner', address })
  }
  return count
}

/** `POST /account/sessions/end-all`: all sessions, all that was granted to applications, and tokens if that is wished. */
async function endAll(c: Context, deps: AccountSessionDependencies): Promise<Response> {
  const { login } = deps
  const form = await readForm(c, () => everywhere, login)
  if (form.kind === 'answer') return form.answer
  const { identity } = form.current.session
  const account = accountIdOf(identity)
  // Ended grants name no application any more.
  const tellApplications = await login.noticeOfLogout?.(account)
  // The sessions last: should something fail, the person is still signed in and can try again.
  const tokens = form.get('tokens') === 'yes' ? await endTokens(c, account, deps) : 0
  const grants = await login.store.authorization.artifacts.destroyGrantsOf({ account })
  const sessions = await login.store.sessions.endAllOf(identity.issuer, identity.subject)
  void tellApplications?.()
  login.log.info('logout.everywhere', { account: accountKey(identity), sessions, grants, tokens })
  const cookies = formatSessionCookieRemoval(login.cookie)
  return redirect(303, linkTo('/signed-out', undefined, login), { cookies })
}

/** Makes what the forms lead to, to be mounted beside `/account`. */
export const createSessionsRoutes = (deps: AccountSessionDependencies): Hono =>
  new Hono()
    .post(`${path}/end`, (c) => endOne(c, deps.login))
    .post(`${path}/end-all`, (c) => endAll(c, deps))
