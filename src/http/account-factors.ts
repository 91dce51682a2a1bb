// The pages on which a person changes how they sign in to an own account. Only soon after a sign-in.

import { type Context, Hono } from 'hono'
import { html } from 'hono/html'
import type { PlainKey } from '../appearance/messages.ts'
import {
  appSetupPage,
  factorsPage,
  factorsSection,
  recoveryCodesPage,
} from '../pages/account-factors.ts'
import type { Added } from '../ports/own-accounts.ts'
import { formatShownText } from '../protocol/display-text.ts'
import type { Identity } from '../protocol/identity.ts'
import { later, seconds } from '../protocol/time.ts'
import { type AccountSection, badForm } from './account.ts'
import { readFormBody } from './form-body.ts'
import {
  accountPath,
  answerPage,
  answerProblem,
  type LoginDependencies,
  linkTo,
  queryOf,
  readVisit,
  type Target,
} from './login-context.ts'
import { isFromElsewhere, matchToken } from './own-form.ts'
import { challengeTaker, newChallenge } from './passkey-challenge.ts'
import { passkeyScriptUrl } from './passkey-script.ts'
import { json, redirect } from './reply.ts'
import type { CurrentSession } from './session-cookie.ts'

type OwnAccounts = NonNullable<LoginDependencies['ownAccounts']>

export type FactorDependencies = { readonly own: OwnAccounts; readonly login: LoginDependencies }

const path = `${accountPath}/sign-in`
const freshFor = seconds(600)
const sealPurpose = 'new-one-time-secret'
const about = 'add'

const isLocal = ({ provider }: Identity): boolean => provider === 'local'

const targetOf = ({ publicUrl: { href, origin } }: LoginDependencies): Target => ({
  url: `${href}${path}`,
  origin,
  asked: true,
})

const csrfOf = (sessionId: string, { hashOf }: LoginDependencies): string =>
  hashOf(`account-factors:${sessionId}`)

/** The part of the account page that leads here; undefined for people who sign in elsewhere. */
export const createFactorSection =
  ({ own, login }: FactorDependencies): AccountSection =>
  async ({ identity }) => {
    const factors = isLocal(identity) ? await own.factors.show(identity.subject) : undefined
    const url = linkTo(path, undefined, login)
    return { render: (frame) => (factors ? factorsSection(frame, factors, url) : html``) }
  }

type Session = Extract<CurrentSession, { kind: 'session' }>

type Arrival =
  | { readonly kind: 'answer'; readonly answer: Response }
  | { readonly kind: 'session'; readonly current: Session; readonly isFresh: boolean }

/** The session of a local account; anybody else is led elsewhere. */
async function arrive(c: Context, status: 302 | 303, login: LoginDependencies): Promise<Arrival> {
  const { current } = await readVisit(c, login)
  if (current.kind !== 'session') {
    return { kind: 'answer', answer: redirect(status, linkTo('/login', targetOf(login), login)) }
  }
  const { identity, createdAt } = current.session
  if (!isLocal(identity)) {
    return { kind: 'answer', answer: redirect(status, linkTo(accountPath, undefined, login)) }
  }
  return { kind: 'session', current, isFresh: login.now() < later(createdAt, freshFor) }
}

const outcomes: ReadonlyMap<string, PlainKey> = new Map([
  ['added', 'factors.added'],
  ['removed', 'factors.removed'],
  ['last', 'factors.last'],
  ['unknown', 'factors.unknown'],
  ['refused', 'factors.passkey-refused'],
  ['stale', 'factors.fresh'],
])

/** `GET /account/sign-in`. */
async function show(c: Context, { own, login }: FactorDependencies): Promise<Response> {
  const arrival = await arrive(c, 302, login)
  if (arrival.kind === 'answer') return arrival.answer
  const { current, isFresh } = arrival
  const factors = await own.factors.show(current.session.identity.subject)
  if (factors === undefined) return redirect(302, linkTo(accountPath, undefined, login))
  const forms = {
    action: linkTo(path, undefined, login),
    csrf: csrfOf(current.id, login),
    optionsUrl: linkTo(`${path}/options`, undefined, login),
    scriptUrl: passkeyScriptUrl(login),
    appUrl: linkTo(`${path}/app`, undefined, login),
  }
  const content = {
    factors,
    forms: isFresh ? forms : undefined,
    signInUrl: linkTo('/login', targetOf(login), login, { prompt: 'select_account' }),
    accountUrl: linkTo(accountPath, undefined, login),
    news: outcomes.get(queryOf(c).get('done') ?? ''),
  }
  const answer = { status: 200, script: isFresh ? { connect: [] } : undefined }
  return answerPage(c, (frame) => factorsPage(frame, content), answer, login)
}

/** `GET /account/sign-in/options`: for the script of the page. */
async function options(c: Context, { own, login }: FactorDependencies): Promise<Response> {
  const arrival = await arrive(c, 302, login)
  if (arrival.kind === 'answer' || !arrival.isFresh) return json(403, { error: 'not_fresh' })
  const { current } = arrival
  const challenge = newChallenge({ sessionId: current.id, about }, login)
  return json(200, await own.factors.creationOptions(current.session.identity.subject, challenge))
}

