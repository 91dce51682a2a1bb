// What is to be reached? Floors and goals of the decision endpoint, ratios of the same run.

import type { Goal } from './statistics.ts'

const ratio = (id: string, work: string, floor: number, goal: number): Goal => ({
  id,
  work,
  unit: 'ratio',
  floor,
  goal,
  higherIsBetter: true,
})

const cost = (
  [id, work]: readonly [string, string],
  unit: Goal['unit'],
  floor: number,
  goal: number,
): Goal => ({ id, work, unit, floor, goal, higherIsBetter: false })

export const goals: readonly Goal[] = [
  ratio('G1', 'cached JWT / bare Hono', 0.7, 0.9),
  ratio('G2', 'session cookie, browser headers / bare Hono', 0.65, 0.85),
  ratio('G3', 'no credential, 401 / bare Hono', 0.8, 0.95),
  ratio('G4', 'uncached RS256 JWT / jose alone', 0.8, 0.95),
  cost(['G5', 'CPU per decision above bare Hono (cached JWT)'], 'µs', 6, 2),
  cost(
    ['G5 scaled', 'the same, were this machine the one on which the goals were set'],
    'µs',
    6,
    2,
  ),
  cost(['G6 p50', 'through nginx at a fixed rate, above bare Hono, p50'], 'µs', 40, 15),
  cost(['G6 p99', 'through nginx at a fixed rate, above bare Hono, p99'], 'ms', 0.3, 0.1),
  cost(
    ['G6 p50 scaled', 'the same: rate and result as the machine of the goals would have them'],
    'µs',
    40,
    15,
  ),
  cost(
    ['G6 p99 scaled', 'the same: rate and result as the machine of the goals would have them'],
    'ms',
    0.3,
    0.1,
  ),
  ratio('G7', '1,000 rules / 10 rules', 0.9, 0.98),
  ratio('G8', '100,000 live sessions / 100', 0.85, 0.95),
  cost(['G10', 'resident memory of the built file, idle'], 'MiB', 100, 65),
  cost(['G11', 'start of the built file to first answer'], 's', 0.6, 0.15),
]
