// Tokens for scripts on the account page: their owner makes, sees and ends them (security.md R22, R73, R77).

import { type Context, Hono } from 'hono'
import type { PlainKey } from '../appearance/messages.ts'
import { tokenFormPage, tokenMadePage, tokensSection } from '../pages/account-tokens.ts'
import type { PersonalTokenStore } from '../ports/personal-tokens.ts'
import type { Session } from '../ports/store.ts'
import { accountIdOf } from '../protocol/account-id.ts'
import { formatPersonalToken } from '../protocol/personal-token.ts'
import { later, type Seconds, seconds } from '../protocol/time.ts'
import { type AccountSection, accountTarget, badForm } from './account.ts'
import { readTokenForm, type TokenForm, type TokenFormRules } from './account-token-form.ts'
import { readFormBody } from './form-body.ts'
import { formatFormToken, takeFormToken } from './form-token.ts'
import {
  accountPath,
  answerPage,
  answerProblem,
  type LoginDependencies,
  linkTo,
  readVisit,
} from './login-context.ts'
import { isFromElsewhere, matchToken } from './own-form.ts'
import { redirect } from './reply.ts'

export type AccountTokenDependencies = {
  readonly login: LoginDependencies
  readonly tokens: PersonalTokenStore
  readonly maxLifetime: Seconds
  readonly rules: Pick<TokenFormRules, 'knowsHost'>
  /** Scopes that people may give to what acts in their name. */
  readonly scopes: () => readonly string[]
}

const tokensPath = `${accountPath}/tokens`

/** How many tokens an account may have. */
const mostTokens = 50

/** A session that somebody took over must not become a token that lives for a year. */
const freshFor = seconds(3600)

const day = 86_400

const outcomes: ReadonlyMap<string, PlainKey> = new Map([
  ['revoked', 'tokens.ended'],
  ['unknown', 'tokens.ended-before'],
])

const endTokenOf = (sessionId: string, id: string, { hashOf }: LoginDependencies): string =>
  hashOf(`end-token:${JSON.stringify([id, sessionId])}`)

/** The part of the account page. */
export const createTokenSection =
  ({ login, tokens }: Pick<AccountTokenDependencies, 'login' | 'tokens'>): AccountSection =>
  async ({ identity, sessionId, query }) => {
    const owned = await tokens.list(accountIdOf(identity))
    const content = {
      tokens: owned.map(({ token }) => ({
        ...token,
        csrf: endTokenOf(sessionId, token.id, login),
      })),
      newUrl: linkTo(`${tokensPath}/new`, undefined, login),
      endAction: linkTo(`${tokensPath}/end`, undefined, login),
    }
    return {
      render: (frame) => tokensSection(frame, content),
      news: outcomes.get(query.get('token') ?? ''),
    }
  }

type Visitor = { readonly sessionId: string; readonly session: Session }

const toLogin = (login: LoginDependencies): Response =>
  redirect(303, linkTo('/login', accountTarget(login), login))

async function readVisitor(c: Context, login: LoginDependencies): Promise<Visitor | undefined> {
  const { current } = await readVisit(c, login)
  return current.kind === 'session'
    ? { sessionId: current.id, session: current.session }
    : undefined
}

const isFresh = ({ session }: Visitor, { now }: LoginDependencies): boolean =>
  later(session.createdAt, freshFor) > now()

const answerStale = (c: Context, login: LoginDependencies): Promise<Response> => {
  const url = linkTo('/login', accountTarget(login), login, { prompt: 'select_account' })
  const next = { label: 'action.sign-in', url } as const
  const title = 'tokens.again-title'
  return answerProblem(c, { status: 403, title, explanation: ['tokens.again'], next }, login)
}

const purposeOf = ({ sessionId }: Visitor) => ({ sessionId, about: 'make-token' })

const mostDaysOf = ({ maxLifetime }: AccountTokenDependencies): number =>
  Math.floor(maxLifetime / day)

function answerForm(
  c: Context,
  visitor: Visitor,
  { fields, error }: Pick<TokenForm, 'fields' | 'error'>,
  deps: AccountTokenDependencies,
): Promise<Response> {
  const { login } = deps
  const content = {
    action: linkTo(tokensPath, undefined, login),
    csrf: formatFormToken(purposeOf(visitor), login),
    fields,
    error,
    scopes: deps.scopes(),
    mostDays: mostDaysOf(deps),
    backUrl: linkTo(accountPath, undefined, login),
  }
  const status = error === undefined ? 200 : 400
  return answerPage(c, (frame) => tokenFormPage(frame, content), { status }, login)
}

