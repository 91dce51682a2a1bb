// A value that must not be printed: it shows "[redacted]" as text, in JSON and in the debugger.

const inspect = Symbol.for('nodejs.util.inspect.custom')

/** A secret string. `reveal()` is the only way to the value. */
export type Secret = {
  readonly reveal: () => string
  readonly toString: () => string
  readonly toJSON: () => string
}

/** Wraps a plain text as a `Secret`. */
export function secret(value: string): Secret {
  const redacted = () => '[redacted]'
  return Object.freeze({
    reveal: () => value,
    toString: redacted,
    toJSON: redacted,
    [inspect]: redacted,
  })
}
