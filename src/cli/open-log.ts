// The log of a command: on standard output, whole to the last line however the process ends.

import { createLog, type LogSettings, standardOutput } from '../adapters/log.ts'
import type { Log } from '../ports/runtime.ts'

/** Opens the log on standard output; once for each process that writes one. */
export function openLog(level: LogSettings['level']): Log {
  const destination = standardOutput((flush) => {
    process.on('beforeExit', flush)
    process.on('exit', flush)
  })
  return createLog({ level, destination })
}
