// From a proven identity to a session: policy, pin, the old session's end, a new session.

import type { NotAllowed } from '../access/policy.ts'
import type { Clock, Log, RandomToken } from '../ports/runtime.ts'
import type { Hash, Store } from '../ports/store.ts'
import { accountIdOf } from '../protocol/account-id.ts'
import type { SignInAssurance } from '../protocol/assurance.ts'
import type { Identity } from '../protocol/identity.ts'
import { later, type Seconds } from '../protocol/time.ts'
import { describeUserAgent } from '../protocol/user-agent.ts'

export type SignInJudgement =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'denied'; readonly reason: NotAllowed }

export type SignInPorts = {
  readonly store: Pick<Store, 'authorization' | 'sessions' | 'subjectPins'>
  /** Whether the global list lets this identity sign in. */
  readonly judgeSignIn: (identity: Identity) => SignInJudgement
  /** Refuses an address that was first seen with another account (R43). */
  readonly pinSubject: boolean
  readonly lifetime: Seconds
  readonly now: Clock
  readonly randomToken: RandomToken
  readonly hashOf: (value: string) => Hash
  readonly seal: (plain: string, keyMaterial: string, purpose: string) => string
  readonly log: Log
}

export type ProvenIdentity = {
  readonly identity: Identity
  readonly idToken: string | undefined
  readonly providerSession: string | undefined
  /** Absent: one factor, and nobody says since when. */
  readonly assurance?: SignInAssurance | undefined
  /** For accounts that can be removed while somebody signs in: whether this one is still as it was. */
  readonly holds?: () => Promise<boolean>
}

export type SignIn =
  | { readonly kind: 'signed-in'; readonly sessionId: string }
  | { readonly kind: 'denied'; readonly reason: NotAllowed | 'other-account' }

export const idTokenPurpose = 'id-token'

// It travels in a URL when the person signs out; a longer one would not fit everywhere.
const longestIdToken = 4096

async function judge(identity: Identity, ports: SignInPorts): Promise<SignIn | undefined> {
  const judgement = ports.judgeSignIn(identity)
  if (judgement.kind === 'denied') return judgement
  if (!ports.pinSubject || identity.email === undefined) return undefined
  const { email, issuer, subject } = identity
  const pin = await ports.store.subjectPins.pin(email, issuer, subject, ports.now())
  return pin === 'other' ? { kind: 'denied', reason: 'other-account' } : undefined
}

/**
 * Signs a proven identity in. The session id is always a new one, and what this browser had before ends (R20).
 *
 * @param browser the session id that it brought, and what it calls itself
 * @returns `denied` when the list or the pin refuses the account: nothing was changed then; also when the
 *   account was removed meanwhile: no session is left then
 * @throws when the store cannot be asked
 */
export async function signIn(
  proven: ProvenIdentity,
  browser: { readonly previousId: string | undefined; readonly userAgent: string | undefined },
  ports: SignInPorts,
): Promise<SignIn> {
  const denied = await judge(proven.identity, ports)
  if (denied !== undefined) return denied
  const { sessions } = ports.store
  const { previousId, userAgent } = browser
  if (previousId !== undefined) await sessions.end(ports.hashOf(previousId))
  const sessionId = ports.randomToken()
  const idHash = ports.hashOf(sessionId)
  const now = ports.now()
  const { idToken } = proven
  await sessions.open({
    idHash,
    identity: proven.identity,
    createdAt: now,
    lastSeenAt: now,
    expiresAt: later(now, ports.lifetime),
    providerSession: proven.providerSession,
    sealedIdToken:
      idToken === undefined || idToken.length > longestIdToken
        ? undefined
        : ports.seal(idToken, sessionId, idTokenPurpose),
    ...proven.assurance,
    userAgent: describeUserAgent(userAgent),
  })
  // Whoever removed the account after its password was checked has not ended this session yet.
  if (proven.holds !== undefined && !(await proven.holds())) {
    await sessions.end(idHash)
    return { kind: 'denied', reason: 'not-on-list' }
  }
  // Who the person is when only a token of theirs is there.
  const { identity } = proven
  const { snapshots } = ports.store.authorization
  await snapshots.remember({ account: accountIdOf(identity), identity, seenAt: now })
  return { kind: 'signed-in', sessionId }
}
