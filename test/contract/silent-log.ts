// A log that keeps nothing.

import type { Log } from '../../src/ports/runtime.ts'

const nothing = () => {}

export const silentLog: Log = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  debugEnabled: false,
}
