// Do clients reach our own authorization server through its public address? RFC 8414 §3, mcp.md AS-2

import type { Settings } from '../../config/settings.ts'
import { memberOf } from './answer-member.ts'
import type { Ask, Asked } from './ask.ts'
import { type Finding, ok, wrong } from './finding.ts'
import { judgeKeySet } from './judge-keys.ts'

const who = 'authorization server'
const accept = { Accept: 'application/json' }

/** What is wrong with an answer, whatever it was to say. */
function faultOf(what: string, asked: Asked): Finding | undefined {
  if (asked.kind === 'fault') return wrong(`${who}: ${what} cannot be reached: ${asked.reason}`)
  const { status } = asked
  if (status === 401 || status === 403 || (status >= 300 && status < 400))
    return wrong(
      `${who}: ${what} is behind the gate (${status}): lead this path to Sallyport, without a decision`,
    )
  return status === 200
    ? undefined
    : wrong(`${who}: ${what} is answered with ${status}: lead this path and Host to Sallyport`)
}

const bodyOf = (asked: Asked): string => (asked.kind === 'answer' ? asked.body : '')

const shown = (value: unknown): string => String(JSON.stringify(value)).slice(0, 200)

/** Judges the answer at the well-known address of the metadata. */
export function judgeServerMetadata(issuer: string, url: URL, asked: Asked): Finding {
  const what = `its metadata at ${url.href}`
  const fault = faultOf(what, asked)
  if (fault !== undefined) return fault
  const stated = memberOf(bodyOf(asked), 'issuer')
  return stated === issuer
    ? ok(`${who}: clients find its metadata`)
    : wrong(
        `${who}: ${what} names the issuer ${shown(stated)}, expected ${issuer}: clients drop it; ` +
          'the proxy has to lead this address to this Sallyport',
      )
}

/** Judges the answer at the address of the keys. */
export function judgeServerKeys(url: URL, asked: Asked): Finding {
  const what = `its keys at ${url.href}`
  const fault = faultOf(what, asked)
  if (fault !== undefined) return fault
  const judged = judgeKeySet({ keys: memberOf(bodyOf(asked), 'keys') })
  return judged.kind === 'refused'
    ? wrong(`${who}: ${what} cannot be used: ${judged.reason}`)
    : ok(`${who}: ${judged.count} ${judged.count === 1 ? 'key' : 'keys'} for signatures`)
}

/** Asks for metadata and keys; nothing when there is no authorization server of ours. */
export async function checkAuthorizationServer(
  { authorizationServer }: Pick<Settings, 'authorizationServer'>,
  ask: Ask,
): Promise<readonly Finding[]> {
  if (authorizationServer === undefined) return []
  const { issuer } = authorizationServer
  const address = new URL(`${issuer}/.well-known/oauth-authorization-server`)
  const metadata = await ask(address, accept)
  const found = judgeServerMetadata(issuer, address, metadata)
  if (found.grade === 'wrong') return [found]
  const stated = memberOf(bodyOf(metadata), 'jwks_uri')
  // Nobody else's keys: an address elsewhere would show that something changed the document on its way.
  const keys = typeof stated === 'string' ? URL.parse(stated) : null
  if (keys === null || keys.origin !== new URL(issuer).origin)
    return [found, wrong(`${who}: its metadata names the keys ${shown(stated)}, not at ${issuer}`)]
  return [found, judgeServerKeys(keys, await ask(keys, accept))]
}
