// Under which header names applications learn who it is.

import { type Findings, shown, unreadable } from './findings.ts'
import type { FileSettings } from './schema.ts'
import type { IdentityHeaderSetting } from './settings.ts'

const forwarded: readonly IdentityHeaderSetting[] = [
  { name: 'X-Forwarded-User', value: 'user' },
  { name: 'X-Forwarded-Email', value: 'email' },
  { name: 'X-Forwarded-Groups', value: 'groups' },
  { name: 'X-Forwarded-Scopes', value: 'scopes' },
  { name: 'X-Forwarded-Preferred-Username', value: 'preferred-username' },
]

const remote: readonly IdentityHeaderSetting[] = [
  { name: 'Remote-User', value: 'user' },
  { name: 'Remote-Email', value: 'email' },
  { name: 'Remote-Groups', value: 'groups' },
  { name: 'Remote-Name', value: 'name' },
]

/** Header names with a meaning of their own, for the proxy, the browser or HTTP itself. */
const taken =
  /^(?:set-cookie|cookie|location|www-authenticate|authorization|proxy-.*|content-.*|transfer-encoding|connection|keep-alive|te|trailer|upgrade|host|date|vary|etag|age|expires|cache-control|pragma|server|retry-after|access-control-.*|strict-transport-security|sec-.*|x-forwarded-(?:for|host|proto|uri|method|port|prefix|server)|x-original-.*|x-real-ip|x-auth-redirect|x-auth-status|forwarded|origin|accept.*|range|if-.*|expect)$/i

/** The headers chosen, or the usual ones. Names that cannot be used are problems. */
export function deriveIdentityHeaders(
  choice: FileSettings['identity_headers'],
  findings: Findings,
): readonly IdentityHeaderSetting[] {
  if (choice === undefined) return forwarded
  if (choice.kind === 'set') return choice.name === 'remote' ? [...forwarded, ...remote] : forwarded
  const seen = new Set<string>()
  for (const { name } of choice.headers) {
    if (taken.test(name))
      findings.problem(
        unreadable('identity_headers', 'header names without another meaning', shown(name)),
      )
    if (seen.has(name.toLowerCase()))
      findings.problem(`Setting "identity_headers" names ${shown(name)} twice`)
    seen.add(name.toLowerCase())
  }
  return choice.headers
}
