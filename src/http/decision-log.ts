// One log line for each refusal, with the id that the answer also has; what refuses nobody is a debug line.

import type { IncomingMessage } from 'node:http'
import type { Log, LogFields } from '../ports/runtime.ts'
import type { Dialect } from '../protocol/dialects.ts'
import type { OriginalRequest } from '../protocol/forwarded-request.ts'
import type { Outcome } from './decision-answer.ts'

type Decided = Extract<Outcome, { kind: 'decided' }>

export type LoggedCall = {
  readonly decisionId: string
  readonly dialect: Dialect
  readonly incoming: IncomingMessage
  /** Where the original request came from; of a peer that is no proxy of ours, the peer. */
  readonly address: string
}

const hints: Readonly<Record<string, string>> = {
  'untrusted-peer': 'add the address of your proxy to "proxy.trusted" when this is it',
  'no-rule': 'no rule or resource names this host, path and method',
  'missing-forwarding-header': 'the proxy does not say what was asked; compare its configuration',
  'ambiguous-path':
    'applications read such a path (%2f, ;, //) in different ways; it passes where neither a path decides nor everyone may',
  'bad-original-url': 'X-Original-URL must be the whole URL, https://host/path; compare the proxy',
  'repeated-forwarding-header': 'the proxy must replace what the client sent, not add to it',
  'wrong-decision-method':
    'the proxy must ask with GET; compare its configuration and "proxy.dialect"',
  'two-dialects': 'headers of two proxies at once; compare "proxy.dialect" and the proxy',
}

const requestFields = ({ method, host, path }: OriginalRequest): LogFields => ({
  method,
  host,
  path: path.canonical.slice(0, 512),
})

function decisionFields({ decision }: Decided): LogFields {
  switch (decision.kind) {
    case 'allow':
      return { account: decision.identity?.subject, provider: decision.identity?.provider }
    case 'login':
    case 'challenge':
      return { reason: decision.reason }
    case 'step-up':
      return { account: decision.identity.subject, missing: decision.missing }
    case 'insufficient':
      return { account: decision.identity.subject, missing: decision.missing }
    case 'forbid': {
      const { identity, reason } = decision
      return { reason, account: identity.subject, provider: identity.provider }
    }
    case 'unavailable':
      return { dependency: decision.dependency }
  }
}

/**
 * Whether an outcome refuses nobody: an allow, and whoever showed nothing being asked to. Clients begin that way,
 * and scanners do little else: at the level of refusals these would drown them.
 */
export function refusesNobody(outcome: Outcome): boolean {
  if (outcome.kind === 'refused') return false
  const { decision } = outcome
  if (decision.kind === 'allow') return true
  return (
    (decision.kind === 'challenge' || decision.kind === 'login') && decision.reason === 'anonymous'
  )
}

/** Writes the line. Path without query; never a credential. */
export function logDecision(log: Log, outcome: Outcome, call: LoggedCall): void {
  const { decisionId, dialect, incoming, address } = call
  if (outcome.kind === 'refused') {
    log.info('decision.refused', {
      decisionId,
      dialect,
      reason: outcome.reason,
      peer: incoming.socket.remoteAddress ?? 'socket',
      address,
      ...(outcome.request === undefined ? {} : requestFields(outcome.request)),
      hint: hints[outcome.reason],
    })
    return
  }
  const { request, route } = outcome
  const { kind } = outcome.decision
  const fieldsOf = () => ({
    dialect,
    address,
    ...requestFields(request),
    rule: route.name,
    ...decisionFields(outcome),
  })
  if (refusesNobody(outcome)) {
    if (log.debugEnabled) log.debug(`decision.${kind}`, fieldsOf())
    return
  }
  const fields = { decisionId, ...fieldsOf() }
  if (kind === 'unavailable') log.error('decision.unavailable', fields)
  else log.info(`decision.${kind}`, fields)
}
