// Is a question about a request of `sallyport doctor`, and what is the doctor told? Only refusals are looked at:
// nothing here can let a request pass, whoever sends it.

import type { IncomingMessage } from 'node:http'
import type { ProbeAnswer, ProbeReport } from '../ports/probe.ts'
import type { Dialect } from '../protocol/dialects.ts'
import { findProbeId } from '../protocol/probe-id.ts'
import type { Outcome } from './decision-answer.ts'

/** Writes a report down for an announced probe; undefined when none was announced. */
export type ReportProbe = (id: string, report: ProbeReport) => Promise<ProbeAnswer | undefined>

const describing = /^(?:x-forwarded-(?:method|proto|host|uri|for)|x-original-(?:url|method))$/
const longest = 512
const most = 64

/** The id of a probe in the raw headers of a question; undefined for everybody's requests. */
export function readProbeId(raw: readonly string[]): string | undefined {
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? ''
    if (name.length === 10 && name.toLowerCase() === 'user-agent') return findProbeId(raw[at + 1])
  }
  return undefined
}

function reportOf(outcome: Outcome, dialect: Dialect, incoming: IncomingMessage): ProbeReport {
  const { rawHeaders } = incoming
  const names: string[] = []
  const forwarded: [string, string][] = []
  for (let at = 0; at + 1 < rawHeaders.length && names.length < most; at += 2) {
    const [name, value] = [rawHeaders[at]?.toLowerCase() ?? '', rawHeaders[at + 1] ?? '']
    if (value === '') continue
    names.push(name.slice(0, longest))
    if (describing.test(name)) forwarded.push([name, value.slice(0, longest)])
  }
  const { decision, reason } =
    outcome.kind === 'refused'
      ? { decision: undefined, reason: outcome.reason }
      : { decision: outcome.decision, reason: '' }
  return {
    dialect,
    peer: incoming.socket.remoteAddress ?? 'socket',
    outcome: decision?.kind ?? reason,
    names,
    forwarded,
  }
}

const nobody = {
  provider: '',
  issuer: '',
  subject: '',
  email: undefined,
  emailDomain: undefined,
  unverifiedEmail: undefined,
  name: undefined,
  preferredUsername: undefined,
  groups: [],
  scopes: [],
}

// From one refusal to another: a resource that asks for a credential asks for a scope instead.
function asWanted(outcome: Outcome, wanted: ProbeAnswer | undefined): Outcome {
  if (wanted !== 'step-up' || outcome.kind !== 'decided') return outcome
  const { route, decision } = outcome
  if (route.kind !== 'resource' || decision.kind !== 'challenge') return outcome
  const { scopes } = route.policy
  const { scheme } = decision
  const wantsScope = { kind: 'step-up', missing: scopes, scopes, scheme, identity: nobody } as const
  return { ...outcome, decision: wantsScope }
}

/** Reports a refusal, and returns the refusal that the probe wants to see. Rejects when the store does. */
export async function reportRefusal(
  id: string,
  outcome: Outcome,
  call: { readonly dialect: Dialect; readonly incoming: IncomingMessage },
  report: ReportProbe,
): Promise<Outcome> {
  return asWanted(outcome, await report(id, reportOf(outcome, call.dialect, call.incoming)))
}
