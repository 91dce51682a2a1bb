// Which redirects does a client get, and what kind of application do they make it? RFC 7591 §2, mcp.md AS-56, AS-57.

import { type Reading, readList, readText, urlLimit } from './metadata-members.ts'
import {
  describeRedirectUri,
  judgeRedirectUri,
  type RedirectUriRules,
  redirectUriFaults,
} from './redirect-uri.ts'

export type Redirects = { readonly kept: readonly string[]; readonly faults: readonly string[] }

/** The redirects that may be registered. One that may not be registered does not spoil the others: Cursor sends three kinds at once (AS-56). */
export function readRedirects(reading: Reading, name: string, rules: RedirectUriRules): Redirects {
  const faults: string[] = []
  const kept = (readList(reading, name, urlLimit) ?? []).filter((uri, index) => {
    const judged = judgeRedirectUri(uri, rules)
    if (judged.kind === 'registrable') return true
    reading.dropped.push(`${name}[${index}]: ${judged.reason}`)
    faults.push(`${name}[${index}] ${redirectUriFaults[judged.reason]}`)
    return false
  })
  return { kept, faults }
}

const loopbackNames = ['localhost', '127.0.0.1', '[::1]']

const isSecureLoopback = (uri: string): boolean => {
  const target = describeRedirectUri(uri)
  return target?.kind === 'web' && loopbackNames.includes(target.host ?? '')
}

type ApplicationType = { readonly type: 'native' | 'web'; readonly uris: readonly string[] }

/**
 * The application type that fits the redirects, whatever was said, and the redirects that fit it: `web` has no
 * private-use ones, `native` no `https` on loopback (OpenID Connect Registration §2). The default there, `web`,
 * would forbid loopback to the older clients that say nothing (AS-57).
 */
export function readApplicationType(reading: Reading, uris: readonly string[]): ApplicationType {
  const asked = readText(reading, 'application_type')
  const kinds = uris.map((uri) => describeRedirectUri(uri)?.kind)
  const fitting = (): 'native' | 'web' => {
    if (kinds.includes('private')) return 'native'
    if (uris.some(isSecureLoopback)) return 'web'
    if (asked === 'native' || asked === 'web') return asked
    return kinds.includes('loopback') ? 'native' : 'web'
  }
  const type = fitting()
  if (asked !== undefined && asked !== type) reading.dropped.push('application_type')
  const kept = uris.filter((uri) => type === 'web' || !isSecureLoopback(uri))
  if (kept.length < uris.length) reading.dropped.push('redirect_uris: https on loopback')
  return { type, uris: kept }
}
