// The log: one JSON line an event, on standard output. No field can break a line or carry a whole request.

import pino from 'pino'
import type { Log, LogFields } from '../ports/runtime.ts'

const maxFieldLength = 512

// Names under which a secret could slip into a field by mistake; pino removes them whatever their value.
const redacted: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'token',
  'code',
  'secret',
  'password',
  'state',
  'nonce',
  'verifier',
])

function shortened(fields: LogFields): Record<string, unknown> {
  const short: Record<string, unknown> = {}
  for (const name in fields) {
    const value = fields[name]
    if (redacted.has(name)) short[name] = '[redacted]'
    else if (typeof value === 'string' && value.length > maxFieldLength) {
      short[name] = `${value.slice(0, maxFieldLength)}...`
    } else short[name] = value
  }
  return short
}

// Database and HTTP errors carry queries, parameters and answers in extra members: only these two are written.
function describeFault(fault: unknown): Record<string, unknown> {
  return fault instanceof Error
    ? { fault: `${fault.name}: ${fault.message}`.slice(0, maxFieldLength), stack: fault.stack }
    : { fault: 'not an Error' }
}

export type LogSettings = {
  readonly level: 'debug' | 'info' | 'warn'
  /** Where lines go; standard output unless a test reads them. */
  readonly destination?: { readonly write: (line: string) => void } | undefined
}

const flushMilliseconds = 100

// One write for many lines: a flood of refusals must not cost a system call each. pino empties it at the exit.
function buffered() {
  const lines = pino.destination({ dest: 1, sync: false, minLength: 8192 })
  setInterval(() => lines.flush(), flushMilliseconds).unref()
  return lines
}

let moment = 0
let timeText = ''

// Lines come in bursts: formatting the time costs a quarter of a line, and most share the millisecond.
function timeOfLine(): string {
  const now = Date.now()
  if (now !== moment) {
    moment = now
    timeText = `,"time":"${new Date(now).toISOString()}"`
  }
  return timeText
}

/** Makes the process's log. JSON escaping keeps control and ANSI bytes out of the terminal (R126). */
export function createLog({ level, destination }: LogSettings): Log {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: timeOfLine,
      messageKey: 'event',
      formatters: { level: (label) => ({ level: label }) },
    },
    destination ?? buffered(),
  )
  return {
    debug: (event, fields = {}) => logger.debug(shortened(fields), event),
    info: (event, fields = {}) => logger.info(shortened(fields), event),
    warn: (event, fields = {}) => logger.warn(shortened(fields), event),
    error: (event, fields = {}, fault) =>
      logger.error(
        { ...shortened(fields), ...(fault === undefined ? {} : describeFault(fault)) },
        event,
      ),
    debugEnabled: logger.isLevelEnabled('debug'),
  }
}
