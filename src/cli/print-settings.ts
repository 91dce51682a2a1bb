// sallyport print-settings: the settings reference, printed or put into a document.

import { settingsTable, withSettingsTable } from '../config/reference.ts'

export type PrintSettingsIo = {
  readonly print: (line: string) => void
  readonly printError: (line: string) => void
  /** Throws when there is no such file. */
  readonly readText: (path: string) => string
  readonly writeText: (path: string, text: string) => void
}

/**
 * Prints the reference as Markdown; with `--write [FILE]` puts it between the markers of the file,
 * README.md when none is named.
 *
 * @returns exit code
 */
export function printSettings(rest: readonly string[], io: PrintSettingsIo): number {
  if (rest.length === 0) {
    io.print(settingsTable().trimEnd())
    return 0
  }
  const [first, path = 'README.md', ...more] = rest
  if (first !== '--write' || more.length > 0) {
    io.printError('Usage: sallyport print-settings [--write [FILE]]')
    return 1
  }
  const updated = withSettingsTable(io.readText(path))
  if (updated === undefined) {
    io.printError(`Cannot write to "${path}": expected <!-- settings:start --> and its end in it`)
    return 1
  }
  io.writeText(path, updated)
  return 0
}
