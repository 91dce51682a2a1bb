// Is this client id the address of a document, and does the document describe that client? Client ID Metadata Document draft-00 §3-4, security.md R105.

import {
  type ClientMetadataRules,
  type ClientRefusal,
  type NarrowedClient,
  narrowClientMetadata,
} from './client-metadata.ts'
import { parseHost } from './host.ts'

declare const parsed: unique symbol

/** A client id that may be fetched as a document, once its host is known to be a public one (R106). */
export type ClientDocumentUrl = string & { readonly [parsed]: 'client-document-url' }

export type ClientDocumentUrlRefusal =
  | 'too-long'
  | 'not-canonical'
  | 'ambiguous-path'
  | 'not-https'
  | 'user-info'
  | 'fragment'
  | 'no-path'
  | 'address-as-host'
  | 'local-host'
  | 'port-not-allowed'
  | 'host-not-allowed'

export type ClientDocumentUrlResult =
  | { readonly kind: 'document-url'; readonly url: ClientDocumentUrl; readonly host: string }
  /** An ordinary client id: to be looked up among the registered ones. */
  | { readonly kind: 'other' }
  | { readonly kind: 'refused'; readonly reason: ClientDocumentUrlRefusal }

export type ClientDocumentUrlRules = {
  /** Host names whose documents count; undefined: any. */
  readonly hosts: readonly string[] | undefined
  /** Tests and development: documents on this machine, over http and on any port too. */
  readonly allowLoopback: boolean
}

const urlByteLimit = 512
/** 5 KiB, as the draft proposes (§6.6). */
export const clientDocumentLimit = 5120

const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]'])

function faultOfHost(url: URL, { hosts }: ClientDocumentUrlRules) {
  if (url.protocol !== 'https:') return 'not-https'
  // WHATWG parsing has turned every spelling of an IPv4 address into four numbers.
  if (url.hostname.startsWith('[') || /^[0-9.]+$/.test(url.hostname)) return 'address-as-host'
  // Names without a dot and these endings are never public.
  if (
    !/\.[a-z]/.test(url.hostname) ||
    /\.(?:localhost|local|internal|home\.arpa)\.?$/.test(url.hostname)
  )
    return 'local-host'
  if (url.port !== '') return 'port-not-allowed'
  return hosts === undefined || hosts.includes(url.hostname) ? undefined : 'host-not-allowed'
}

function faultOf(clientId: string, url: URL, rules: ClientDocumentUrlRules) {
  if (clientId.includes('#')) return 'fragment'
  if (url.username !== '' || url.password !== '' || /^https?:\/\/[^/?]*@/i.test(clientId))
    return 'user-info'
  if (url.pathname === '/') return 'no-path'
  // Two spellings would be two clients with one document. This also finds dot segments, encoded ones too.
  const scheme = url.protocol === 'http:' ? 'http' : 'https'
  if (url.href !== clientId || parseHost(url.host, scheme)?.value !== url.host)
    return 'not-canonical'
  if (/%(?:2e|2f|5c|25|[01][0-9a-f]|7f)/i.test(url.pathname)) return 'ambiguous-path'
  if (rules.allowLoopback && loopbackHosts.has(url.hostname)) return undefined
  return faultOfHost(url, rules)
}

/**
 * Reads a client id as the address of a client's metadata document. Total.
 *
 * Does not know where the host leads: whoever fetches must refuse private addresses when connecting (R106).
 *
 * @see security.md R105, mcp.md AS-48
 */
export function parseClientDocumentUrl(
  clientId: string,
  rules: ClientDocumentUrlRules,
): ClientDocumentUrlResult {
  if (!/^https?:/i.test(clientId)) return { kind: 'other' }
  if (clientId.length > urlByteLimit) return { kind: 'refused', reason: 'too-long' }
  const url = /^[!-~]+$/.test(clientId) ? URL.parse(clientId) : null
  if (url === null) return { kind: 'refused', reason: 'not-canonical' }
  const reason = faultOf(clientId, url, rules)
  if (reason !== undefined) return { kind: 'refused', reason }
  return { kind: 'document-url', url: clientId as ClientDocumentUrl, host: url.hostname }
}

const refused = (description: string): ClientRefusal => ({
  kind: 'refused',
  error: 'invalid_client_metadata',
  description,
})

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? { ...value }
      : undefined
  } catch {
    return undefined
  }
}

/**
 * Reads the document found at a client id: it must name that id byte for byte, a name and a redirect, and no shared
 * secret. Total.
 *
 * Does not check status and media type of the answer.
 *
 * @see Client ID Metadata Document draft-00 §4.1, mcp.md AS-46, AS-48
 */
export function readClientDocument(
  url: ClientDocumentUrl,
  text: string,
  rules: ClientMetadataRules,
): NarrowedClient {
  // At most as many characters as bytes.
  if (text.length > clientDocumentLimit)
    return refused(`Client document: expected at most ${clientDocumentLimit} bytes`)
  const document = parseObject(text)
  if (document === undefined) return refused('Client document: expected a JSON object')
  if (!Object.hasOwn(document, 'client_id') || document['client_id'] !== url)
    return refused('client_id: expected the address of the document, letter by letter')
  const secrets = ['client_secret', 'client_secret_expires_at']
  if (secrets.some((name) => Object.hasOwn(document, name)))
    return refused('client_secret: expected none, because everyone can read the document')
  return narrowClientMetadata(document, 'document', rules)
}
