// Two contenders in turns: a short round each, again and again, so that both meet the same disturbances.

import { applyLoad, type Load, type Round } from './load.ts'
import type { Server } from './processes.ts'

export type Contender = { readonly server: Server; readonly load: Load }

export type Pace = {
  readonly rounds: number
  /** Of one round. */
  readonly seconds: number
}

export type Duel = { readonly measured: readonly Round[]; readonly reference: readonly Round[] }

/** Node compiles what runs often, in steps: before this many requests a server is not what it will be. */
const warmUpRequests = 80_000
const warmUpRounds = 12

async function warmUp({ server, load }: Contender, seconds: number): Promise<void> {
  let requests = 0
  for (let round = 0; round < warmUpRounds && requests < warmUpRequests; round += 1) {
    requests += (await applyLoad(server, load, seconds)).perSecond * seconds
  }
}

/** Warms both up, then `pace.rounds` pairs; who goes first changes from pair to pair. */
export async function duel(measured: Contender, reference: Contender, pace: Pace): Promise<Duel> {
  const run = ({ server, load }: Contender) => applyLoad(server, load, pace.seconds)
  await warmUp(measured, pace.seconds)
  await warmUp(reference, pace.seconds)
  const rounds: { measured: Round; reference: Round }[] = []
  for (let number = 0; number < pace.rounds; number += 1) {
    if (number % 2 === 0) {
      rounds.push({ measured: await run(measured), reference: await run(reference) })
    } else {
      const first = await run(reference)
      rounds.push({ measured: await run(measured), reference: first })
    }
  }
  return {
    measured: rounds.map((round) => round.measured),
    reference: rounds.map((round) => round.reference),
  }
}
