// Hosts that the login's cookie does not reach, behind a real Caddy (R24).

import { domainChecks } from './checks/domain-checks.ts'
import { caddyVersion, startCaddyWith } from './support/caddy.ts'

domainChecks({
  name: caddyVersion(),
  startWith: startCaddyWith,
  otherDomain: [['app.example.com {', '*.far.test, app.example.com {']],
})
