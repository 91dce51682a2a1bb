// What gate and authorization server need to know of our own command line, by the settings.

import type { CommandLinePorts } from '../access/command-line.ts'
import { createRuleOrigins } from '../access/rule-origins.ts'
import type { CompiledPolicy } from '../access/rules.ts'
import type { Settings } from '../config/settings.ts'
import { commandLineClientId } from '../protocol/command-line.ts'

export type CommandLineParts = {
  /** Undefined: `command_line_login` is off, and the gate takes no token of ours where a rule decides. */
  readonly commandLine: CommandLinePorts | undefined
  readonly knowsOrigin: (origin: string) => boolean
}

export function createCommandLinePorts(
  { authorizationServer, publicUrl }: Pick<Settings, 'authorizationServer' | 'publicUrl'>,
  policy: () => CompiledPolicy,
): CommandLineParts {
  const server = authorizationServer
  const isKnown = server?.clients.some(({ id }) => id === commandLineClientId) === true
  const scheme = publicUrl.origin.startsWith('https:') ? 'https' : 'http'
  return {
    commandLine: server && isKnown ? { issuer: server.issuer } : undefined,
    knowsOrigin: createRuleOrigins(policy, scheme),
  }
}
