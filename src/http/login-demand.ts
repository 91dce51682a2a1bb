// What a sign-in has to show for the page it leads to, and the page for when it did not (RFC 9470 §4 and §5).

import type { Context } from 'hono'
import type { Phrase } from '../appearance/messages.ts'
import { type Demand, missingNeeds, type Need, strictest } from '../protocol/assurance.ts'
import {
  accountPath,
  answerProblem,
  type LoginDependencies,
  linkTo,
  type Target,
} from './login-context.ts'
import type { ProvenIdentity } from './sign-in.ts'

type DemandDependencies = Pick<LoginDependencies, 'demandOf'>

/** For the target as a page. */
export const demandOfTarget = (target: Target, deps: DemandDependencies): Demand | undefined =>
  target.asked ? deps.demandOf?.(target.url, 'GET') : undefined

/**
 * For a visit to the login. `need` says that the gate sent it, maybe for a form: then what that wants counts as well.
 * What is wanted is read from the policy alone, never from the address.
 */
export function readDemand(
  query: URLSearchParams,
  target: Target,
  deps: DemandDependencies,
): Demand | undefined {
  const page = demandOfTarget(target, deps)
  if (!target.asked || !query.has('need')) return page
  return strictest(page, deps.demandOf?.(target.url, 'POST'))
}

/** The query of links that lead further in the same login. */
export const needQuery = (query: URLSearchParams): Readonly<Record<string, string>> => {
  const [need] = query.getAll('need')
  return need === 'factor' || need === 'fresh' ? { need } : {}
}

/** What of the target's demand a sign-in did not show. */
export const missingFor = (
  target: Target,
  { assurance }: Pick<ProvenIdentity, 'assurance'>,
  deps: DemandDependencies & Pick<LoginDependencies, 'now'>,
): readonly Need[] => missingNeeds(demandOfTarget(target, deps) ?? {}, assurance, deps.now())

function explain(
  missing: readonly Need[],
  { identity }: ProvenIdentity,
  deps: LoginDependencies,
): readonly Phrase[] {
  if (identity.provider === 'local') return ['assurance.own-factor']
  const known = deps.providers.find((entry) => entry.provider.id === identity.provider)
  const provider = known?.provider.label ?? identity.issuer
  return missing.map((need) => [`assurance.${need}`, { provider }] as const)
}

/**
 * The person is signed in, but not as the target wants it: says so instead of sending them there, from where they
 * would be sent back here for ever.
 */
export function answerMissing(
  c: Context,
  missing: readonly Need[],
  signedIn: {
    readonly proven: ProvenIdentity
    readonly target: Target
    readonly cookies: readonly string[]
  },
  deps: LoginDependencies,
): Promise<Response> {
  const { proven, target, cookies } = signedIn
  const { provider, issuer, subject } = proven.identity
  const [need = 'factor'] = missing
  const isOwn = provider === 'local'
  return answerProblem(
    c,
    {
      status: 403,
      title: 'assurance.title',
      explanation: explain(missing, proven, deps),
      next: isOwn
        ? { label: 'action.account', url: linkTo(accountPath, undefined, deps) }
        : { label: 'action.try-again', url: linkTo('/login', target, deps, { need }) },
      cookies,
      event: {
        name: 'login.insufficient',
        fields: { provider, account: `${issuer} ${subject}`, missing },
      },
    },
    deps,
  )
}
