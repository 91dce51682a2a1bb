// Name and password of a local account: the form, and what becomes of it.

import type { Context } from 'hono'
import type { Phrase } from '../appearance/messages.ts'
import { type LoginPageContent, loginPage } from '../pages/login.ts'
import { seconds } from '../protocol/time.ts'
import { finishLogin } from './finish-login.ts'
import {
  answerLimited,
  answerPage,
  answerProblem,
  formatTarget,
  type LoginDependencies,
  linkTo,
  readTarget,
  type Target,
  type VerifyLocal,
  type Visit,
} from './login-context.ts'
import { formatTieRemoval, readOwnForm, tieForm } from './login-form.ts'
import { passkeyLinks } from './passkey-script.ts'
import { beginSecondFactor } from './second-factor.ts'

const maxNameLength = 64
const maxPasswordLength = 1024

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
  const { csrf, cookie } = tieForm(visit.cookies, deps)
  const passkey = deps.ownAccounts && passkeyLinks('/login/passkey', deps)
  const content: LoginPageContent = {
    providers: deps.providers.map(({ provider: { id, label } }) => ({
      label,
      url: linkTo(`/login/${encodeURIComponent(id)}`, target, deps, prompt),
    })),
    local: deps.verifyLocal && {
      action: linkTo('/login/local', undefined, deps),
      csrf,
      returnTo: formatTarget(target),
      name,
      error,
      passkey,
    },
    destination: target.asked ? new URL(target.url).host : undefined,
  }
  const elsewhere = deps.verifyLocal !== undefined && target.origin !== deps.publicUrl.origin
  return answerPage(
    c,
    (frame) => loginPage(frame, content),
    {
      status,
      cookies: deps.verifyLocal ? [...cookies, cookie] : cookies,
      formAction: elsewhere ? [target.origin] : [],
      script: passkey && { connect: [] },
    },
    deps,
  )
}

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

/** `POST /login/local`. */
export const createLocalLogin =
  (verifyLocal: VerifyLocal, deps: LoginDependencies) =>
  async (c: Context): Promise<Response> => {
    const form = await readOwnForm(c, deps)
    if (form.kind === 'answer') return form.answer
    const { body, visit, secret } = form
    const target = readTarget([body.get('rd') ?? ''], deps)
    const name = body.get('name') ?? ''
    const password = body.get('password') ?? ''
    const short = name.length <= maxNameLength && password.length <= maxPasswordLength
    const answer = short
      ? await verifyLocal(name, password, deps.clientAddress(c))
      : ({ kind: 'wrong' } as const)
    switch (answer.kind) {
      case 'limited':
        return answerLimited(c, answer.retryAfter, deps)
      case 'unavailable':
        return busy(c, target, deps)
      case 'wrong':
        return wrongPassword(c, { visit, target, name }, deps)
      case 'second-factor':
        return beginSecondFactor(c, { ...answer, visit, target, secret }, deps)
      case 'identity': {
        const proven = { ...answer, idToken: undefined, providerSession: undefined }
        const cookies = [formatTieRemoval(deps)]
        return finishLogin(c, proven, { visit, target, status: 303, cookies }, deps)
      }
    }
  }
