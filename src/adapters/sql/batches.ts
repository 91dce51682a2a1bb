// Lists that may be longer than a statement has parameters, in parts.

// SQLite allows 32,766 parameters in a statement; a transaction holds as many batches as are needed.
const batchSize = 500

/** The items in order, at most 500 at a time. */
export function* batchesOf<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += batchSize) {
    yield items.slice(start, start + batchSize)
  }
}
