// A real nginx on the shipped files, with the real service behind it.

import { proxyChecks } from './checks/proxy-checks.ts'
import { nginxVersion, startNginx } from './support/nginx.ts'

proxyChecks({ name: nginxVersion(), dialect: 'nginx', start: startNginx })
