// A limit on how long something may take.

/** The value, or a rejection after so many milliseconds. Does not stop the work. */
export function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('Decision took too long')), milliseconds)
    work.then(
      (value) => {
        clearTimeout(timer)
        resolve(value)
      },
      (fault) => {
        clearTimeout(timer)
        reject(fault)
      },
    )
  })
}
