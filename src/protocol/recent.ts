// What was seen lately, in a bounded memory that costs little to fill and to forget.

export type Recent<Key, Value> = {
  readonly get: (key: Key) => Value | undefined
  readonly put: (key: Key, value: Value) => void
  /** Forgets the older half; what was put since the last time stays. */
  readonly turn: () => void
  /** Forgets what the predicate names. @returns how many */
  readonly drop: (predicate: (value: Value) => boolean) => number
  readonly clear: () => void
  readonly size: () => number
}

/**
 * A memory of at most `limit` entries, of which at least the last half are there.
 *
 * Two maps, of which the older is forgotten whole when the younger is half the limit: dropping single
 * entries from the front of a large Map costs more the more of them are gone.
 */
export function createRecent<Key, Value>(limit: number): Recent<Key, Value> {
  const half = Math.max(1, Math.floor(limit / 2))
  let young = new Map<Key, Value>()
  let old = new Map<Key, Value>()
  const turn = (): void => {
    old = young
    young = new Map()
  }
  return {
    get: (key) => young.get(key) ?? old.get(key),
    put(key, value) {
      if (young.size >= half) turn()
      old.delete(key)
      young.set(key, value)
    },
    turn,
    drop(predicate) {
      const before = young.size + old.size
      for (const entries of [young, old])
        for (const [key, value] of entries) if (predicate(value)) entries.delete(key)
      return before - young.size - old.size
    },
    clear() {
      if (young.size > 0) young = new Map()
      if (old.size > 0) old = new Map()
    },
    size: () => young.size + old.size,
  }
}
