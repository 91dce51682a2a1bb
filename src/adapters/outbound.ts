// How we ask other servers: no redirect, no proxy from the environment, small and quick answers.
// For an address that a client chose, `addressesOf` has to be given: it judges where a name leads (security.md R106).

import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { isIPv6, type LookupFunction } from 'node:net'
import type { AddressesOf } from './public-address.ts'

export type OutboundLimits = {
  /** Plain http to 127.0.0.0/8, ::1 and `localhost`; everything else needs https. */
  readonly allowInsecureLoopback: boolean
  /** Longest body; default 256 KiB. */
  readonly maxBytes?: number
  /** Whole exchange in milliseconds; default 5000. */
  readonly timeoutMs?: number
  /** Connection including TLS in milliseconds; default 2000. */
  readonly connectTimeoutMs?: number
  /** Calls at the same time; one more is refused at once, never queued. Default 50. */
  readonly maxInFlight?: number
  /** Asked once for each call; connections go to its answers and nowhere else. Default: the system's look-up. */
  readonly addressesOf?: AddressesOf | undefined
}

export type OutboundRequest = {
  readonly method?: string | undefined
  readonly headers?: Headers | Readonly<Record<string, string>> | undefined
  /** Text, form or bytes; a stream is refused. */
  readonly body?:
    | ArrayBuffer
    | null
    | ReadableStream
    | string
    | Uint8Array
    | undefined
    | URLSearchParams
  readonly signal?: AbortSignal | null | undefined
}

/** A `fetch` for the custom-fetch hooks of jose and openid-client. */
export type GuardedFetch = (url: string | URL, init?: OutboundRequest) => Promise<Response>

/** Whether a host name, as `URL.hostname` gives it, can only mean this machine. */
export function isLoopbackHost(hostname: string): boolean {
  // URL has made every spelling of an IPv4 address dotted-decimal before.
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

function acceptUrl(input: string | URL, allowInsecureLoopback: boolean): URL {
  const url = new URL(input)
  const secure = url.protocol === 'https:'
  if (
    !secure &&
    !(url.protocol === 'http:' && allowInsecureLoopback && isLoopbackHost(url.hostname))
  )
    throw new Error(`Cannot ask "${url.origin}": expected an https URL`)
  if (url.username || url.password)
    throw new Error(`Cannot ask "${url.origin}": expected a URL without a user name`)
  return url
}

function bodyOf(body: OutboundRequest['body']): string | Uint8Array | undefined {
  if (body === undefined || body === null || typeof body === 'string') return body ?? undefined
  if (body instanceof URLSearchParams) return body.toString()
  if (body instanceof ReadableStream)
    throw new Error('Cannot send a stream: expected text or bytes')
  return body instanceof ArrayBuffer ? new Uint8Array(body) : body
}

/** The whole body, or a rejection when it is too long, compressed, or breaks off. */
function readBody(message: IncomingMessage, maxBytes: number): Promise<Buffer<ArrayBuffer>> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer<ArrayBuffer>>()
  const chunks: Buffer[] = []
  let size = 0
  message.on('data', (chunk: Buffer) => {
    size += chunk.byteLength
    if (size > maxBytes) reject(new Error(`Answer is longer than ${maxBytes} bytes`))
    else chunks.push(chunk)
  })
  message.on('end', () => resolve(Buffer.concat(chunks)))
  message.on('error', reject)
  return promise
}

async function toResponse(message: IncomingMessage, maxBytes: number): Promise<Response> {
  const status = message.statusCode ?? 0
  if (status < 200 || status > 599) throw new Error(`Answer has the status ${status}`)
  // Counting compressed bytes would not bound what is unpacked from them.
  const encoding = message.headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') throw new Error('Answer is compressed although none was asked for')
  const body = await readBody(message, maxBytes)
  const headers = new Headers()
  for (const [name, values] of Object.entries(message.headersDistinct))
    for (const value of values ?? []) headers.append(name, value)
  const bodyless = status === 204 || status === 205 || status === 304
  return new Response(bodyless ? null : body, { status, headers })
}

