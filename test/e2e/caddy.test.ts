// A real Caddy on the shipped files, with the real service behind it.

import { proxyChecks } from './checks/proxy-checks.ts'
import { caddyVersion, startCaddy } from './support/caddy.ts'

proxyChecks({
  name: caddyVersion(),
  dialect: 'caddy',
  start: startCaddy,
  sendsAllHeaders: true,
})
