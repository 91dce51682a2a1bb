// Where a provider sends the browser back to (OpenID Connect Core 1.0 §3.1.2.5, RFC 9207, security.md R33-R36).

import type { Context } from 'hono'
import type { Phrase } from '../appearance/messages.ts'
import type { LoginAnswer, LoginChecks } from '../ports/identity-provider.ts'
import type { LoginFlow } from '../ports/store.ts'
import { finishLogin } from './finish-login.ts'
import { findFlowCookie, formatFlowCookieRemoval } from './flow-cookie.ts'
import {
  answerProblem,
  type LoginDependencies,
  type LoginProvider,
  linkTo,
  queryOf,
  readTarget,
  readVisit,
  type Target,
  type Visit,
} from './login-context.ts'

export const flowPurpose = 'login-flow'

type Taken = {
  readonly flow: LoginFlow
  readonly checks: LoginChecks
  readonly removal: string
}

function parseChecks(text: string | undefined, state: string): LoginChecks | undefined {
  const [nonce, codeVerifier] = (text ?? '').split(' ')
  return nonce && codeVerifier ? { state, nonce, codeVerifier } : undefined
}

/** Nonce and verifier as they are sealed into the flow. */
export const formatChecks = (checks: LoginChecks): string =>
  `${checks.nonce} ${checks.codeVerifier}`

/** Takes the flow that belongs to this state, this browser and this provider; nobody can take it again. */
async function takeFlow(
  state: string,
  visit: Visit,
  provider: string,
  deps: LoginDependencies,
): Promise<Taken | undefined> {
  const { https } = deps.cookie
  const stateHash = deps.hashOf(state)
  const cookie = findFlowCookie(visit.cookies, stateHash, https)
  if (cookie === undefined) return undefined
  const browserHash = deps.hashOf(cookie.secret)
  const flow = await deps.store.loginFlows.take(stateHash, browserHash, provider, deps.now())
  if (flow === undefined) return undefined
  const checks = parseChecks(deps.unseal(flow.sealed, cookie.secret, flowPurpose), state)
  if (checks === undefined) return undefined
  return { flow, checks, removal: formatFlowCookieRemoval(cookie.name, https) }
}

const answerUnknownFlow = (c: Context, provider: string, deps: LoginDependencies) =>
  answerProblem(
    c,
    {
      status: 400,
      title: 'unknown-flow.title',
      explanation: ['unknown-flow.explanation'],
      next: { label: 'action.start-again', url: linkTo('/login', undefined, deps) },
      event: { name: 'login.failed', fields: { provider, reason: 'unknown-flow' } },
    },
    deps,
  )

/** What the provider wrote, for the page: short, one line, and only ever for a state that was ours (R42). */
function providerText(query: URLSearchParams): readonly Phrase[] {
  const said = ['error', 'error_description'].flatMap((name) => query.getAll(name).slice(0, 1))
  const clean = said.map((text) => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 200))
  return clean.length === 0 ? [] : [['not-confirmed.said', { text: clean.join(': ') }]]
}

function answerFailure(
  c: Context,
  answer: Exclude<LoginAnswer, { kind: 'identity' }>,
  { entry, target, removal }: { entry: LoginProvider; target: Target; removal: string },
  deps: LoginDependencies,
): Promise<Response> {
  const { id, label } = entry.provider
  const common = {
    cookies: [removal],
    next: { label: 'action.try-again', url: linkTo('/login', target, deps) },
    event: { name: 'login.failed', fields: { provider: id, reason: answer.reason } },
  } as const
  if (answer.kind === 'unavailable') return answerUnreachable(c, label, common, deps)
  return answerProblem(
    c,
    {
      ...common,
      status: 403,
      title: answer.cancelled ? 'cancelled.title' : 'not-confirmed.title',
      explanation: answer.cancelled
        ? [['cancelled.explanation', { provider: label }]]
        : [['not-confirmed.explanation', { provider: label }], ...providerText(queryOf(c))],
    },
    deps,
  )
}

/** The page for a provider that does not answer (R136). */
export const answerUnreachable = (
  c: Context,
  label: string,
  common: Pick<Parameters<typeof answerProblem>[1], 'cookies' | 'next' | 'event'>,
  deps: LoginDependencies,
): Promise<Response> =>
  answerProblem(
    c,
    {
      ...common,
      status: 503,
      title: 'unreachable.title',
      explanation: [['unreachable.explanation', { provider: label }]],
    },
    deps,
  )

/** The route of one provider's callback path. */
export const createCallback =
  (entry: LoginProvider, deps: LoginDependencies) =>
  async (c: Context): Promise<Response> => {
    const { provider, callbackPath } = entry
    const query = queryOf(c)
    const visit = await readVisit(c, deps)
    const [state = '', ...more] = query.getAll('state')
    const usable = state !== '' && state.length <= 256 && more.length === 0
    const taken = usable ? await takeFlow(state, visit, provider.id, deps) : undefined
    if (taken === undefined) return answerUnknownFlow(c, provider.id, deps)

    const { checks, removal, flow } = taken
    // Scheme, host and path come from the configuration, only the query from the browser (R30).
    const answer = new URL(`${deps.publicUrl.href}${callbackPath}?${query}`)
    const result = await provider.complete(answer, checks)
    const target = readTarget([flow.target], deps)
    if (result.kind !== 'identity') {
      return answerFailure(c, result, { entry, target, removal }, deps)
    }
    return finishLogin(c, result, { visit, target, status: 302, cookies: [removal] }, deps)
  }
