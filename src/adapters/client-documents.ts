// Which metadata does a client have whose id is a URL? Its document, fetched with care and kept (CIMD, R105-R108).
//
// A document is fetched only where something starts: an authorization, a pushed one, a device's. Every later step
// uses what is stored, so a document that changes between consent and token changes nothing (R107). Whatever goes
// wrong is told in one sentence and not before the same moment, so that nobody scans a network with us (R108).

import { setTimeout as wait } from 'node:timers/promises'
import type { ClientDocumentStore } from '../ports/authorization-store.ts'
import type { Clock, Log } from '../ports/runtime.ts'
import { later, seconds } from '../protocol/time.ts'
import { freshnessOf } from './document-freshness.ts'
import { createGuardedFetch, type GuardedFetch, isLoopbackHost } from './outbound.ts'
import { createPublicLookup, type Resolve } from './public-address.ts'

/** What the rules of registration make of a document's text. */
export type ReadDocument = (
  clientId: string,
  text: string,
) =>
  | { readonly kind: 'client'; readonly metadata: Readonly<Record<string, unknown>> }
  | { readonly kind: 'refused'; readonly reason: string }

export type ClientDocumentParts = {
  readonly store: ClientDocumentStore
  readonly read: ReadDocument
  /** Hosts, with `:port` unless it is 443, whose documents count; undefined: any host, port 443. */
  readonly hosts: readonly string[] | undefined
  /** Tests and development: documents on this machine, on any port. */
  readonly allowLoopback: boolean
  readonly now: Clock
  readonly log: Log
  /** Asks the name servers unless a test answers instead. */
  readonly resolve?: Resolve | undefined
  /** The whole fetch; default 3000. */
  readonly timeoutMs?: number
  /** When a failure is told; default: when the slowest one would be. */
  readonly floorMs?: number
}

export type ClientDocuments = {
  /**
   * Whether the request under way may get this client's document: something starts, or it is stored. To be asked
   * first: who only continues must not be joined to the failure of another.
   */
  readonly mayFetch: (clientId: string, isStart: boolean) => Promise<boolean>
  /**
   * The narrowed metadata. Rejects with one and the same `ClientDocumentRefused` whatever is wrong.
   *
   * @param isStart fetches anew when nothing fresh is stored; otherwise what is stored counts, however old
   */
  readonly find: (clientId: string, isStart: boolean) => Promise<Readonly<Record<string, unknown>>>
}

/** Says nothing of the cause: the log does. */
export class ClientDocumentRefused extends Error {
  constructor() {
    super('The client-id metadata document cannot be used')
  }
}

/** The cause, for the log. */
class Unusable extends Error {}

/** Nothing is wrong with the document as far as we know. */
class Busy extends Error {}

const maxStored = 1000
const maxFlights = 8
const maxBytes = 5 * 1024
const maxIdBytes = 512
const failureLifetime = seconds(30)

