// A real Traefik on the shipped files, when one is on the path or in TRAEFIK_BIN.

import { proxyChecks } from './checks/proxy-checks.ts'
import { findTraefikVersion, startTraefik } from './support/traefik.ts'

const version = findTraefikVersion()

/** What leaves Traefik: dot segments resolved, escapes in capitals, `;` of a query as `&`. */
function cleansTargets(target: string): string {
  const [path = '', ...query] = target.split('?')
  const upper = path.replace(/%[0-9a-f]{2}/gi, (code) => code.toUpperCase())
  return [upper, ...query.map((part) => part.replaceAll(';', '&'))].join('?')
}

proxyChecks({
  name: `Traefik ${version ?? 'not installed'}`,
  dialect: 'traefik',
  start: startTraefik,
  installed: version !== undefined,
  cleansTargets,
  hidesUpgrades: true,
  whenGone: 500,
})
