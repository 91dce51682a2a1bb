// What the login routes share: what they are handed, and how they read a visit and report a problem.

import type { Context } from 'hono'
import type { DemandOf } from '../access/visit-demand.ts'
import type { LookFor } from '../appearance/look.ts'
import type { Phrase, PlainKey } from '../appearance/messages.ts'
import type { Frame } from '../pages/layout.ts'
import { problemPage } from '../pages/problem.ts'
import type { IdentityProvider } from '../ports/identity-provider.ts'
import type { OwnAccounts, PasswordAnswer } from '../ports/own-accounts.ts'
import type { Clock, Log, LogFields, RandomToken } from '../ports/runtime.ts'
import type { Hash, Store } from '../ports/store.ts'
import type { Reach } from '../protocol/cookie-reach.ts'
import { type Cookies, parseCookies } from '../protocol/cookies.ts'
import type { Identity } from '../protocol/identity.ts'
import { type AllowedReturns, parseReturnUrl } from '../protocol/return-url.ts'
import type { Seconds } from '../protocol/time.ts'
import type { FormTokenPorts } from './form-token.ts'
import { type Html, page } from './reply.ts'
import {
  type CurrentSession,
  findCurrentSession,
  readSessionCookie,
  type SessionCookieSettings,
} from './session-cookie.ts'
import type { SignInJudgement } from './sign-in.ts'

/** A provider and the path, below the base path, that it sends browsers back to. */
export type LoginProvider = {
  readonly provider: IdentityProvider
  /** `/callback/<id>`, or `/callback` for a single provider registered that way. Unique. */
  readonly callbackPath: string
}

/** Checks name and password of a local account; counts attempts itself and takes as long for an unknown name. */
export type VerifyLocal = (
  name: string,
  password: string,
  address: string,
) => Promise<PasswordAnswer>

export type Limit = (
  kind: 'login',
  address: string,
) => Promise<{ readonly kind: 'ok' } | { readonly kind: 'limited'; readonly retryAfter: Seconds }>

export type LoginDependencies = {
  readonly publicUrl: {
    /** Without trailing slash, base path included. */
    readonly href: string
    readonly origin: string
    readonly hostname: string
  }
  readonly providers: readonly LoginProvider[]
  /** Undefined: no local accounts. */
  readonly verifyLocal: VerifyLocal | undefined
  /** Passkeys, second factors and invitations; undefined: no local accounts. */
  readonly ownAccounts?: (OwnAccounts & Pick<FormTokenPorts, 'spend'>) | undefined
  readonly store: Pick<
    Store,
    'authorization' | 'sessions' | 'loginFlows' | 'handOffs' | 'subjectPins'
  >
  readonly cookie: SessionCookieSettings
  /** Where that cookie arrives, and which hosts get a session of their own. */
  readonly reach: (hostname: string) => Reach
  /** The path that leads to us on those hosts, without trailing slash. */
  readonly handOffPath: string
  readonly session: {
    readonly lifetime: Seconds
    /** 0: no idle limit. */
    readonly idle: Seconds
  }
  readonly returns: AllowedReturns
  /** The global list, asked anew each time. */
  readonly judgeSignIn: (identity: Identity) => SignInJudgement
  /** Undefined: no page wants more than a session. */
  readonly demandOf?: DemandOf
  readonly pinSubject: boolean
  readonly limit: Limit
  readonly clientAddress: (c: Context) => string
  readonly lookFor: LookFor
  readonly now: Clock
  readonly randomToken: RandomToken
  /** Eight characters, shown on a page and logged. */
  readonly newDecisionId: () => string
  readonly hashOf: (value: string) => Hash
  readonly seal: (plain: string, keyMaterial: string, purpose: string) => string
  readonly unseal: (sealed: string, keyMaterial: string, purpose: string) => string | undefined
  readonly log: Log
  /** Finds the applications to tell, before grants end; what it resolves with tells them. Neither ever rejects. */
  readonly noticeOfLogout?: ((account: string) => Promise<() => Promise<void>>) | undefined
}

export const accountPath = '/account'

/** Where a browser goes after signing in, accepted before. */
export type Target = {
  readonly url: string
  readonly origin: string
  /** False: nothing acceptable was asked for, and this is our own page. */
  readonly asked: boolean
}