function acceptUrl(clientId: string, { hosts, allowLoopback }: ClientDocumentParts): URL {
  const url = URL.parse(clientId)
  if (!url || Buffer.byteLength(clientId) > maxIdBytes) throw new Unusable('not a URL')
  // The URL a parser makes is not the one the client sends along: dot segments and such are gone from it.
  if (url.href !== clientId) throw new Unusable('the URL is not in its normal form')
  const isHere = allowLoopback && isLoopbackHost(url.hostname)
  if (url.protocol !== 'https:' && !(isHere && url.protocol === 'http:'))
    throw new Unusable('not an https URL')
  if (url.username || url.password || url.hash) throw new Unusable('user name or fragment')
  if (url.pathname === '/') throw new Unusable('the URL has no path')
  const isAddress = /^\[|^[\d.]+$/.test(url.hostname)
  if (isAddress && !isHere) throw new Unusable('the host is an address')
  const isListed = hosts?.includes(url.host) || (isHere && hosts?.includes(url.hostname))
  const isUsual = hosts === undefined && (url.port === '' || isHere)
  if (!isListed && !isUsual) throw new Unusable('the host is not allowed')
  return url
}

async function readAnswer(answer: Response): Promise<string> {
  if (answer.status !== 200) throw new Unusable(`status ${answer.status}`)
  const [type = ''] = (answer.headers.get('Content-Type') ?? '').split(';')
  if (!/^application\/(?:[\w.-]{1,64}\+)?json$/i.test(type.trim())) throw new Unusable('not JSON')
  return new TextDecoder('utf-8', { fatal: true }).decode(await answer.arrayBuffer())
}

/** Remembers for a short while what failed, and no more than `maxStored` of it. */
function createFailures(now: Clock) {
  const until = new Map<string, number>()
  return {
    has: (clientId: string) => (until.get(clientId) ?? 0) > now(),
    add: (clientId: string) => {
      until.delete(clientId)
      until.set(clientId, later(now(), failureLifetime))
      const [oldest] = until.keys()
      if (until.size > maxStored && oldest !== undefined) until.delete(oldest)
    },
  }
}

/** Fetches a document, judges it, stores it. At most one fetch of a document, and eight in all, at a time. */
function createFlights(parts: ClientDocumentParts, fetchDocument: GuardedFetch) {
  const { store, read, now } = parts
  const flights = new Map<string, Promise<void>>()
  const fly = async (clientId: string, url: URL): Promise<void> => {
    const answer = await fetchDocument(url, { headers: { Accept: 'application/json' } })
    const document = await readAnswer(answer)
    const judged = read(clientId, document)
    if (judged.kind === 'refused') throw new Unusable(judged.reason)
    const fetchedAt = now()
    const freshUntil = later(fetchedAt, freshnessOf(answer.headers, fetchedAt))
    await store.save({ clientId, document, fetchedAt, freshUntil }, maxStored)
  }
  return async (clientId: string, url: URL): Promise<void> => {
    const under = flights.get(clientId)
    if (under !== undefined) return under
    if (flights.size >= maxFlights) throw new Busy('too many fetches at the same time')
    const flight = fly(clientId, url).finally(() => flights.delete(clientId))
    flights.set(clientId, flight)
    return flight
  }
}

/**
 * Makes the source of clients whose id is a URL.
 *
 * @see draft-ietf-oauth-client-id-metadata-document-00 §3-6, security.md R105-R108
 */
export function createClientDocuments(parts: ClientDocumentParts): ClientDocuments {
  const { store, read, log, now, allowLoopback } = parts
  const { timeoutMs = 3000, floorMs = timeoutMs } = parts
  const fetchAnew = createFlights(
    parts,
    createGuardedFetch({
      allowInsecureLoopback: allowLoopback,
      addressesOf: createPublicLookup({ resolve: parts.resolve, allowLoopback }),
      maxBytes,
      timeoutMs,
      connectTimeoutMs: timeoutMs,
      maxInFlight: maxFlights,
    }),
  )
  const failures = createFailures(now)

  const refresh = async (clientId: string, url: URL): Promise<void> => {
    if (failures.has(clientId)) throw new Unusable('it could not be used a moment ago')
    // Begins now: whoever joins a fetch under way must not learn from the wait how far it had come.
    const floor = wait(floorMs, undefined, { ref: false })
    try {
      await fetchAnew(clientId, url)
    } catch (fault) {
      if (!(fault instanceof Busy)) failures.add(clientId)
      await floor
      throw fault
    }
  }

  const obtain = async (clientId: string, isStart: boolean) => {
    const url = acceptUrl(clientId, parts)
    const stored = await store.find(clientId)
    const isFresh = stored !== undefined && stored.freshUntil > now()
    if (isStart && !isFresh) await refresh(clientId, url)
    const current = isStart && !isFresh ? await store.find(clientId) : stored
    if (!current) throw new Unusable('nothing is stored')
    // Judged again each time: the rules may have changed since it was stored.
    const judged = read(clientId, current.document)
    if (judged.kind === 'refused') throw new Unusable(judged.reason)
    return judged.metadata
  }

  return {
    mayFetch: async (clientId, isStart) => isStart || (await store.find(clientId)) !== undefined,
    find: async (clientId, isStart) => {
      try {
        return await obtain(clientId, isStart)
      } catch (fault) {
        const reason = fault instanceof Error ? fault.message : 'unknown'
        log.info('client_document.refused', { client: clientId, reason })
        throw new ClientDocumentRefused()
      }
    },
  }
}

/**
 * A `fetch` for oidc-provider's `clientIdMetadataDocument`: answers with the narrowed document, and with headers
 * that keep the library from caching it (`cacheDuration.min` has to be 0 as well).
 *
 * @param isStart whether the request under way starts something, by its route
 */
export function createClientDocumentFetch(
  documents: ClientDocuments,
  isStart: () => boolean,
): (url: string | URL, options?: unknown) => Promise<Response> {
  return async (url) => {
    const metadata = await documents.find(String(url), isStart())
    const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'max-age=0' }
    return new Response(JSON.stringify(metadata), { headers })
  }
}
