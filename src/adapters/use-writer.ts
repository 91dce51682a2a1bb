// Writes down what was used: behind the answer, in batches, everything that there is.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { batchesOf } from './sql/batches.ts'

export type UseWriterParts<T> = {
  /** One batch; rejects when it could not be written. */
  readonly write: (items: readonly T[]) => Promise<void>
  /** Told how many wait for the next time when a batch could not be written. */
  readonly failed: (count: number, fault: unknown) => void
  readonly everyMilliseconds: number
}

export type UseWriter<T> = {
  /** Keeps the item until it is written; one of the same key takes its place. Returns at once; never throws. */
  readonly note: (key: string, item: T) => void
  /**
   * Writes all that was noted before, after what an earlier call still writes. A fault ends it: what is left is
   * tried again with the next. Never rejects.
   */
  readonly flush: () => Promise<void>
  /** Writes no more by itself. */
  readonly stop: () => void
}

/** Makes a writer that flushes by itself every so often. */
export function createUseWriter<T>(parts: UseWriterParts<T>): UseWriter<T> {
  const noted = new Map<string, T>()
  let writing: Promise<void> = Promise.resolve()

  const writeBatches = async (due: readonly (readonly [string, T])[]): Promise<void> => {
    for (const batch of batchesOf(due)) {
      await parts.write(batch.map(([, item]) => item))
      for (const [key, item] of batch) if (noted.get(key) === item) noted.delete(key)
      // Requests come first, also when thousands were at it.
      await nextTurn()
    }
  }

  const writeAll = async (): Promise<void> => {
    try {
      await writeBatches([...noted])
    } catch (fault) {
      parts.failed(noted.size, fault)
    }
  }

  const flush = (): Promise<void> => {
    writing = writing.then(writeAll)
    return writing
  }

  const timer = setInterval(flush, parts.everyMilliseconds)
  timer.unref()
  return {
    note: (key, item) => void noted.set(key, item),
    flush,
    stop: () => clearInterval(timer),
  }
}