/** The return URL of a request, or our own page when none or no acceptable one came (R27, R29). */
export function readTarget(values: readonly string[], deps: LoginDependencies): Target {
  const [text = ''] = values
  const { href, origin } = deps.publicUrl
  const own: Target = { url: `${href}/signed-in`, origin, asked: false }
  if (values.length === 0 || (values.length === 1 && text === '')) return own
  const parsed =
    values.length === 1
      ? parseReturnUrl(text, deps.returns)
      : { kind: 'refused' as const, reason: 'repeated' as const }
  if (parsed.kind === 'return-url') return { url: parsed.value, origin: parsed.origin, asked: true }
  deps.log.info('login.target_refused', { reason: parsed.reason })
  return own
}

/** The value that `readTarget` reads again: empty for our own page. */
export const formatTarget = (target: Target): string => (target.asked ? target.url : '')

/** A link to one of the login routes that keeps the target. */
export function linkTo(
  path: string,
  target: Target | undefined,
  deps: LoginDependencies,
  query: Readonly<Record<string, string>> = {},
): string {
  const all = target?.asked ? { ...query, rd: target.url } : query
  const text = Object.entries(all)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')
  return `${deps.publicUrl.href}${path}${text === '' ? '' : `?${text}`}`
}

export const queryOf = (c: Context): URLSearchParams => new URL(c.req.url).searchParams

export type Visit = { readonly cookies: Cookies; readonly current: CurrentSession }

/** Cookies and session of a request. Rejects when the store cannot be asked. */
export async function readVisit(c: Context, deps: LoginDependencies): Promise<Visit> {
  const cookies = parseCookies(c.req.raw.headers.get('Cookie') ?? undefined)
  const current = await findCurrentSession(
    readSessionCookie(cookies, deps.cookie),
    { sessions: deps.store.sessions, hashOf: deps.hashOf, idle: deps.session.idle },
    deps.now(),
  )
  return { cookies, current }
}

/** The session id a browser brought, whether it is still good or not. */
export const broughtId = (current: CurrentSession): string | undefined =>
  current.kind === 'session' || current.kind === 'over' ? current.id : undefined

/** How logs name an account: the pair that never changes (R43). */
export const accountKey = (identity: Identity): string => `${identity.issuer} ${identity.subject}`

export type Problem = {
  readonly status: 400 | 403 | 404 | 413 | 415 | 429 | 503
  readonly title: PlainKey
  readonly explanation: readonly Phrase[]
  readonly next?: { readonly label: PlainKey; readonly url: string } | undefined
  readonly retryAfter?: Seconds
  readonly cookies?: readonly string[]
  /** The log line; without it nothing is logged. */
  readonly event?: { readonly name: string; readonly fields: LogFields }
}

export type PageAnswer = {
  readonly status: number
  /** Complete `Set-Cookie` values. */
  readonly cookies?: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
  /** Origins besides our own that a form of this page may lead to. */
  readonly formAction?: readonly string[]
  /** As for `page`. */
  readonly script?: { readonly connect: readonly string[] } | undefined
}

/** Answers a page in the visitor's language. */
export function answerPage(
  c: Context,
  render: (frame: Frame) => Html,
  answer: PageAnswer,
  deps: Pick<LoginDependencies, 'lookFor' | 'cookie'>,
): Promise<Response> {
  const look = deps.lookFor(c.req.header('accept-language'))
  const { status, ...options } = answer
  return page(status, (nonce) => render({ ...look, nonce }), {
    ...options,
    https: deps.cookie.https,
  })
}

/** Answers an error page and writes the log line that its number leads to. */
export function answerProblem(
  c: Context,
  problem: Problem,
  deps: LoginDependencies,
): Promise<Response> {
  const { status, title, explanation, next, retryAfter, cookies = [], event } = problem
  const decisionId = deps.newDecisionId()
  if (event) {
    const fields = { ...event.fields, decisionId, address: deps.clientAddress(c) }
    deps.log.warn(event.name, fields)
  }
  const content = { title, explanation, decisionId, next }
  const headers: Record<string, string> =
    retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }
  return answerPage(c, (frame) => problemPage(frame, content), { status, cookies, headers }, deps)
}

/** 429 when this address asked too often (R123), otherwise undefined. */
export async function refuseWhenLimited(
  c: Context,
  deps: LoginDependencies,
): Promise<Response | undefined> {
  const answer = await deps.limit('login', deps.clientAddress(c))
  return answer.kind === 'ok' ? undefined : answerLimited(c, answer.retryAfter, deps)
}

export const answerLimited = (
  c: Context,
  retryAfter: Seconds,
  deps: LoginDependencies,
): Promise<Response> =>
  answerProblem(
    c,
    {
      status: 429,
      title: 'limited.title',
      explanation: ['limited.explanation'],
      retryAfter,
      event: { name: 'login.limited', fields: {} },
    },
    deps,
  )
