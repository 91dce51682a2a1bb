// The store that the configuration names, for as long as one command takes.

import { openStore } from '../adapters/sql/open.ts'
import type { Loading } from '../config/load.ts'
import type { Settings } from '../config/settings.ts'
import type { Store } from '../ports/store.ts'
import { formatWarning, printProblems } from './configuration-report.ts'
import { openLog } from './open-log.ts'

export type StoreCommand = {
  /** What it keeps there: `accounts`. */
  readonly what: string
  readonly printError: (line: string) => void
  readonly run: (store: Store, settings: Settings) => Promise<number>
}

/**
 * Runs the command with the store open. What the configuration is warned of is said first: run in the wrong
 * folder, a command would otherwise change a store of nobody's without a word.
 *
 * @returns the command's exit code; 1 without running it when there is no valid configuration or nothing is kept
 * @throws StoreFault when the store cannot be opened; what the command throws
 */
export async function withStore(
  load: () => Loading,
  { what, printError, run }: StoreCommand,
): Promise<number> {
  const loading = load()
  for (const warning of loading.warnings) printError(formatWarning(warning))
  if (loading.kind === 'problems') {
    printProblems(loading, printError)
    return 1
  }
  const { settings } = loading
  if (settings.database.kind === 'memory') {
    printError(`Cannot keep ${what}: expected a data directory or a database, state is in memory`)
    return 1
  }
  const store = await openStore(settings.database, openLog('warn'))
  try {
    return await run(store, settings)
  } finally {
    await store.close()
  }
}