// Agents of our own: the global ones obey HTTP_PROXY when NODE_USE_ENV_PROXY is set.
const agents = { http: new HttpAgent(), https: new HttpsAgent() }

type Limits = {
  readonly maxBytes: number
  readonly timeoutMs: number
  readonly connectMs: number
  readonly lookup: LookupFunction | undefined
}

// The name stays in Host and in the TLS handshake; only where it leads is fixed.
function lookupOf(addresses: readonly string[]): LookupFunction {
  const answers = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }))
  return (hostname, { all }, answer) => {
    const [first] = answers
    if (all) answer(null, answers)
    else if (first) answer(null, first.address, first.family)
    else answer(new Error(`"${hostname}" has no address`), '')
  }
}

const tookTooLong = (what: string) => new DOMException(`${what} took too long`, 'TimeoutError')

/** Where to connect, and what is left of the time by then. */
async function locate(url: URL, limits: Limits, addressesOf: AddressesOf): Promise<Limits> {
  const began = performance.now()
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(tookTooLong('Look-up')), limits.timeoutMs)
  try {
    const lookup = lookupOf(await Promise.race([addressesOf(url.hostname), late.promise]))
    return { ...limits, lookup, timeoutMs: limits.timeoutMs - (performance.now() - began) }
  } finally {
    clearTimeout(timer)
  }
}

async function exchange(url: URL, init: OutboundRequest, limits: Limits): Promise<Response> {
  const secure = url.protocol === 'https:'
  const body = bodyOf(init.body)
  const headers = new Headers(init.headers)
  headers.set('Accept-Encoding', 'identity')
  if (init.body instanceof URLSearchParams && !headers.has('Content-Type'))
    headers.set('Content-Type', 'application/x-www-form-urlencoded;charset=UTF-8')
  init.signal?.throwIfAborted()

  const { promise, resolve, reject } = Promise.withResolvers<Response>()
  const { lookup } = limits
  const options = {
    method: init.method ?? 'GET',
    headers: Object.fromEntries(headers),
    ...(lookup ? { lookup } : {}),
  }
  const call = secure
    ? httpsRequest(url, { ...options, agent: agents.https })
    : httpRequest(url, { ...options, agent: agents.http })
  const failIn = (milliseconds: number, what: string) =>
    setTimeout(() => reject(tookTooLong(what)), milliseconds)
  const connecting = failIn(limits.connectMs, 'Connection')
  const whole = failIn(limits.timeoutMs, 'Answer')
  const stop = () => reject(init.signal?.reason)
  init.signal?.addEventListener('abort', stop, { once: true })
  call.on('socket', (socket) =>
    socket.once(secure ? 'secureConnect' : 'connect', () => clearTimeout(connecting)),
  )
  call.on('error', reject)
  call.on('response', (message) => toResponse(message, limits.maxBytes).then(resolve, reject))
  call.end(body)
  try {
    return await promise
  } finally {
    clearTimeout(connecting)
    clearTimeout(whole)
    init.signal?.removeEventListener('abort', stop)
    call.destroy()
  }
}

/**
 * Makes a `fetch` that can be given to jose, openid-client and oidc-provider.
 *
 * Redirects are answered, not followed. The body is counted as it arrives and is complete when the
 * promise is fulfilled. Rejects on every limit, also when too many calls are under way.
 *
 * @see security.md R38, R106, R136
 */
export function createGuardedFetch(limits: OutboundLimits): GuardedFetch {
  const { allowInsecureLoopback, maxInFlight = 50, addressesOf } = limits
  const { maxBytes = 256 * 1024, timeoutMs = 5000, connectTimeoutMs: connectMs = 2000 } = limits
  const fixed: Limits = { maxBytes, timeoutMs, connectMs, lookup: undefined }
  let inFlight = 0
  return async (input, init = {}) => {
    const url = acceptUrl(input, allowInsecureLoopback)
    if (inFlight >= maxInFlight) throw new Error('Too many outbound calls at the same time')
    inFlight += 1
    try {
      return await exchange(url, init, addressesOf ? await locate(url, fixed, addressesOf) : fixed)
    } finally {
      inFlight -= 1
    }
  }
}
