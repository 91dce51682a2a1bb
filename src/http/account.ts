// The page of one's own account: who I am, and whom I have let in (security.md R77).

import { type Context, Hono } from 'hono'
import type { PlainKey } from '../appearance/messages.ts'
import { type AccountPageContent, accountPage } from '../pages/account.ts'
import type { Frame, Markup } from '../pages/layout.ts'
import type { AuthorizationServer, ClientGrant } from '../ports/authorization-server.ts'
import { accountIdOf } from '../protocol/account-id.ts'
import type { Identity } from '../protocol/identity.ts'
import { readFormBody } from './form-body.ts'
import {
  accountPath,
  answerPage,
  answerProblem,
  type LoginDependencies,
  linkTo,
  type Problem,
  queryOf,
  readVisit,
  type Target,
} from './login-context.ts'
import { isFromElsewhere, matchToken } from './own-form.ts'
import { redirect } from './reply.ts'

/** Somebody who is signed in and looks at their account. */
export type AccountVisit = {
  readonly identity: Identity
  /** The session's secret id: forms are bound to it. */
  readonly sessionId: string
  readonly query: URLSearchParams
}

/** A part of the page that is a file of its own. */
export type AccountSection = (visit: AccountVisit) => Promise<{
  readonly render: (frame: Frame) => Markup
  /** What the visit before this one did. */
  readonly news?: PlainKey | undefined
}>

export type AccountDependencies = {
  readonly login: LoginDependencies
  /** Undefined: no application can be let in. */
  readonly server: Pick<AuthorizationServer<never>, 'listGrants' | 'endGrant'> | undefined
  /** The operator's words for a scope. */
  readonly describeScope: (scope: string) => string | undefined
  /** In their order on the page. */
  readonly sections?: readonly AccountSection[]
}

// Bound to session and grant: a form of one session ends nothing for another, and none ends two grants.
const csrfTokenOf = (sessionId: string, grantId: string, { hashOf }: LoginDependencies): string =>
  hashOf(`end-grant:${JSON.stringify([grantId, sessionId])}`)

/** The page itself, as a place to come back to. */
export const accountTarget = ({ publicUrl: { href, origin } }: LoginDependencies): Target => ({
  url: `${href}${accountPath}`,
  origin,
  asked: true,
})

const outcomes: ReadonlyMap<string, PlainKey> = new Map([
  ['ended', 'account.ended'],
  ['unknown', 'account.ended-before'],
])

function letIn(grant: ClientGrant, sessionId: string, deps: AccountDependencies) {
  const { scopes, grantId } = grant
  return {
    ...grant,
    scopes: scopes.map((scope) => ({ scope, description: deps.describeScope(scope) })),
    csrf: csrfTokenOf(sessionId, grantId, deps.login),
  }
}

/** `GET /account`. */
async function show(c: Context, deps: AccountDependencies): Promise<Response> {
  const { login, server } = deps
  const { current } = await readVisit(c, login)
  const target = accountTarget(login)
  if (current.kind !== 'session') return redirect(302, linkTo('/login', target, login))
  const { identity } = current.session
  const grants = await server?.listGrants(accountIdOf(identity))
  const visit = { identity, sessionId: current.id, query: queryOf(c) }
  const sections = await Promise.all((deps.sections ?? []).map((section) => section(visit)))
  const news = [outcomes.get(visit.query.get('access') ?? ''), ...sections.map((one) => one.news)]
  const provider = login.providers.find((one) => one.provider.id === identity.provider)?.provider
  const content: AccountPageContent = {
    name: identity.name,
    email: identity.email,
    unverifiedEmail: identity.unverifiedEmail,
    username: identity.preferredUsername,
    provider: identity.provider === 'local' ? undefined : (provider?.label ?? identity.issuer),
    grants: grants?.map((grant) => letIn(grant, current.id, deps)),
    sections: sections.map(({ render }) => render),
    news: news.find((one) => one !== undefined),
    endAction: linkTo(`${accountPath}/end`, undefined, login),
    switchUrl: linkTo('/login', target, login, { prompt: 'select_account' }),
    logoutUrl: linkTo('/logout', undefined, login),
  }
  return answerPage(c, (frame) => accountPage(frame, content), { status: 200 }, login)
}

/** What is said of a form that is none of ours. */
export const badForm = (status: Problem['status'], login: LoginDependencies): Problem => ({
  status,
  title: 'interaction.title',
  explanation: ['account.form'],
  next: { label: 'account.back', url: linkTo(accountPath, undefined, login) },
})

/** `POST /account/end`: ends one grant of the session's own account. */
async function end(
  c: Context,
  server: NonNullable<AccountDependencies['server']>,
  login: LoginDependencies,
): Promise<Response> {
  const body = await readFormBody(c.req.raw)
  if (body.kind === 'refused') return answerProblem(c, badForm(body.status, login), login)
  const { current } = await readVisit(c, login)
  if (current.kind !== 'session')
    return redirect(303, linkTo('/login', accountTarget(login), login))
  const grantId = body.get('grant') ?? ''
  const elsewhere = isFromElsewhere(c.req.raw.headers, login.publicUrl.origin)
  if (elsewhere || !matchToken(body.get('csrf'), csrfTokenOf(current.id, grantId, login))) {
    return answerProblem(c, badForm(403, login), login)
  }
  const { identity } = current.session
  const outcome = await server.endGrant(accountIdOf(identity), grantId)
  return redirect(303, linkTo(accountPath, undefined, login, { access: outcome }))
}

/** Makes `/account` and what its forms lead to, to be mounted at the base path. */
export function createAccountRoutes(deps: AccountDependencies): Hono {
  const { server, login } = deps
  const routes = new Hono().get(accountPath, (c) => show(c, deps))
  if (server !== undefined) routes.post(`${accountPath}/end`, (c) => end(c, server, login))
  return routes
}
