// An access token -> Authentication: of an issuer that counts, made for what was asked. RFC 9068 §4, RFC 9449 §7.1

import type { MaybePromise } from '../ports/runtime.ts'
import type {
  ProofVerifier,
  TokenVerification,
  TokenVerifier,
  VerifiedToken,
} from '../ports/token-verifier.ts'
import type { Credential, ShownProof } from '../protocol/credentials.ts'
import { matchAudience } from '../protocol/resource.ts'
import type { EpochSeconds } from '../protocol/time.ts'
import { type Authentication, rejected } from './authentication.ts'
import {
  type CommandLinePorts,
  isForOrigin,
  isOfCommandLine,
  looksLikeCommandLine,
} from './command-line.ts'
import type { ResourcePolicy } from './policy.ts'
import type { Route } from './rules.ts'

export type AccessTokenPorts = {
  readonly tokens: TokenVerifier
  /** Undefined: no proof of possession is understood, and no bound token counts. */
  readonly proofs?: ProofVerifier
  /** Tokens of our own command line count where a rule decides. Undefined: no token of ours does. */
  readonly commandLine?: CommandLinePorts | undefined
}

/** Whether the token was made for this resource, by the rule that its issuer needs. RFC 9068 §4 */
function isForResource(token: VerifiedToken, policy: ResourcePolicy): boolean {
  const rule = policy.audienceRules?.find(({ issuer }) => issuer === token.issuer)
  if (rule?.kind === 'audience') return matchAudience(token.audience, rule.audiences)
  if (rule?.kind === 'client-id') {
    // An audience would be somebody else's: such a token is not of the kind this rule is for.
    const { audience, clientId, markedAccess } = token
    if (audience.length > 0 || markedAccess !== true || clientId === undefined) return false
    return rule.clientIds.includes(clientId)
  }
  const own = policy.url.includes('://*.') ? [] : [policy.url]
  return matchAudience(token.audience, [...own, ...policy.audiences])
}

type BearerCredential = Extract<Credential, { kind: 'bearer' }>

type Judged = { readonly token: VerifiedToken } | Exclude<Authentication, { kind: 'authenticated' }>

function judgeToken(
  verification: TokenVerification,
  route: Route,
  { commandLine }: AccessTokenPorts,
  shownAs: 'bearer' | 'dpop',
): Judged {
  if (verification.kind === 'unavailable') return verification
  if (verification.kind === 'rejected') return rejected(verification.reason, shownAs)
  if (route.kind !== 'resource') return rejected('tokens-not-accepted', shownAs)
  const { policy } = route
  const { token } = verification
  // A key of one issuer must not open a resource that trusts another (AP4).
  if (!policy.issuers.includes(token.issuer)) return rejected('issuer-not-accepted', shownAs)
  if (!isForResource(token, policy)) return rejected('wrong-audience', shownAs)
  // Its audience is an origin, which may be that of a resource too: nobody agreed to that one.
  if (isOfCommandLine(token, commandLine)) return rejected('wrong-audience', shownAs)
  return { token }
}

/** A token of our own command line at a rule: for this very origin, and for whoever holds it. */
function judgeCommandLine(
  verification: TokenVerification,
  { request }: BearerCredential,
  ports: AccessTokenPorts,
): Authentication {
  if (verification.kind === 'unavailable') return verification
  if (verification.kind === 'rejected') return rejected(verification.reason, 'bearer')
  const { token } = verification
  if (!isOfCommandLine(token, ports.commandLine)) return rejected('tokens-not-accepted', 'bearer')
  if (!isForOrigin(token, request)) return rejected('wrong-audience', 'bearer')
  if (token.boundTo !== undefined) return rejected('sender-constrained', 'bearer')
  const { identity, assurance } = token
  return { kind: 'authenticated', identity, assurance }
}

function judgeBearer(
  verification: TokenVerification,
  route: Route,
  ports: AccessTokenPorts,
): Authentication {
  const judged = judgeToken(verification, route, ports, 'bearer')
  if (!('token' in judged)) return judged
  // Worth nothing without the proof; whoever shows it as a plain bearer token may have stolen it (R97).
  if (judged.token.boundTo !== undefined) return rejected('sender-constrained', 'bearer')
  const needsProof = route.kind === 'resource' && route.policy.dpopRequired === true
  if (needsProof) return rejected('proof-required', 'bearer')
  const { identity, assurance } = judged.token
  return { kind: 'authenticated', identity, assurance }
}

/** The token first, then the proof: no work on proofs for tokens that are worth nothing (DP4). */
export async function authenticateProven(
  { token: text, proof }: { readonly token: string; readonly proof?: ShownProof },
  route: Route,
  ports: AccessTokenPorts,
  now: EpochSeconds,
): Promise<Authentication> {
  const judged = judgeToken(await ports.tokens.verify(text, now), route, ports, 'dpop')
  if (!('token' in judged)) return judged
  const { boundTo: thumbprint, identity, assurance } = judged.token
  if (thumbprint === undefined) return rejected('not-sender-constrained', 'dpop')
  if (proof === undefined || ports.proofs === undefined) return rejected('bad-proof', 'dpop')
  const answer = await ports.proofs.verify(proof, { token: text, thumbprint }, now)
  return answer === 'valid'
    ? { kind: 'authenticated', identity, assurance, credential: 'dpop' }
    : rejected('bad-proof', 'dpop')
}

/** Runs `then` at once when the value is there, so that a decision stays synchronous when nothing is fetched. */
export function whenThere<T>(
  value: MaybePromise<T>,
  judge: (value: T) => Authentication,
): MaybePromise<Authentication> {
  return value instanceof Promise ? value.then(judge) : judge(value)
}

/**
 * Who shows a bearer token: at a resource of any issuer the resource trusts, at a rule of our own command line
 * alone. A fault of a port is thrown, or rejects.
 */
export function authenticateBearer(
  credential: BearerCredential,
  route: Route,
  ports: AccessTokenPorts,
  now: EpochSeconds,
): MaybePromise<Authentication> {
  const { commandLine } = ports
  const { token, request } = credential
  if (route.kind === 'resource')
    return whenThere(ports.tokens.verify(token, now), (verification) =>
      judgeBearer(verification, route, ports),
    )
  // Where no token is accepted nothing is verified: no work for strangers.
  if (commandLine === undefined || !looksLikeCommandLine(token, request, commandLine))
    return rejected('tokens-not-accepted', 'bearer')
  return whenThere(ports.tokens.verify(token, now), (verification) =>
    judgeCommandLine(verification, credential, ports),
  )
}
