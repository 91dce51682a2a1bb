// Between password and session: the second factor, asked for on a page of its own.
//
// What was shown so far waits as a login under way, like one at a provider: bound to the browser by a cookie, sealed
// with it, taken at most once. Every try takes it; a wrong one puts it back until the five minutes are over.

import type { Context } from 'hono'
import { z } from 'zod'
import type { Phrase } from '../appearance/messages.ts'
import { secondFactorPage } from '../pages/second-factor.ts'
import type { HalfProven, SecondFactors } from '../ports/own-accounts.ts'
import type { Hash } from '../ports/store.ts'
import { type EpochSeconds, later, seconds } from '../protocol/time.ts'
import { finishLogin } from './finish-login.ts'
import { findFlowCookie, formatFlowCookieRemoval, formatFlowCookies } from './flow-cookie.ts'
import {
  answerLimited,
  answerPage,
  answerProblem,
  formatTarget,
  type LoginDependencies,
  linkTo,
  readTarget,
  refuseWhenLimited,
  type Target,
  type Visit,
} from './login-context.ts'
import { formatTieRemoval, readOwnForm, tieForm } from './login-form.ts'
import { challengeTaker, newChallenge } from './passkey-challenge.ts'
import { passkeyScriptUrl } from './passkey-script.ts'

const provider = 'local'
const purpose = 'second-factor'
const lifetime = seconds(300)
const maxPendingFlows = 10_000

type OwnAccounts = NonNullable<LoginDependencies['ownAccounts']>

const halfSchema = z.object({
  accountId: z.string(),
  name: z.string(),
  passwordMark: z.custom<Hash>((value) => typeof value === 'string'),
})

export type Half = {
  readonly half: HalfProven
  readonly factors: SecondFactors
  readonly visit: Visit
  readonly target: Target
  /** Of the form before: only this browser has it. */
  readonly secret: string
}

type Step = Half & {
  readonly expiresAt: EpochSeconds
  readonly status: 200 | 403
  readonly error?: Phrase
  readonly cookies?: readonly string[]
}

const aboutOf = ({ accountId }: HalfProven) => `second:${accountId}`

async function writeFlow(step: Step, deps: LoginDependencies) {
  const [state, secret] = [deps.randomToken(), deps.randomToken()]
  const stateHash = deps.hashOf(state)
  const now = deps.now()
  await deps.store.loginFlows.begin(
    {
      stateHash,
      browserHash: deps.hashOf(secret),
      provider,
      sealed: deps.seal(JSON.stringify(step.half), secret, purpose),
      target: formatTarget(step.target),
      createdAt: now,
      expiresAt: step.expiresAt,
    },
    maxPendingFlows,
  )
  const flow = { stateHash, secret, now }
  const cookies = formatFlowCookies(step.visit.cookies, flow, deps.cookie.https)
  return { state, cookies }
}

async function answerStep(c: Context, step: Step, deps: LoginDependencies): Promise<Response> {
  const { half, factors, visit, target, status, error, cookies = [] } = step
  const { state, cookies: flowCookies } = await writeFlow(step, deps)
  const { secret: sessionId, csrf, cookie } = tieForm(visit.cookies, deps)
  const challenge = newChallenge({ sessionId, about: aboutOf(half) }, deps)
  const passkey = factors.passkey
    ? {
        options: await deps.ownAccounts?.signIn.passkeyOptions(challenge, half),
        scriptUrl: passkeyScriptUrl(deps),
      }
    : undefined
  const content = {
    action: linkTo('/login/second', undefined, deps),
    csrf,
    state,
    passkey,
    hasApp: factors.code,
    error,
    startAgainUrl: linkTo('/login', target, deps),
  }
  const answer = {
    status,
    cookies: [...cookies, ...flowCookies, cookie],
    formAction: target.origin === deps.publicUrl.origin ? [] : [target.origin],
    script: passkey && { connect: [] },
  }
  return answerPage(c, (frame) => secondFactorPage(frame, content), answer, deps)
}

/** The page that follows a right password when the account has more to show. Nobody is signed in yet. */
export const beginSecondFactor = (
  c: Context,
  half: Half,
  deps: LoginDependencies,
): Promise<Response> =>
  answerStep(c, { ...half, expiresAt: later(deps.now(), lifetime), status: 200 }, deps)

function answerUnknown(c: Context, deps: LoginDependencies): Promise<Response> {
  const next = { label: 'action.start-again', url: linkTo('/login', undefined, deps) } as const
  const event = { name: 'login.failed', fields: { provider, reason: 'unknown-flow' } }
  const status = 400
  const words = { title: 'unknown-flow.title', explanation: ['second-factor.over'] } as const
  return answerProblem(c, { status, ...words, next, event }, deps)
}

async function takeFlow(visit: Visit, state: string, deps: LoginDependencies) {
  const stateHash = deps.hashOf(state)
  const cookie = findFlowCookie(visit.cookies, stateHash, deps.cookie.https)
  if (cookie === undefined) return undefined
  const { name, secret } = cookie
  const { loginFlows } = deps.store
  const flow = await loginFlows.take(stateHash, deps.hashOf(secret), provider, deps.now())
  const text = flow && deps.unseal(flow.sealed, secret, purpose)
  if (flow === undefined || text === undefined) return undefined
  const removal = formatFlowCookieRemoval(name, deps.cookie.https)
  return { flow, half: halfSchema.parse(JSON.parse(text)), removal }
}

/** `POST /login/second`. */
export const createSecondFactor =
  (own: OwnAccounts, deps: LoginDependencies) =>
  async (c: Context): Promise<Response> => {
    const limited = await refuseWhenLimited(c, deps)
    if (limited !== undefined) return limited
    const form = await readOwnForm(c, deps)
    if (form.kind === 'answer') return form.answer
    const { body, visit, secret } = form
    const taken = await takeFlow(visit, body.get('state') ?? '', deps)
    if (taken === undefined) return answerUnknown(c, deps)
    const { half, flow, removal } = taken
    const purpose = { sessionId: secret, about: aboutOf(half) }
    const take = challengeTaker(purpose, { ...deps, spend: own.spend })
    const passkey = body.get('passkey') ?? ''
    const answer =
      passkey === ''
        ? await own.signIn.confirmCode(half, body.get('code') ?? '')
        : await own.signIn.confirmPasskey(half, passkey, take)
    if (answer.kind === 'limited') return answerLimited(c, answer.retryAfter, deps)
    const target = readTarget([flow.target], deps)
    if (answer.kind === 'wrong') {
      const { reason } = answer
      deps.log.warn('login.failed', { provider, reason, address: deps.clientAddress(c) })
      const factors = await own.signIn.factorsOf(half.accountId)
      const { expiresAt } = flow
      const error = passkey === '' ? 'second-factor.wrong' : 'passkey.wrong'
      const again = { half, factors, visit, target, secret, expiresAt, status: 403 } as const
      return answerStep(c, { ...again, error, cookies: [removal] }, deps)
    }
    const proven = { ...answer, idToken: undefined, providerSession: undefined }
    const cookies = [formatTieRemoval(deps), removal]
    return finishLogin(c, proven, { visit, target, status: 303, cookies }, deps)
  }
