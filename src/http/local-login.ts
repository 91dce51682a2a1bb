// Name and password of a local account: the form, and what becomes of it.

import type { Context } from 'hono'
import { type LoginPageContent, loginPage } from '../pages/login.ts'
import { localIssuer } from '../ports/store.ts'
import type { Cookies } from '../protocol/cookies.ts'
import { formatSetCookie } from '../protocol/set-cookie.ts'
import { finishLogin } from './finish-login.ts'
import { flowLifetime, hostCookieName } from './flow-cookie.ts'
import { readFormBody } from './form-body.ts'
import {
  answerLimited,
  answerProblem,
  formatTarget,
  type LoginDependencies,
  linkTo,
  type Problem,
  readTarget,
  readVisit,
  refuseWhenLimited,
  type Target,
  type VerifyLocal,
  type Visit,
} from './login-context.ts'
import { isFromElsewhere, matchToken } from './own-form.ts'
import { page } from './reply.ts'

const maxNameLength = 64
const maxPasswordLength = 1024

const csrfCookieName = (deps: LoginDependencies) =>
  hostCookieName('sallyport-csrf', deps.cookie.https)

const csrfTokenOf = (value: string, deps: LoginDependencies): string =>
  deps.hashOf(`login-form:${value}`)

function readCsrfCookie(cookies: Cookies, deps: LoginDependencies): string | undefined {
  if (cookies.kind === 'refused') return undefined
  const found = cookies.get(csrfCookieName(deps))
  return found.kind === 'one' && /^[\w-]{43}$/.test(found.value) ? found.value : undefined
}

export type LoginForm = {
  readonly visit: Visit
  readonly target: Target
  readonly selectAccount: boolean
  readonly status: 200 | 403
  /** What was typed and why it failed. */
  readonly name?: string
  readonly error?: string
  readonly cookies?: readonly string[]
}

/** The page with every way to sign in; sets the form's cookie when there is a form. */
export function answerLoginPage(form: LoginForm, deps: LoginDependencies): Promise<Response> {
  const { visit, target, selectAccount, status, name = '', error, cookies = [] } = form
  const prompt: Record<string, string> = selectAccount ? { prompt: 'select_account' } : {}
  const value = readCsrfCookie(visit.cookies, deps) ?? deps.randomToken()
  const csrfCookie = formatSetCookie({
    name: csrfCookieName(deps),
    value,
    maxAge: flowLifetime,
    domain: undefined,
    secure: deps.cookie.https,
  })
  const content: LoginPageContent = {
    providers: deps.providers.map(({ provider: { id, label } }) => ({
      label,
      url: linkTo(`/login/${encodeURIComponent(id)}`, target, deps, prompt),
    })),
    local: deps.verifyLocal && {
      action: linkTo('/login/local', undefined, deps),
      csrf: csrfTokenOf(value, deps),
      returnTo: formatTarget(target),
      name,
      error,
    },
    destination: target.asked ? new URL(target.url).host : undefined,
  }
  return page(status, (nonce) => loginPage(nonce, content), {
    https: deps.cookie.https,
    cookies: deps.verifyLocal ? [...cookies, csrfCookie] : cookies,
    formAction: deps.verifyLocal && target.origin !== deps.publicUrl.origin ? [target.origin] : [],
  })
}

const badForm = (status: Problem['status'], reason: string, deps: LoginDependencies): Problem => ({
  status,
  title: 'The form could not be read',
  explanation: ['Please go back to the sign-in page and fill it in again.'],
  next: { label: 'Sign in', url: linkTo('/login', undefined, deps) },
  event: { name: 'login.failed', fields: { provider: 'local', reason } },
})

async function verify(
  c: Context,
  typed: { readonly name: string; readonly password: string },
  verifyLocal: VerifyLocal,
  deps: LoginDependencies,
) {
  const { name, password } = typed
  if (name.length > maxNameLength || password.length > maxPasswordLength) {
    return { kind: 'refused' as const }
  }
  return verifyLocal(name, password, deps.clientAddress(c))
}

/** `POST /login/local`. */
export const createLocalLogin =
  (verifyLocal: VerifyLocal, deps: LoginDependencies) =>
  async (c: Context): Promise<Response> => {
    const body = await readFormBody(c.req.raw)
    if (body.kind === 'refused')
      return answerProblem(c, badForm(body.status, body.reason, deps), deps)
    const visit = await readVisit(c, deps)
    const csrf = readCsrfCookie(visit.cookies, deps)
    const elsewhere = isFromElsewhere(c.req.raw.headers, deps.publicUrl.origin)
    if (elsewhere || !csrf || !matchToken(body.get('csrf'), csrfTokenOf(csrf, deps))) {
      return answerProblem(c, badForm(403, 'not-our-form', deps), deps)
    }
    const limited = await refuseWhenLimited(c, deps)
    if (limited !== undefined) return limited
    const target = readTarget([body.get('rd') ?? ''], deps)
    const typed = { name: body.get('name') ?? '', password: body.get('password') ?? '' }
    const answer = await verify(c, typed, verifyLocal, deps)
    if (answer.kind === 'limited') return answerLimited(c, answer.retryAfter, deps)
    if (answer.kind === 'refused') {
      const address = deps.clientAddress(c)
      const fields = { provider: 'local', issuer: localIssuer, reason: 'wrong-password', address }
      deps.log.warn('login.failed', fields)
      const { name } = typed
      const error = 'Name or password is not right.'
      return answerLoginPage(
        {
          visit,
          target,
          selectAccount: false,
          status: 403,
          name: name.slice(0, maxNameLength),
          error,
        },
        deps,
      )
    }
    const proven = { identity: answer.identity, idToken: undefined, providerSession: undefined }
    return finishLogin(c, proven, { visit, target, status: 303, cookies: [] }, deps)
  }
