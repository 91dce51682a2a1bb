// The link that makes an account: /invitation?code=... , once and for three days.

import { type Context, Hono } from 'hono'
import type { PlainKey } from '../appearance/messages.ts'
import { invitationPage } from '../pages/invitation.ts'
import { type AcceptAnswer, type Invited, invitationLifetime } from '../ports/own-accounts.ts'
import type { Cookies } from '../protocol/cookies.ts'
import { formatSetCookie } from '../protocol/set-cookie.ts'
import { type Seconds, seconds } from '../protocol/time.ts'
import { finishLogin } from './finish-login.ts'
import { hostCookieName } from './flow-cookie.ts'
import {
  answerPage,
  answerProblem,
  type LoginDependencies,
  linkTo,
  queryOf,
  readTarget,
  readVisit,
  refuseWhenLimited,
  type Visit,
} from './login-context.ts'
import {
  type BadForm,
  formatTieRemoval,
  readBrowserSecret,
  readOwnForm,
  tieForm,
} from './login-form.ts'
import { challengeTaker, newChallenge } from './passkey-challenge.ts'
import { passkeyLinks } from './passkey-script.ts'
import { json, redirect } from './reply.ts'

type OwnAccounts = NonNullable<LoginDependencies['ownAccounts']>

export type InvitationDependencies = {
  readonly own: OwnAccounts
  readonly login: LoginDependencies
}

const path = '/invitation'
const about = 'invitation'

const cookieName = ({ cookie: { https } }: LoginDependencies) =>
  hostCookieName('sallyport-invitation', https)

// The code leaves the address bar at once: histories, screens and logs of proxies keep addresses.
const formatCookie = (value: string, maxAge: Seconds, login: LoginDependencies): string =>
  formatSetCookie({
    name: cookieName(login),
    value,
    maxAge,
    domain: undefined,
    secure: login.cookie.https,
  })

const isCode = (text: string): boolean => /^[\w-]{43}$/.test(text)

function readCode(cookies: Cookies, login: LoginDependencies): string | undefined {
  const found = cookies.kind === 'refused' ? undefined : cookies.get(cookieName(login))
  return found?.kind === 'one' && isCode(found.value) ? found.value : undefined
}

/** For a code that is used up, too old or unknown; without one nothing can be said of the invitation. */
function answerOver(
  c: Context,
  code: string | undefined,
  login: LoginDependencies,
): Promise<Response> {
  const next = { label: 'action.sign-in', url: linkTo('/login', undefined, login) } as const
  const cookies = [formatCookie('', seconds(0), login)]
  const event = { name: 'invitation.refused', fields: { reason: code ? 'over' : 'no-code' } }
  const words =
    code === undefined
      ? ({ title: 'invitation.missing-title', explanation: ['invitation.missing'] } as const)
      : ({ title: 'invitation.over-title', explanation: ['invitation.over'] } as const)
  return answerProblem(c, { status: 404, ...words, next, cookies, event }, login)
}

// The page may have been open longer than its form is good, and then the link is what helps.
const badInvitationForm: BadForm = {
  explanation: ['invitation.missing'],
  event: 'invitation.refused',
}

function answerForm(
  c: Context,
  { name, displayName }: Invited,
  { visit, error }: { readonly visit: Visit; readonly error?: PlainKey },
  login: LoginDependencies,
): Promise<Response> {
  const { csrf, cookie } = tieForm(visit.cookies, login)
  const { action, ...passkey } = passkeyLinks(path, login)
  const content = { name, displayName, action, csrf, passkey, error }
  const answer = {
    status: error === undefined ? 200 : 400,
    cookies: [cookie],
    script: { connect: [] },
  }
  return answerPage(c, (frame) => invitationPage(frame, content), answer, login)
}

/** `GET /invitation`. Looking uses nothing up: programs that preview links look too. */
async function show(c: Context, { own, login }: InvitationDependencies): Promise<Response> {
  const limited = await refuseWhenLimited(c, login)
  if (limited !== undefined) return limited
  const brought = queryOf(c).get('code') ?? ''
  if (isCode(brought)) {
    const cookies = [formatCookie(brought, invitationLifetime, login)]
    return redirect(302, linkTo(path, undefined, login), { cookies })
  }
  const visit = await readVisit(c, login)
  const code = readCode(visit.cookies, login)
  const invited = code && (await own.invitations.find(code))
  return invited ? answerForm(c, invited, { visit }, login) : answerOver(c, code, login)
}

/** `GET /invitation/options`: for the script of the page. */
async function options(c: Context, { own, login }: InvitationDependencies): Promise<Response> {
  const { cookies } = await readVisit(c, login)
  const sessionId = readBrowserSecret(cookies, login)
  if (sessionId === undefined) return json(403, { error: 'no_invitation' })
  const challenge = newChallenge({ sessionId, about }, login)
  const code = readCode(cookies, login)
  const made = code && (await own.invitations.creationOptions(code, challenge))
  return made === undefined ? json(403, { error: 'no_invitation' }) : json(200, made)
}

const errors: Readonly<
  Record<Exclude<AcceptAnswer['kind'], 'identity' | 'unknown' | 'name-taken'>, PlainKey>
> = {
  nothing: 'invitation.nothing',
  'weak-password': 'invitation.weak',
  'bad-passkey': 'passkey.wrong',
}

/** `POST /invitation`. */
async function accept(c: Context, { own, login }: InvitationDependencies): Promise<Response> {
  const limited = await refuseWhenLimited(c, login)
  if (limited !== undefined) return limited
  const form = await readOwnForm(c, login, badInvitationForm)
  if (form.kind === 'answer') return form.answer
  const { body, visit, secret: sessionId } = form
  const code = readCode(visit.cookies, login)
  const invited = code && (await own.invitations.find(code))
  if (!code || !invited) return answerOver(c, code, login)
  const password = body.get('password') ?? ''
  if (password !== (body.get('repeat') ?? '')) {
    return answerForm(c, invited, { visit, error: 'invitation.differ' }, login)
  }
  const take = challengeTaker({ sessionId, about }, { ...login, spend: own.spend })
  const chosen = { password, passkey: body.get('passkey') ?? '', passkeyName: 'Passkey' }
  const answer = await own.invitations.accept(code, chosen, take)
  if (answer.kind === 'unknown' || answer.kind === 'name-taken') return answerOver(c, code, login)
  if (answer.kind !== 'identity') {
    return answerForm(c, invited, { visit, error: errors[answer.kind] }, login)
  }
  login.log.info('invitation.accepted', { account: answer.identity.subject })
  const proven = { ...answer, idToken: undefined, providerSession: undefined }
  const cookies = [formatTieRemoval(login), formatCookie('', seconds(0), login)]
  const finish = { visit, target: readTarget([], login), status: 303, cookies } as const
  return finishLogin(c, proven, finish, login)
}

/** Makes `/invitation` and what belongs to it, to be mounted at the base path. */
export function createInvitationRoutes(deps: InvitationDependencies): Hono {
  return new Hono()
    .get(path, (c) => show(c, deps))
    .post(path, (c) => accept(c, deps))
    .get(`${path}/options`, (c) => options(c, deps))
}
