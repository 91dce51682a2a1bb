// Edge auth as the app wants it, or undefined when it is off.

import { seconds } from '../protocol/time.ts'
import { type Findings, shown } from './findings.ts'
import { isLoopbackHost, isWithin } from './hosts.ts'
import { deriveOwnSecret } from './own-secret.ts'
import type { FileSettings } from './schema.ts'
import type { SecretSource } from './secrets.ts'
import type { EdgeAuthSettings, Settings } from './settings.ts'

const hour = 3600

type Context = {
  /** Whether the policy stands for what mcpauth protected without naming it. */
  readonly isGateway: boolean
  readonly secrets: SecretSource
  readonly findings: Findings
}

/** mcpauth never had its gateways named: every host that its cookie reaches may be one. */
function gatewaysOfMcpauth({ publicUrl, cookie }: Settings): readonly string[] {
  const { hostname } = publicUrl
  if (cookie.domain === undefined || isLoopbackHost(hostname)) return [hostname]
  return [...new Set([hostname, cookie.domain, `*.${cookie.domain}`])]
}

/** A gateway that no login reaches would send its people round for ever. */
function checkReach(hosts: readonly string[], settings: Settings, findings: Findings): void {
  const { cookie, handOff, publicUrl } = settings
  const own = cookie.domain ?? publicUrl.hostname
  const others = handOff.scope?.kind === 'domains' ? handOff.scope.domains : []
  if (handOff.scope?.kind === 'every-host') return
  for (const host of hosts) {
    const name = host.replace(/^\*\./, '')
    if ([own, ...others].some((domain) => isWithin(name, domain))) continue
    findings.problem(
      `Setting "edge_auth.hosts" names ${shown(host)}, which the cookie of the login does not reach: set "cookie.domain", "cookie.domains" or "cookie.mode: isolated"`,
    )
  }
}

/** The settings of edge auth. Collects what contradicts. */
export function deriveEdgeAuth(
  file: FileSettings,
  settings: Settings,
  { isGateway, secrets, findings }: Context,
): EdgeAuthSettings | undefined {
  const own = file.edge_auth ?? {}
  if (own.enabled !== true) {
    const others = Object.keys(own).filter((name) => name !== 'enabled')
    if (others.length > 0)
      findings.warn(
        `Setting "edge_auth.${others[0]}" has no effect without edge_auth.enabled: true`,
      )
    return undefined
  }
  if (settings.providers.length === 0 && !settings.localAccounts)
    findings.problem(
      'Setting "edge_auth.enabled" needs people who can log in: set "providers" or "local_accounts"',
    )
  const hosts = own.hosts ?? (isGateway ? gatewaysOfMcpauth(settings) : undefined)
  if (hosts !== undefined) checkReach(hosts, settings, findings)
  return {
    hosts,
    lifetime: own.lifetime ?? seconds(24 * hour),
    commandLineLifetime: own.command_line_lifetime ?? seconds(12 * hour),
    commandLinePaths: own.command_line_paths ?? ['/'],
    secret: deriveOwnSecret(
      {
        setting: 'edge_auth.secret',
        value: own.secret,
        path: own.secret_file,
        made: 'edge-auth.key',
      },
      settings,
      { secrets, findings },
    ),
  }
}
