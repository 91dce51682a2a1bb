// Which answers take too long? One timer for all of them: whatever each one would set and clear, nearly all do not need.

type Begun = { readonly due: number; readonly over: () => void }

export type Deadline = {
  /**
   * Hands the value of the work to `use`, or a fault to `failed`: that of the work, that of `use`, or that the work
   * takes too long. What comes after that is dropped; the work is not stopped.
   */
  readonly keep: <T>(
    work: Promise<T>,
    use: (value: T) => unknown,
    failed: (fault: unknown) => void,
  ) => void
}

/** A limit of so many milliseconds on how long something may take. */
export function createDeadline(milliseconds: number): Deadline {
  // In the order in which they are due.
  const begun = new Set<Begun>()
  let isArmed = false
  const arm = (after: number): void => {
    isArmed = true
    setTimeout(check, after)
  }
  const check = (): void => {
    isArmed = false
    const now = performance.now()
    for (const one of begun) {
      // A timer may be early by less than its own step of a millisecond.
      if (one.due - now >= 1) {
        arm(one.due - now)
        return
      }
      begun.delete(one)
      one.over()
    }
  }
  const begin = (over: Begun['over']): Begun => {
    const one = { due: performance.now() + milliseconds, over }
    begun.add(one)
    if (!isArmed) arm(milliseconds)
    return one
  }
  return {
    keep(work, use, failed) {
      const one = begin(() => failed(new Error('Decision took too long')))
      work
        .then(
          (value) => (begun.delete(one) ? use(value) : undefined),
          (fault: unknown) => (begun.delete(one) ? failed(fault) : undefined),
        )
        .catch(failed)
    },
  }
}
