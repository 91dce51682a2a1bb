// sallyport check-config: the same judgement as at the start, without starting.

import { type LoadInput, loadSettings } from '../config/load.ts'
import type { Settings } from '../config/settings.ts'
import { formatWarning } from './configuration-report.ts'

export type CheckIo = LoadInput & {
  readonly print: (line: string) => void
  readonly printError: (line: string) => void
}

function whereDecisions({ decision, listen, proxy }: Settings): string {
  const dialect = `in the dialect ${proxy.dialect}`
  switch (decision.kind) {
    case 'shared':
      return `port ${listen.port}, ${dialect}`
    case 'port':
      return `port ${decision.port} on ${decision.host}, ${dialect}`
    case 'socket':
      return `socket ${decision.path}, ${dialect}`
  }
}

const whereTokens = ({ authorizationServer }: Settings): string =>
  authorizationServer === undefined
    ? 'off'
    : `${authorizationServer.issuer}, registration ${authorizationServer.registration}`

const names = (list: readonly string[]): string => (list.length === 0 ? 'none' : list.join(', '))

/** What the configuration comes to, in a few lines without secrets. */
export function summary(settings: Settings, file: string | undefined): readonly string[] {
  const { database, localAccounts, policy, providers, publicUrl } = settings
  return [
    `Configuration file: ${file ?? 'none'}`,
    `Public URL: ${publicUrl.href}`,
    `Providers: ${names([...providers.map(({ id }) => id), ...(localAccounts ? ['local'] : [])])}`,
    `Rules: ${policy.rules.length}, resources: ${policy.resources.length}`,
    `Authorization server: ${whereTokens(settings)}`,
    `Decisions: ${whereDecisions(settings)}`,
    `Database: ${database.kind}`,
  ]
}

/**
 * Prints every problem, or that there is none, with warnings and a summary.
 *
 * @returns exit code: 0 valid, 1 not (R144)
 */
export function checkConfig({ print, printError, ...input }: CheckIo): number {
  const loading = loadSettings(input)
  for (const warning of loading.warnings) printError(formatWarning(warning))
  if (loading.kind === 'problems') {
    for (const problem of loading.problems) printError(problem)
    const count = loading.problems.length
    printError(`Configuration is not valid: ${count} problem${count === 1 ? '' : 's'}`)
    return 1
  }
  print('Configuration is valid')
  for (const line of summary(loading.settings, loading.file)) print(line)
  return 0
}
