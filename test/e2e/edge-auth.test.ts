// Gateways behind edge auth, with the files we ship for each proxy.

import { gatewayChecks } from './checks/gateway-checks.ts'
import { caddyVersion, startCaddyWith } from './support/caddy.ts'
import { nginxVersion, startNginxWith } from './support/nginx.ts'
import { findTraefikVersion, startTraefikWith } from './support/traefik.ts'

gatewayChecks({
  name: nginxVersion(),
  dialect: 'nginx',
  start: startNginxWith([
    [
      'include sallyport/sallyport-http.conf;',
      'include sallyport/sallyport-http.conf;\ninclude sallyport/example-gateway.conf;',
    ],
  ]),
  installed: true,
})

gatewayChecks({
  name: caddyVersion(),
  dialect: 'caddy',
  start: startCaddyWith([
    ['# A name nobody configured', 'import gateway.caddy\n\n# A name nobody configured'],
  ]),
  installed: true,
})

const traefik = findTraefikVersion()
gatewayChecks({
  name: `Traefik ${traefik ?? 'not installed'}`,
  dialect: 'traefik',
  start: startTraefikWith(['gateway.yml']),
  installed: traefik !== undefined,
})
