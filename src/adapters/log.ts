// The log: one JSON line an event, on standard output. No field can break a line or carry a whole request.

import pino from 'pino'
import type { Log, LogFields } from '../ports/runtime.ts'

const maxFieldLength = 512
const maxStackLength = 4096

// Names under which a secret could slip into a field by mistake; they are removed whatever their value.
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

// Nearly every value: it stands in JSON as it is, and looking is much cheaper than writing it anew.
const plain = /^[ !#-[\]-~]*$/

// A terminal obeys C1 controls as it obeys ESC; JSON leaves them, and DEL, as they are.
const unprinted = /[\x7f-\x9f]/g

const escaped = (text: string): string =>
  JSON.stringify(text).replace(
    unprinted,
    (character) => `\\u00${character.charCodeAt(0).toString(16)}`,
  )

const quoted = (text: string): string => (plain.test(text) ? `"${text}"` : escaped(text))

const shortened = (text: string): string =>
  text.length > maxFieldLength ? `${text.slice(0, maxFieldLength)}...` : text

function formatValue(name: string, value: NonNullable<LogFields[string]>): string {
  if (redacted.has(name)) return '"[redacted]"'
  if (typeof value === 'string') return quoted(shortened(value))
  if (typeof value !== 'object') return JSON.stringify(value)
  return `[${value.map((member) => quoted(shortened(member))).join(',')}]`
}

function formatFields(fields: LogFields): string {
  let text = ''
  for (const name in fields) {
    const value = fields[name]
    if (value !== undefined) text += `,${quoted(name)}:${formatValue(name, value)}`
  }
  return text
}

// The text of a stack repeats the message at its full length, and may be made of many lines itself.
const framesOf = ({ stack = '', message }: Error): string =>
  stack
    .replace(message, () => '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n')
    .slice(0, maxStackLength)

// Database and HTTP errors carry queries, parameters and answers in extra members: only message and frames are written.
function formatFault(fault: unknown): string {
  if (fault === undefined) return ''
  if (!(fault instanceof Error)) return ',"fault":"not an Error"'
  const message = `${fault.name}: ${fault.message}`.slice(0, maxFieldLength)
  return `,"fault":${quoted(message)},"stack":${quoted(framesOf(fault))}`
}

export type Destination = { readonly write: (lines: string) => void }

export type LogSettings = {
  readonly level: 'debug' | 'info' | 'warn'
  /** Where lines go. */
  readonly destination: Destination
}

const batchLength = 65_536
const flushMilliseconds = 100

/**
 * Hands on many lines at once, in their order: a flood of refusals must not cost a system call each. Joined here
 * and not by pino's own stream, which measures all that waits again for each line.
 */
export function createBatch(
  destination: Destination,
): Destination & { readonly flush: () => void } {
  let waiting = ''
  const flush = (): void => {
    if (waiting === '') return
    const lines = waiting
    waiting = ''
    destination.write(lines)
  }
  return {
    write: (line) => {
      waiting += line
      if (waiting.length >= batchLength) flush()
    },
    flush,
  }
}

/**
 * Standard output, in batches.
 *
 * @param atEnd is told what to call when the process ends, so that no line is lost
 */
export function standardOutput(atEnd: (flush: () => void) => void): Destination {
  // Told before pino, whose own listener writes out what its stream was handed: all lines must be there by then.
  atEnd(() => batch.flush())
  const batch = createBatch(pino.destination({ dest: 1, sync: false }))
  setInterval(batch.flush, flushMilliseconds).unref()
  return batch
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

const ranks = { debug: 0, info: 1, warn: 2, error: 3 }

/**
 * Makes the process's log. JSON escaping keeps control and ANSI bytes out of the terminal (R126).
 *
 * Formats by itself: each refusal has a line, and with pino's it was a fifth of the refusal's CPU or more.
 */
export function createLog({ level, destination }: LogSettings): Log {
  const write = (
    rank: keyof typeof ranks,
    event: string,
    fields: LogFields = {},
    fault?: unknown,
  ) => {
    if (ranks[rank] < ranks[level]) return
    const told = `${formatFields(fields)}${formatFault(fault)}`
    destination.write(`{"level":"${rank}"${timeOfLine()}${told},"event":${quoted(event)}}\n`)
  }
  return {
    debug: (event, fields) => write('debug', event, fields),
    info: (event, fields) => write('info', event, fields),
    warn: (event, fields) => write('warn', event, fields),
    error: (event, fields, fault) => write('error', event, fields, fault),
    debugEnabled: level === 'debug',
  }
}
