// What every part may ask of the process: the time, randomness, a log.

import type { EpochSeconds } from '../protocol/time.ts'

/** The current time. Tests hand in a clock that can be set. */
export type Clock = () => EpochSeconds

/** A fresh random value: 32 bytes as base64url, 43 characters. */
export type RandomToken = () => string

/** A value that is there now or will be: the decision stays synchronous when nothing has to be fetched. */
export type MaybePromise<T> = T | Promise<T>

/** Fields of a log line. Never a token, code, cookie, secret or query string. */
export type LogFields = Readonly<
  Record<string, string | number | boolean | undefined | readonly string[]>
>

/** Structured log: a short fixed event name and fields. */
export type Log = {
  readonly debug: (event: string, fields?: LogFields) => void
  readonly info: (event: string, fields?: LogFields) => void
  readonly warn: (event: string, fields?: LogFields) => void
  /** `fault`: what was thrown; its message and stack are written, nothing of a request. */
  readonly error: (event: string, fields?: LogFields, fault?: unknown) => void
  /** Whether `debug` writes anything: lets the hot path skip building fields. */
  readonly debugEnabled: boolean
}