const back = (done: string, login: LoginDependencies): Response =>
  redirect(303, linkTo(path, undefined, login, { done }))

/** `GET /account/sign-in/app`: a new secret, which comes back sealed with the code. */
async function setUpApp(c: Context, deps: FactorDependencies): Promise<Response> {
  const { own, login } = deps
  const arrival = await arrive(c, 302, login)
  if (arrival.kind === 'answer') return arrival.answer
  if (!arrival.isFresh) return redirect(302, linkTo(path, undefined, login, { done: 'stale' }))
  const { id, session } = arrival.current
  const made = own.factors.newSecret(session.identity.preferredUsername ?? '')
  if (made === undefined) return redirect(302, linkTo(path, undefined, login))
  return answerSetup(c, { ...made, sessionId: id, error: undefined }, deps)
}

type Setup = {
  readonly secret: string
  readonly uri: string
  readonly sessionId: string
  readonly error: PlainKey | undefined
}

function answerSetup(
  c: Context,
  { secret, uri, sessionId, error }: Setup,
  { login }: FactorDependencies,
): Promise<Response> {
  const content = {
    action: linkTo(path, undefined, login),
    csrf: csrfOf(sessionId, login),
    sealed: login.seal(JSON.stringify([secret, uri]), sessionId, sealPurpose),
    secret,
    uri,
    error,
    backUrl: linkTo(path, undefined, login),
  }
  const status = error === undefined ? 200 : 403
  return answerPage(c, (frame) => appSetupPage(frame, content), { status }, login)
}

function answerCodes(c: Context, codes: readonly string[], login: LoginDependencies) {
  const content = { codes, doneUrl: linkTo(path, undefined, login, { done: 'added' }) }
  return answerPage(c, (frame) => recoveryCodesPage(frame, content), { status: 200 }, login)
}

const answerAdded = (c: Context, { recoveryCodes }: Added, login: LoginDependencies) =>
  recoveryCodes === undefined ? back('added', login) : answerCodes(c, recoveryCodes, login)

type Task = (
  c: Context,
  form: {
    readonly account: string
    readonly sessionId: string
    readonly get: (name: string) => string
  },
  deps: FactorDependencies,
) => Promise<Response>

const tasks: Readonly<Record<string, Task>> = {
  'add-passkey': async (c, { account, sessionId, get }, { own, login }) => {
    const name = formatShownText(get('name'), 64) ?? 'Passkey'
    const take = challengeTaker({ sessionId, about }, { ...login, spend: own.spend })
    const added = await own.factors.addPasskey(account, { answer: get('passkey'), name }, take)
    if (added.kind === 'added') return answerAdded(c, added, login)
    login.log.warn('account.passkey_refused', { reason: added.reason })
    return back('refused', login)
  },
  'remove-passkey': async (_, { account, get }, { own, login }) =>
    back(await own.factors.removePasskey(account, get('credential')), login),
  'add-app': async (c, { account, sessionId, get }, deps) => {
    const { own, login } = deps
    const text = login.unseal(get('sealed'), sessionId, sealPurpose)
    if (text === undefined) return answerProblem(c, badForm(403, login), login)
    const [secret = '', uri = ''] = JSON.parse(text)
    const added = await own.factors.addApp(account, secret, get('code'))
    if (added.kind === 'added') return answerAdded(c, added, login)
    return answerSetup(c, { secret, uri, sessionId, error: 'app-setup.wrong' }, deps)
  },
  'remove-app': async (_, { account }, { own, login }) =>
    back(await own.factors.removeApp(account), login),
  'renew-codes': async (c, { account }, { own, login }) => {
    const codes = await own.factors.renewRecoveryCodes(account)
    return codes === undefined ? back('unknown', login) : answerCodes(c, codes, login)
  },
}

/** `POST /account/sign-in`. */
async function change(c: Context, deps: FactorDependencies): Promise<Response> {
  const { login } = deps
  const body = await readFormBody(c.req.raw)
  if (body.kind === 'refused') return answerProblem(c, badForm(body.status, login), login)
  const arrival = await arrive(c, 303, login)
  if (arrival.kind === 'answer') return arrival.answer
  const { id: sessionId, session } = arrival.current
  const elsewhere = isFromElsewhere(c.req.raw.headers, login.publicUrl.origin)
  if (elsewhere || !matchToken(body.get('csrf'), csrfOf(sessionId, login))) {
    return answerProblem(c, badForm(403, login), login)
  }
  if (!arrival.isFresh) return back('stale', login)
  const name = body.get('task') ?? ''
  const task = Object.hasOwn(tasks, name) ? tasks[name] : undefined
  if (task === undefined) return answerProblem(c, badForm(400, login), login)
  const { subject: account } = session.identity
  login.log.info('account.factors', { task: name, account })
  return task(c, { account, sessionId, get: (field) => body.get(field) ?? '' }, deps)
}

/** Makes `/account/sign-in` and what belongs to it, to be mounted at the base path. */
export function createFactorRoutes(deps: FactorDependencies): Hono {
  return new Hono()
    .get(path, (c) => show(c, deps))
    .post(path, (c) => change(c, deps))
    .get(`${path}/options`, (c) => options(c, deps))
    .get(`${path}/app`, (c) => setUpApp(c, deps))
}
