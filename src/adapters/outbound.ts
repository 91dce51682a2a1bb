// How we ask configured issuers: no redirect, no proxy from the environment, small and quick answers.
// Not for addresses that a client chose: it does not check where a name resolves to (security.md R106).

import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'

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

type Limits = { readonly maxBytes: number; readonly timeoutMs: number; readonly connectMs: number }

async function exchange(url: URL, init: OutboundRequest, limits: Limits): Promise<Response> {
  const secure = url.protocol === 'https:'
  const body = bodyOf(init.body)
  const headers = new Headers(init.headers)
  headers.set('Accept-Encoding', 'identity')
  if (init.body instanceof URLSearchParams && !headers.has('Content-Type'))
    headers.set('Content-Type', 'application/x-www-form-urlencoded;charset=UTF-8')
  init.signal?.throwIfAborted()

  const { promise, resolve, reject } = Promise.withResolvers<Response>()
  const options = { method: init.method ?? 'GET', headers: Object.fromEntries(headers) }
  const call = secure
    ? httpsRequest(url, { ...options, agent: agents.https })
    : httpRequest(url, { ...options, agent: agents.http })
  const failIn = (milliseconds: number, what: string) =>
    setTimeout(
      () => reject(new DOMException(`${what} took too long`, 'TimeoutError')),
      milliseconds,
    )
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
 * Makes a `fetch` that can be given to jose and openid-client for issuers named in the configuration.
 *
 * Redirects are answered, not followed. The body is counted as it arrives and is complete when the
 * promise is fulfilled. Rejects on every limit, also when too many calls are under way.
 *
 * @see security.md R38, R136
 */
export function createGuardedFetch(limits: OutboundLimits): GuardedFetch {
  const { allowInsecureLoopback, maxInFlight = 50 } = limits
  const { maxBytes = 256 * 1024, timeoutMs = 5000, connectTimeoutMs: connectMs = 2000 } = limits
  let inFlight = 0
  return async (input, init = {}) => {
    const url = acceptUrl(input, allowInsecureLoopback)
    if (inFlight >= maxInFlight) throw new Error('Too many outbound calls at the same time')
    inFlight += 1
    try {
      return await exchange(url, init, { maxBytes, timeoutMs, connectMs })
    } finally {
      inFlight -= 1
    }
  }
}
