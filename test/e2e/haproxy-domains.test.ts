// Hosts that the login's cookie does not reach, behind a real HAProxy (R24).

import { domainChecks } from './checks/domain-checks.ts'
import { haproxyVersion, startHaproxyWith } from './support/haproxy.ts'

const host = 'acl host_app  var(txn.host)'

domainChecks({
  name: haproxyVersion(),
  startWith: startHaproxyWith,
  otherDomain: [[`${host} -m str app`, `${host} -m end .far.test\n    ${host} -m str app`]],
})
