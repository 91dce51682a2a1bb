// Does a client find the metadata of a protected resource? RFC 9728 §3

import type { ResourcePolicy } from '../../access/policy.ts'
import { parseResource, protectedResourceMetadataUrl } from '../../protocol/resource.ts'
import { memberOf } from './answer-member.ts'
import type { Asked } from './ask.ts'
import { type Finding, ok, wrong } from './finding.ts'

/** Where a resource without wildcard has its metadata; undefined for one with. */
export function metadataUrlOf({ url }: ResourcePolicy): URL | undefined {
  const resource = url.includes('://*.') ? undefined : parseResource(url)
  return resource === undefined ? undefined : new URL(protectedResourceMetadataUrl(resource))
}

/** Judges the answer at the public address of the metadata. */
export function judgeMetadata(resource: ResourcePolicy, url: URL, asked: Asked): Finding {
  const what = `resource ${resource.url}: its metadata at ${url.href}`
  if (asked.kind === 'fault') return wrong(`${what} cannot be reached: ${asked.reason}`)
  if (asked.status === 401 || asked.status === 403 || (asked.status >= 300 && asked.status < 400))
    return wrong(
      `${what} is behind the gate (${asked.status}): lead this path to Sallyport, without a decision`,
    )
  if (asked.status !== 200)
    return wrong(`${what} is answered with ${asked.status}: lead this path and Host to Sallyport`)
  const stated = memberOf(asked.body, 'resource')
  if (stated !== resource.url)
    return wrong(
      `${what} names the resource ${JSON.stringify(stated)?.slice(0, 200)}: clients drop it, ` +
        'because they asked for another; the proxy has to keep the Host header',
    )
  const servers = memberOf(asked.body, 'authorization_servers')
  const named: readonly unknown[] = Array.isArray(servers) ? servers : []
  const missing = resource.issuers.filter((issuer) => !named.includes(issuer))
  if (missing.length > 0)
    return wrong(
      `${what} does not name the issuer ${missing.join(' and ')}: clients get no token that counts; ` +
        'start Sallyport again with these settings, or lead this path to it',
    )
  return ok(`resource ${resource.url}: clients find its metadata`)
}
