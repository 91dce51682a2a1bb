// What do several noisy rounds say? Medians, ratios of rounds that ran side by side, and the verdict.

/** The middle value; the mean of the two middle ones for an even number. Throws for no values at all. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.floor((sorted.length - 1) / 2)]
  if (upper === undefined || lower === undefined) throw new Error('No values to take a median of')
  return (upper + lower) / 2
}

/** The value below which `share` (0 to 1) of the values lie, nearest rank. Throws for no values at all. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
  if (value === undefined) throw new Error('No values to take a quantile of')
  return value
}

/** Each value combined with the one of the same round: what disturbed a round disturbed both sides of it. */
export function pairwise(
  measured: readonly number[],
  reference: readonly number[],
  combine: (one: number, other: number) => number,
): readonly number[] {
  if (measured.length !== reference.length) throw new Error('Both sides need the same rounds')
  return measured.map((value, round) => combine(value, reference[round] ?? Number.NaN))
}

export type Goal = {
  readonly id: string
  readonly work: string
  readonly unit: 'ratio' | 'µs' | 'ms' | 'MiB' | 's'
  readonly floor: number
  readonly goal: number
  /** Whether more is better, as for ratios of throughput. */
  readonly higherIsBetter: boolean
}

export type Verdict = 'goal' | 'floor' | 'below floor'

/** What a median amounts to; a value exactly on the line reaches it. */
export function judge(goal: Goal, value: number): Verdict {
  const reaches = (line: number) => (goal.higherIsBetter ? value >= line : value <= line)
  if (reaches(goal.goal)) return 'goal'
  return reaches(goal.floor) ? 'floor' : 'below floor'
}
