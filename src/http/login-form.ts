// Forms of people who are not signed in yet: tied to one browser by a cookie of their own (security.md R22).

import type { Context } from 'hono'
import type { Cookies } from '../protocol/cookies.ts'
import { formatSetCookie } from '../protocol/set-cookie.ts'
import { type Seconds, seconds } from '../protocol/time.ts'
import { flowLifetime, hostCookieName } from './flow-cookie.ts'
import { type FormBody, readFormBody } from './form-body.ts'
import {
  answerProblem,
  type LoginDependencies,
  linkTo,
  type Problem,
  readVisit,
  type Visit,
} from './login-context.ts'
import { isFromElsewhere, matchToken } from './own-form.ts'

const cookieName = (deps: LoginDependencies) => hostCookieName('sallyport-csrf', deps.cookie.https)

const tokenOf = (value: string, deps: LoginDependencies): string =>
  deps.hashOf(`login-form:${value}`)

/** The secret that only this browser has; undefined when it has none yet. */
export function readBrowserSecret(cookies: Cookies, deps: LoginDependencies): string | undefined {
  if (cookies.kind === 'refused') return undefined
  const found = cookies.get(cookieName(deps))
  return found.kind === 'one' && /^[\w-]{43}$/.test(found.value) ? found.value : undefined
}

const formatCookie = (value: string, maxAge: Seconds, deps: LoginDependencies): string =>
  formatSetCookie({
    name: cookieName(deps),
    value,
    maxAge,
    domain: undefined,
    secure: deps.cookie.https,
  })

export type FormTie = {
  /** Only this browser has it. */
  readonly secret: string
  /** For the form's hidden field. */
  readonly csrf: string
  /** `Set-Cookie` that goes with the page. */
  readonly cookie: string
}

/** Ties a form to this browser; one that has several pages open keeps one secret. */
export function tieForm(cookies: Cookies, deps: LoginDependencies): FormTie {
  const secret = readBrowserSecret(cookies, deps) ?? deps.randomToken()
  return { secret, csrf: tokenOf(secret, deps), cookie: formatCookie(secret, flowLifetime, deps) }
}

/** `Set-Cookie` that ends the tie. */
export const formatTieRemoval = (deps: LoginDependencies): string =>
  formatCookie('', seconds(0), deps)

/** What a person is told whose form cannot be taken, and what the log calls it. */
export type BadForm = Pick<Problem, 'explanation' | 'next'> & { readonly event: string }

const badLogin = (deps: LoginDependencies): BadForm => ({
  explanation: ['login-form.explanation'],
  next: { label: 'action.sign-in', url: linkTo('/login', undefined, deps) },
  event: 'login.failed',
})

export type Typed =
  | { readonly kind: 'answer'; readonly answer: Promise<Response> }
  | {
      readonly kind: 'typed'
      readonly body: FormBody & { readonly kind: 'form' }
      readonly visit: Visit
      /** Only this browser has it. */
      readonly secret: string
    }

/** The form, when it is one that this browser filled in on our page (R22). */
export async function readOwnForm(
  c: Context,
  deps: LoginDependencies,
  bad: BadForm = badLogin(deps),
): Promise<Typed> {
  const { explanation, next, event: name } = bad
  const refuse = (status: Problem['status'], reason: string): Typed => {
    const event = { name, fields: { provider: 'local', reason } }
    const problem = { status, title: 'login-form.title', explanation, next, event } as const
    return { kind: 'answer', answer: answerProblem(c, problem, deps) }
  }
  const body = await readFormBody(c.req.raw)
  if (body.kind === 'refused') return refuse(body.status, body.reason)
  const visit = await readVisit(c, deps)
  const secret = readBrowserSecret(visit.cookies, deps)
  const elsewhere = isFromElsewhere(c.req.raw.headers, deps.publicUrl.origin)
  if (elsewhere || !secret || !matchToken(body.get('csrf'), tokenOf(secret, deps))) {
    return refuse(403, 'not-our-form')
  }
  return { kind: 'typed', body, visit, secret }
}