/** `GET /account/tokens/new`. */
async function showForm(c: Context, deps: AccountTokenDependencies): Promise<Response> {
  const visitor = await readVisitor(c, deps.login)
  if (visitor === undefined) return toLogin(deps.login)
  if (!isFresh(visitor, deps.login)) return answerStale(c, deps.login)
  const days = String(Math.min(30, mostDaysOf(deps)))
  const fields = { name: '', hosts: '', path: '', methods: '', scopes: '', days }
  return answerForm(c, visitor, { fields, error: undefined }, deps)
}

async function make(
  { session: { identity, createdAt: seenAt } }: Visitor,
  { name, bounds, days }: Extract<TokenForm, { readonly error: undefined }>,
  address: string,
  { login, tokens }: AccountTokenDependencies,
): Promise<{ readonly value: string } | 'full' | 'unknown-owner'> {
  const account = accountIdOf(identity)
  const now = login.now()
  // Who signed in before tokens were there was not remembered then.
  await login.store.authorization.snapshots.remember({ account, identity, seenAt })
  const value = formatPersonalToken(login.randomToken())
  const id = login.newDecisionId()
  const expiresAt = later(now, seconds(days * day))
  const tokenHash = login.hashOf(value)
  const token = {
    id,
    tokenHash,
    name,
    account,
    madeBy: 'owner',
    bounds,
    createdAt: now,
    expiresAt,
  } as const
  const added = await tokens.add(token, mostTokens)
  if (added !== 'added') return added
  const { hosts, path, methods, scopes } = bounds
  const limits = { hosts, path, methods, scopes, expiresAt }
  login.log.info('personal_token.created', { id, account, by: 'owner', ...limits, address })
  return { value }
}

/** `POST /account/tokens`: the only answer that ever holds a value. */
async function create(c: Context, deps: AccountTokenDependencies): Promise<Response> {
  const { login } = deps
  const body = await readFormBody(c.req.raw)
  if (body.kind === 'refused') return answerProblem(c, badForm(body.status, login), login)
  const visitor = await readVisitor(c, login)
  if (visitor === undefined) return toLogin(login)
  const { spend } = login.store.authorization.artifacts
  const taken = isFromElsewhere(c.req.raw.headers, login.publicUrl.origin)
    ? 'refused'
    : await takeFormToken(body.get('csrf'), purposeOf(visitor), { ...login, spend })
  if (taken === 'refused') return answerProblem(c, badForm(403, login), login)
  if (!isFresh(visitor, login)) return answerStale(c, login)
  const rules = { ...deps.rules, scopes: deps.scopes(), mostDays: mostDaysOf(deps) }
  const form = readTokenForm(body.get, rules)
  if (form.error !== undefined) return answerForm(c, visitor, form, deps)
  if (taken === 'replayed')
    return answerForm(c, visitor, { ...form, error: 'tokens.sent-before' }, deps)
  const made = await make(visitor, form, login.clientAddress(c), deps)
  if (made === 'full') return answerForm(c, visitor, { ...form, error: 'tokens.full' }, deps)
  if (made === 'unknown-owner') return toLogin(login)
  const content = {
    value: made.value,
    name: form.name,
    backUrl: linkTo(accountPath, undefined, login),
  }
  return answerPage(c, (frame) => tokenMadePage(frame, content), { status: 200 }, login)
}

/** `POST /account/tokens/end`: ends one token of the session's own account. */
async function end(c: Context, { login, tokens }: AccountTokenDependencies): Promise<Response> {
  const body = await readFormBody(c.req.raw)
  if (body.kind === 'refused') return answerProblem(c, badForm(body.status, login), login)
  const visitor = await readVisitor(c, login)
  if (visitor === undefined) return toLogin(login)
  const id = body.get('token') ?? ''
  const elsewhere = isFromElsewhere(c.req.raw.headers, login.publicUrl.origin)
  if (elsewhere || !matchToken(body.get('csrf'), endTokenOf(visitor.sessionId, id, login)))
    return answerProblem(c, badForm(403, login), login)
  const account = accountIdOf(visitor.session.identity)
  const outcome = await tokens.revoke(id, account)
  const address = login.clientAddress(c)
  if (outcome.kind === 'revoked')
    login.log.info('personal_token.revoked', { id, account, by: 'owner', address })
  return redirect(303, linkTo(accountPath, undefined, login, { token: outcome.kind }))
}

/** Makes what the forms of the section lead to, to be mounted at the base path. */
export function createTokenRoutes(deps: AccountTokenDependencies): Hono {
  return new Hono()
    .get(`${tokensPath}/new`, (c) => showForm(c, deps))
    .post(tokensPath, (c) => create(c, deps))
    .post(`${tokensPath}/end`, (c) => end(c, deps))
}
