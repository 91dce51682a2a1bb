// One request through the proxy, and what the service saw of it.

import type { ProbeAnswer, ProbeReport } from '../../ports/probe.ts'
import type { Hash, Store } from '../../ports/store.ts'
import { formatProbeAgent } from '../../protocol/probe-id.ts'
import { type EpochSeconds, later, seconds } from '../../protocol/time.ts'
import type { Ask, Asked } from './ask.ts'

const lifetime = seconds(60)

export type ProbePorts = {
  readonly ask: Ask
  /** Undefined: there is no database that the doctor and the service share. */
  readonly store: Pick<Store, 'probes' | 'sessions'> | undefined
  readonly now: () => EpochSeconds
  readonly randomToken: () => string
  readonly hashOf: (value: string) => Hash
}

export type Probed = { readonly asked: Asked; readonly report: ProbeReport | undefined }

/** Sends it. Announced before and forgotten after; the id is good for this one request. */
export async function probe(
  url: URL,
  headers: Readonly<Record<string, string>>,
  { ask, store, now, randomToken, hashOf }: ProbePorts,
  answer: ProbeAnswer = 'usual',
): Promise<Probed> {
  const id = randomToken()
  const idHash = hashOf(id)
  await store?.probes.announce({ idHash, answer, expiresAt: later(now(), lifetime) })
  const asked = await ask(url, { 'User-Agent': formatProbeAgent(id), ...headers })
  return { asked, report: await store?.probes.take(idHash) }
}
