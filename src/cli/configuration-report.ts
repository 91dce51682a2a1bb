// What is said about a configuration on a terminal.

import type { Loading } from '../config/load.ts'
import type { ConfigurationWarning } from '../config/settings.ts'

export const formatWarning = ({ severity, text }: ConfigurationWarning): string =>
  `${severity === 'warning' ? 'Warning' : 'Notice'}: ${text}`

/** For what needs a valid configuration and has none. */
export function printProblems(
  { problems }: Extract<Loading, { kind: 'problems' }>,
  printError: (line: string) => void,
): void {
  for (const problem of problems) printError(problem)
  printError('Not started: mend the above. "sallyport check-config" says it without starting.')
}
