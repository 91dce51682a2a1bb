// Which metadata does a client have whose id is a URL? Its document, fetched with care and kept (CIMD, R105-R108).
//
// A document is fetched only where something starts: an authorization, a pushed one, a device's. Every later step
// uses what is stored, so a document that changes between consent and token changes nothing (R107). Whatever goes
// wrong is told in one sentence and not before the same moment, so that nobody scans a network with us (R108).

import { setTimeout as wait } from 'node:timers/promises'
import type { ClientDocument, ClientDocumentStore } from '../ports/authorization-store.ts'
import type { Clock, Log } from '../ports/runtime.ts'
import {
  type ClientDocumentUrlRules,
  clientDocumentLimit,
  parseClientDocumentUrl,
  readClientDocument,
} from '../protocol/client-document.ts'
import type { ClientMetadataRules, NarrowedClient } from '../protocol/client-metadata.ts'
import { later, seconds } from '../protocol/time.ts'
import { freshnessOf } from './document-freshness.ts'
import { createGuardedFetch, type GuardedFetch } from './outbound.ts'
import { createPublicLookup, type Resolve } from './public-address.ts'

/** What the rules say of a client id, before its document is known, and of the document. */
export type JudgeDocument = (
  clientId: string,
) =>
  | { readonly kind: 'allowed'; readonly read: (text: string) => NarrowedClient }
  | { readonly kind: 'refused'; readonly reason: string }

export type ClientDocumentParts = {
  readonly store: ClientDocumentStore
  readonly judge: JudgeDocument
  /** Tests and development: documents on this machine. */
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
   * The narrowed metadata. Rejects with one and the same `ClientDocumentRefused` whatever is wrong.
   *
   * @param isStart fetches anew when nothing fresh is stored, and uses one of the last 24 hours when too many fetches
   * are under way; otherwise what is stored counts, however old
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
const failureLifetime = seconds(30)

/** As long as a document may call itself fresh (R107). */
const longestUse = seconds(86_400)

/** The rules of registration, for a client id that is an address. */
export const judgeBy =
  (urls: ClientDocumentUrlRules, metadata: ClientMetadataRules): JudgeDocument =>
  (clientId) => {
    const parsed = parseClientDocumentUrl(clientId, urls)
    if (parsed.kind === 'other') return { kind: 'refused', reason: 'not a URL' }
    if (parsed.kind === 'refused') return parsed
    return { kind: 'allowed', read: (text) => readClientDocument(parsed.url, text, metadata) }
  }

type ReadText = (text: string) => NarrowedClient

function readOrThrow(read: ReadText, text: string): Readonly<Record<string, unknown>> {
  const narrowed = read(text)
  if (narrowed.kind === 'refused') throw new Unusable(narrowed.description)
  return narrowed.metadata
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
  const { store, now } = parts
  const flights = new Map<string, Promise<void>>()
  const fly = async (clientId: string, read: ReadText): Promise<void> => {
    const answer = await fetchDocument(clientId, { headers: { Accept: 'application/json' } })
    const document = await readAnswer(answer)
    readOrThrow(read, document)
    const fetchedAt = now()
    const freshUntil = later(fetchedAt, freshnessOf(answer.headers, fetchedAt))
    await store.save({ clientId, document, fetchedAt, freshUntil }, maxStored)
  }
  return async (clientId: string, read: ReadText): Promise<void> => {
    const under = flights.get(clientId)
    if (under !== undefined) return under
    if (flights.size >= maxFlights) throw new Busy('too many fetches at the same time')
    const flight = fly(clientId, read).finally(() => flights.delete(clientId))
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
  const { store, judge, log, now, allowLoopback } = parts
  const { timeoutMs = 3000, floorMs = timeoutMs } = parts
  const fetchAnew = createFlights(
    parts,
    createGuardedFetch({
      allowInsecureLoopback: allowLoopback,
      addressesOf: createPublicLookup({ resolve: parts.resolve, allowLoopback }),
      maxBytes: clientDocumentLimit,
      timeoutMs,
      connectTimeoutMs: timeoutMs,
      maxInFlight: maxFlights,
    }),
  )
  const failures = createFailures(now)

  /** Whoever keeps all fetches busy must not shut out clients that are known. */
  const servesMeanwhile = (stored: ClientDocument | undefined): boolean =>
    stored !== undefined && later(stored.fetchedAt, longestUse) > now()

  const refresh = async (
    clientId: string,
    read: ReadText,
    stored: ClientDocument | undefined,
  ): Promise<void> => {
    if (failures.has(clientId)) throw new Unusable('it could not be used a moment ago')
    // Begins now: whoever joins a fetch under way must not learn from the wait how far it had come.
    const floor = wait(floorMs, undefined, { ref: false })
    try {
      await fetchAnew(clientId, read)
    } catch (fault) {
      const isBusy = fault instanceof Busy
      if (isBusy && servesMeanwhile(stored)) return
      if (!isBusy) failures.add(clientId)
      await floor
      throw fault
    }
  }

  const obtain = async (clientId: string, isStart: boolean) => {
    const judged = judge(clientId)
    if (judged.kind === 'refused') throw new Unusable(judged.reason)
    const stored = await store.find(clientId)
    const isFresh = stored !== undefined && stored.freshUntil > now()
    if (isStart && !isFresh) await refresh(clientId, judged.read, stored)
    const current = isStart && !isFresh ? await store.find(clientId) : stored
    if (!current) throw new Unusable('nothing is stored')
    // Judged again each time: the rules may have changed since it was stored.
    return readOrThrow(judged.read, current.document)
  }

  return {
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
