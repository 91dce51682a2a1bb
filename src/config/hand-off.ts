// Which domains share a login, and which hosts get a cookie of their own (R16, R24).

import type { HandOffScope } from '../protocol/cookie-reach.ts'
import { checkCookieDomain, checkOwnDomain } from './check-server.ts'
import { type Findings, shown, unreadable } from './findings.ts'
import { isWithin } from './hosts.ts'
import type { FileSettings } from './schema.ts'
import type { PublicUrl, Settings } from './settings.ts'

const defaultPath = '/.sallyport'

/** The login's own domain, and what it is handed on to. */
export type CookieScope = {
  readonly domain: string | undefined
  readonly scope: HandOffScope | undefined
}

type Cookie = NonNullable<FileSettings['cookie']>

function checkChoice({ domain, domains, mode }: Cookie, findings: Findings): void {
  if (domain !== undefined && domains !== undefined)
    findings.problem(
      'Settings "cookie.domain" and "cookie.domains" contradict each other; keep one',
    )
  if (mode !== 'isolated' || (domain ?? domains) === undefined) return
  const name = domain === undefined ? 'cookie.domains' : 'cookie.domain'
  findings.problem(
    `Settings "cookie.mode" and "${name}" contradict each other: in isolated mode no cookie is shared; keep one`,
  )
}

function checkDomains(
  domains: readonly string[],
  url: PublicUrl,
  development: boolean,
  findings: Findings,
): void {
  for (const [at, domain] of domains.entries()) {
    checkOwnDomain(`cookie.domains[${at}]`, domain, development, findings)
    const wider = domains.find((other, place) => place !== at && isWithin(domain, other))
    if (wider !== undefined)
      findings.problem(
        unreadable(
          'cookie.domains',
          `domains that hold no other, not ${shown(wider)}`,
          shown(domain),
        ),
      )
  }
  if (!domains.some((domain) => isWithin(url.hostname, domain)))
    findings.problem(
      unreadable('cookie.domains', `${url.hostname} or a parent of it among them`, shown(domains)),
    )
}

/** Reads and checks what the cookie section says about reach. */
export function deriveCookieScope(
  file: FileSettings,
  url: PublicUrl,
  development: boolean,
  findings: Findings,
): CookieScope {
  const cookie = file.cookie ?? {}
  const { domain, domains, mode } = cookie
  checkChoice(cookie, findings)
  if (mode === 'isolated') return { domain: undefined, scope: { kind: 'every-host' } }
  const placed = file.public_url !== undefined
  if (domains === undefined) {
    if (domain !== undefined && placed) checkCookieDomain(domain, url, development, findings)
    return { domain, scope: undefined }
  }
  if (placed) checkDomains(domains, url, development, findings)
  const own = domains.find((each) => isWithin(url.hostname, each))
  const others = domains.filter((each) => each !== own)
  return { domain: own, scope: { kind: 'domains', domains: others } }
}

/** First segments that lead to something of ours on every host. */
const takenSegments: ReadonlySet<string> = new Set([
  '',
  '.well-known',
  '_ws_tunnel',
  'auth',
  'cdn-cgi',
  'health',
  'ready',
])

/** Where logins are handed on, and on which path of those hosts. */
export function deriveHandOff(
  file: FileSettings,
  scope: HandOffScope | undefined,
  findings: Findings,
): Settings['handOff'] {
  const path = file.handoff_path ?? defaultPath
  if (path.endsWith('/') || takenSegments.has(path.split('/')[1] ?? ''))
    findings.problem(
      unreadable('handoff_path', `a path of its own such as ${defaultPath}`, shown(path)),
    )
  if (file.handoff_path !== undefined && scope === undefined)
    findings.problem(
      'Setting "handoff_path" has no meaning without "cookie.domains" or "cookie.mode: isolated"',
    )
  return { path, scope }
}
