// A real HAProxy on the shipped files, with the real service behind it.

import { proxyChecks } from './checks/proxy-checks.ts'
import { haproxyVersion, startHaproxy } from './support/haproxy.ts'

proxyChecks({ name: haproxyVersion(), dialect: 'haproxy', start: startHaproxy })
