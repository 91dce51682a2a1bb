// Hands a login on to a host that its cookie does not reach: the side of the login host (security.md R24, R31).
// .github/decisions/0006 says what binds the code to the browser.

import type { Context } from 'hono'
import type { Hash } from '../ports/store.ts'
import { later, seconds } from '../protocol/time.ts'
import {
  accountKey,
  answerProblem,
  type LoginDependencies,
  linkTo,
  queryOf,
  readTarget,
  readVisit,
  type Target,
} from './login-context.ts'
import { redirect } from './reply.ts'

const codeLifetime = seconds(30)

/** Several tabs at once; what is above the oldest pay for, and only those of the same login. */
const maxPendingCodes = 20

const hashPattern = /^[\w-]{43}$/

type HandOffDependencies = Pick<LoginDependencies, 'reach' | 'handOffPath'>

const hostNameOf = (target: Target): string => new URL(target.url).hostname

/** Whether the target's host needs a session of its own. */
export const needsHandOff = (target: Target, deps: HandOffDependencies): boolean =>
  target.asked && deps.reach(hostNameOf(target)).kind === 'own'

/** Where a browser that has signed in goes next: to its target, or first to our path on the target's host. */
export function wayTo(target: Target, deps: HandOffDependencies): string {
  if (!needsHandOff(target, deps)) return target.url
  return `${target.origin}${deps.handOffPath}/start?rd=${encodeURIComponent(target.url)}`
}

/**
 * Whether a target is our own path on its host: then the proxy asked whether that may pass, instead of
 * leading there, and no login would ever arrive.
 */
export const isOwnPath = (target: Target, deps: HandOffDependencies): boolean =>
  needsHandOff(target, deps) && new URL(target.url).pathname.startsWith(`${deps.handOffPath}/`)

/** What the other host says of the secret that it has put into the browser. */
export const browserHashOf = (secret: string, deps: Pick<LoginDependencies, 'hashOf'>): Hash =>
  deps.hashOf(`hand-off:${secret}`)

// A frame or a script has no use for a code: only a page that a person sees is sent on.
function isPageLoad(headers: Headers): boolean {
  const mode = headers.get('Sec-Fetch-Mode') ?? 'navigate'
  const destination = headers.get('Sec-Fetch-Dest') ?? 'document'
  return mode === 'navigate' && destination === 'document'
}

/** `GET /handoff?rd=<target>&browser=<hash>`: a code for the target's host, or the login. */
export const createHandOff =
  (deps: LoginDependencies) =>
  async (c: Context): Promise<Response> => {
    const query = queryOf(c)
    const target = readTarget(query.getAll('rd'), deps)
    const [browserHash = '', ...more] = query.getAll('browser')
    const wellFormed = hashPattern.test(browserHash) && more.length === 0
    if (!wellFormed || !needsHandOff(target, deps) || !isPageLoad(c.req.raw.headers)) {
      return answerProblem(
        c,
        {
          status: 400,
          title: 'hand-off.title',
          explanation: ['hand-off.incomplete'],
          next: { label: 'action.sign-in', url: linkTo('/login', target, deps) },
          event: { name: 'handoff.refused', fields: { reason: 'bad-request' } },
        },
        deps,
      )
    }
    const login = redirect(302, linkTo('/login', target, deps))
    const { current } = await readVisit(c, deps)
    if (current.kind !== 'session') return login
    const { identity, idHash } = current.session
    if (deps.judgeSignIn(identity).kind === 'denied') return login
    const code = deps.randomToken()
    const now = deps.now()
    const issued = await deps.store.handOffs.issue(
      {
        codeHash: deps.hashOf(code),
        browserHash,
        login: idHash,
        target: target.url,
        createdAt: now,
        expiresAt: later(now, codeLifetime),
      },
      maxPendingCodes,
    )
    if (issued === 'unknown') return login
    const host = new URL(target.url).host
    deps.log.info('handoff.issued', { account: accountKey(identity), host })
    return redirect(302, `${target.origin}${deps.handOffPath}/finish?code=${code}`)
  }
