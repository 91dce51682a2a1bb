// Signing in with a passkey alone: no name, no password. WebAuthn Level 3 §7.2

import type { Context } from 'hono'
import type { ProvenAccount } from '../ports/own-accounts.ts'
import { finishLogin } from './finish-login.ts'
import { answerLoginPage } from './local-login.ts'
import {
  answerLimited,
  type LoginDependencies,
  readTarget,
  readVisit,
  refuseWhenLimited,
} from './login-context.ts'
import { formatTieRemoval, readBrowserSecret, readOwnForm } from './login-form.ts'
import { challengeTaker, newChallenge } from './passkey-challenge.ts'
import { json } from './reply.ts'

type OwnAccounts = NonNullable<LoginDependencies['ownAccounts']>

const about = 'login'

/** `GET /login/passkey/options`: asked for by the script of the login page, whose cookie it needs. */
export const createPasskeyOptions =
  (own: OwnAccounts, deps: LoginDependencies) =>
  async (c: Context): Promise<Response> => {
    const { cookies } = await readVisit(c, deps)
    const sessionId = readBrowserSecret(cookies, deps)
    if (sessionId === undefined) return json(403, { error: 'no_login_page' })
    const challenge = newChallenge({ sessionId, about }, deps)
    return json(200, await own.signIn.passkeyOptions(challenge, undefined))
  }

/** `POST /login/passkey`. One answer for a passkey that is unknown, of another site, used before or forged. */
export const createPasskeyLogin =
  (own: OwnAccounts, deps: LoginDependencies) =>
  async (c: Context): Promise<Response> => {
    const limited = await refuseWhenLimited(c, deps)
    if (limited !== undefined) return limited
    const form = await readOwnForm(c, deps)
    if (form.kind === 'answer') return form.answer
    const { body, visit, secret: sessionId } = form
    const target = readTarget([body.get('rd') ?? ''], deps)
    const take = challengeTaker({ sessionId, about }, { ...deps, spend: own.spend })
    const answer = await own.signIn.signInWithPasskey(body.get('passkey') ?? '', take)
    if (answer.kind === 'limited') return answerLimited(c, answer.retryAfter, deps)
    if (answer.kind === 'wrong') {
      const { reason } = answer
      deps.log.warn('login.failed', { provider: 'local', reason, address: deps.clientAddress(c) })
      const error = 'passkey.wrong'
      return answerLoginPage(c, { visit, target, selectAccount: false, status: 403, error }, deps)
    }
    const cookies = [formatTieRemoval(deps)]
    return finishLogin(c, asProven(answer), { visit, target, status: 303, cookies }, deps)
  }

/** A local account as `finishLogin` takes it. */
export const asProven = (account: ProvenAccount) => ({
  ...account,
  idToken: undefined,
  providerSession: undefined,
})
