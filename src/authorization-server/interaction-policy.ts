// When is a person asked: to sign in, to agree? OpenID Connect Core 1.0 §3.1.2.3, security.md R71, R75.

import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider'
import type { Clock } from '../ports/runtime.ts'
import type { Binding } from './binding.ts'
import { digestOf } from './client-digest.ts'

const { Check, Prompt, base } = interactionPolicy

/** What every pending authorization remembers of its beginning, in the details of its prompt. */
export type Beginning = {
  /** Hash of the cookie of the browser that began. */
  readonly browser: string
  readonly startedAt: number
  /** What the client was then: one that changes meanwhile has to begin anew (R107). */
  readonly clientDigest: string
  /** Whether another site sent the browser here, or nobody can say. */
  readonly isFromElsewhere: boolean
}

const isFromElsewhere = (ctx: KoaContextWithOIDC): boolean => {
  const site = ctx.get('Sec-Fetch-Site')
  return site !== 'same-origin' && site !== 'none' && site !== 'same-site'
}

/** Reads what `beginning` wrote; undefined when it is not there. */
export function readBeginning(details: Readonly<Record<string, unknown>>): Beginning | undefined {
  const { browser, startedAt, clientDigest, isFromElsewhere: elsewhere } = details
  if (typeof browser !== 'string' || typeof startedAt !== 'number') return undefined
  if (typeof clientDigest !== 'string') return undefined
  return { browser, startedAt, clientDigest, isFromElsewhere: elsewhere !== false }
}

/**
 * The prompts: `login` as the library has it, on a session that follows ours, and `consent` whenever there is no
 * grant yet that was made for this very request. An account that may not sign in ends the request.
 */
export function createInteractionPolicy(
  binding: Binding,
  now: Clock,
): interactionPolicy.DefaultPolicy {
  const beginning = (ctx: KoaContextWithOIDC): Beginning => {
    const { client, entities } = ctx.oidc
    const earlier = entities.Interaction
    const before = earlier === undefined ? undefined : readBeginning(earlier.prompt.details)
    return {
      browser: binding.bind(ctx.cookies),
      startedAt: now(),
      clientDigest: client === undefined ? '' : digestOf(client),
      // A second question in one authorization does not make its beginning any more trustworthy.
      isFromElsewhere: before?.isFromElsewhere ?? isFromElsewhere(ctx),
    }
  }
  const policy = base()
  const login = policy.get('login')
  if (login === undefined) throw new Error('The library has no login prompt')
  const loginDetails = login.details
  login.details = async (ctx) => ({ ...(await loginDetails(ctx)), ...beginning(ctx) })
  login.checks.add(
    new Check('account_refused', 'the account may not sign in', 'access_denied', ({ oidc }) => {
      if (oidc.session?.accountId === undefined || oidc.account !== undefined) return false
      throw new errors.AccessDenied('the account may not sign in')
    }),
  )
  policy.remove('consent')
  policy.add(
    new Prompt(
      { name: 'consent', requestable: true },
      beginning,
      new Check(
        'consent_missing',
        'the person has not agreed yet',
        'consent_required',
        ({ oidc }) => oidc.grant?.jti === undefined,
      ),
    ),
  )
  return policy
}
