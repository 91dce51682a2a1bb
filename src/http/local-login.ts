// Name and password of a local account: the form, and what becomes of it.

import type { Context } from 'hono'
import type { Phrase } from '../appearance/messages.ts'
import { type LoginPageContent, loginPage } from '../pages/login.ts'
import type { Cookies } from '../protocol/cookies.ts'
import { formatSetCookie } from '../protocol/set-cookie.ts'
import { type Seconds, seconds } from '../protocol/time.ts'
import { finishLogin } from './finish-login.ts'
import { flowLifetime, hostCookieName } from './flow-cookie.ts'
import { type FormBody, readFormBody } from './form-body.ts'
import {
  answerLimited,
  answerPage,
  answerProblem,
  formatTarget,
  type LocalAnswer,
  type LoginDependencies,
  linkTo,
  type Problem,
  readTarget,
  readVisit,
  type Target,
  type VerifyLocal,
  type Visit,
} from './login-context.ts'
import { isFromElsewhere, matchToken } from './own-form.ts'

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

const formatCsrfCookie = (value: string, maxAge: Seconds, deps: LoginDependencies): string =>
  formatSetCookie({
    name: csrfCookieName(deps),
    value,
    maxAge,
    domain: undefined,
    secure: deps.cookie.https,
  })

export type LoginForm = {
  readonly visit: Visit
  readonly target: Target
  readonly selectAccount: boolean
  /** What the links to providers have in their query besides. */
  readonly further?: Readonly<Record<string, string>>
  readonly status: 200 | 403
  /** What was typed and why it failed. */
  readonly name?: string
  readonly error?: Phrase
  readonly cookies?: readonly string[]
}

/** The page with every way to sign in; sets the form's cookie when there is a form. */
export function answerLoginPage(
  c: Context,
  form: LoginForm,
  deps: LoginDependencies,
): Promise<Response> {
  const { visit, target, selectAccount, status, name = '', error, cookies = [] } = form
  const prompt = { ...form.further, ...(selectAccount ? { prompt: 'select_account' } : {}) }
  const value = readCsrfCookie(visit.cookies, deps) ?? deps.randomToken()
  const csrfCookie = formatCsrfCookie(value, flowLifetime, deps)
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
  const elsewhere = deps.verifyLocal !== undefined && target.origin !== deps.publicUrl.origin
  return answerPage(
    c,
    (frame) => loginPage(frame, content),
    {
      status,
      cookies: deps.verifyLocal ? [...cookies, csrfCookie] : cookies,
      formAction: elsewhere ? [target.origin] : [],
    },
    deps,
  )
}

const badForm = (status: Problem['status'], reason: string, deps: LoginDependencies): Problem => ({
  status,
  title: 'login-form.title',
  explanation: ['login-form.explanation'],
  next: { label: 'action.sign-in', url: linkTo('/login', undefined, deps) },
  event: { name: 'login.failed', fields: { provider: 'local', reason } },
})

const busy = (c: Context, target: Target, deps: LoginDependencies): Promise<Response> =>
  answerProblem(
    c,
    {
      status: 503,
      title: 'busy.title',
      explanation: ['busy.explanation'],
      next: { label: 'action.try-again', url: linkTo('/login', target, deps) },
      retryAfter: seconds(5),
      event: { name: 'login.failed', fields: { provider: 'local', reason: 'busy' } },
    },
    deps,
  )

function wrongPassword(
  c: Context,
  typed: { readonly visit: Visit; readonly target: Target; readonly name: string },
  deps: LoginDependencies,
): Promise<Response> {
  const address = deps.clientAddress(c)
  deps.log.warn('login.failed', { provider: 'local', reason: 'wrong-password', address })
  const name = typed.name.slice(0, maxNameLength)
  const error = 'login.wrong'
  return answerLoginPage(c, { ...typed, selectAccount: false, status: 403, name, error }, deps)
}

type Typed =
  | { readonly kind: 'answer'; readonly answer: Promise<Response> }
  | {
      readonly kind: 'typed'
      readonly body: FormBody & { readonly kind: 'form' }
      readonly visit: Visit
    }

/** The form, when it is one that this browser filled in on our page (R22). */
async function readOwnForm(c: Context, deps: LoginDependencies): Promise<Typed> {
  const refuse = (status: Problem['status'], reason: string): Typed => ({
    kind: 'answer',
    answer: answerProblem(c, badForm(status, reason, deps), deps),
  })
  const body = await readFormBody(c.req.raw)
  if (body.kind === 'refused') return refuse(body.status, body.reason)
  const visit = await readVisit(c, deps)
  const csrf = readCsrfCookie(visit.cookies, deps)
  const elsewhere = isFromElsewhere(c.req.raw.headers, deps.publicUrl.origin)
  if (elsewhere || !csrf || !matchToken(body.get('csrf'), csrfTokenOf(csrf, deps))) {
    return refuse(403, 'not-our-form')
  }
  return { kind: 'typed', body, visit }
}

/** `POST /login/local`. */
export const createLocalLogin =
  (verifyLocal: VerifyLocal, deps: LoginDependencies) =>
  async (c: Context): Promise<Response> => {
    const form = await readOwnForm(c, deps)
    if (form.kind === 'answer') return form.answer
    const { body, visit } = form
    const target = readTarget([body.get('rd') ?? ''], deps)
    const name = body.get('name') ?? ''
    const password = body.get('password') ?? ''
    const short = name.length <= maxNameLength && password.length <= maxPasswordLength
    const answer: LocalAnswer = short
      ? await verifyLocal(name, password, deps.clientAddress(c))
      : { kind: 'wrong' }
    switch (answer.kind) {
      case 'limited':
        return answerLimited(c, answer.retryAfter, deps)
      case 'unavailable':
        return busy(c, target, deps)
      case 'wrong':
        return wrongPassword(c, { visit, target, name }, deps)
      case 'identity': {
        const proven = { ...answer, idToken: undefined, providerSession: undefined }
        const cookies = [formatCsrfCookie('', seconds(0), deps)]
        return finishLogin(c, proven, { visit, target, status: 303, cookies }, deps)
      }
    }
  }
