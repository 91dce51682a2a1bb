// What the commands need of the machine.

import { join } from 'node:path'
import { createKeychain } from './keychain.ts'
import { createLogins, type Logins } from './logins.ts'
import type { RunTool } from './run-tool.ts'

export type Machine = {
  readonly platform: NodeJS.Platform
  readonly env: NodeJS.ProcessEnv
  /** The person's home directory. */
  readonly home: string
  readonly run: RunTool
  /** Epoch seconds. */
  readonly now: () => number
  readonly print: (line: string) => void
  /** For people only: what a script reads is never in between. */
  readonly printError: (line: string) => void
}

/** XDG Base Directory: state that is kept over a restart and is nobody else's business. */
export function stateDirectory({ env, home }: Pick<Machine, 'env' | 'home'>): string {
  const named = env['XDG_STATE_HOME'] ?? ''
  // The specification takes absolute paths only.
  return join(named.startsWith('/') ? named : join(home, '.local', 'state'), 'sallyport')
}

export const loginsOf = (machine: Machine): Logins =>
  createLogins(stateDirectory(machine), createKeychain(machine.platform, machine.run))
