// Did you mean ...? For names that are nearly right.

/** Levenshtein distance, given up (returns `limit + 1`) as soon as it is beyond `limit`. */
function distance(left: string, right: string, limit: number): number {
  if (Math.abs(left.length - right.length) > limit) return limit + 1
  let previous = Array.from({ length: right.length + 1 }, (_, at) => at)
  for (const [row, letter] of [...left].entries()) {
    const current = [row + 1]
    for (const [column, other] of [...right].entries()) {
      const replaced = (previous[column] ?? 0) + (letter === other ? 0 : 1)
      const removed = (previous[column + 1] ?? 0) + 1
      const added = (current[column] ?? 0) + 1
      current.push(Math.min(replaced, removed, added))
    }
    if (Math.min(...current) > limit) return limit + 1
    previous = current
  }
  return previous.at(-1) ?? 0
}

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '')

/** The known name that a misspelt one was most likely meant to be; spelling with `-`, `_` or capitals counts as equal. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (name.length > 60) return undefined
  const wanted = plain(name)
  const limit = wanted.length < 5 ? 1 : 2
  const ranked = known
    .map((candidate) => ({ candidate, steps: distance(wanted, plain(candidate), limit) }))
    .filter(({ steps }) => steps <= limit)
    .sort((a, b) => a.steps - b.steps)
  return ranked[0]?.candidate
}

/** `; did you mean "x"?`, or nothing when no known name is near. */
export function suggestion(name: string, known: readonly string[]): string {
  const near = nearest(name, known)
  return near === undefined ? '' : `; did you mean "${near}"?`
}
