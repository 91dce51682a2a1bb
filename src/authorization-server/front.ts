// What stands before the library: reads a request within its limits, normalises it, and replays it with the
// issuer's own host and scheme, whatever the client or a proxy said (security.md R66, R90, R119, R120).

import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { EngineParts } from './dependencies.ts'
import { type Endpoint, metadataNames } from './endpoints.ts'
import { withoutNeedlessAssertion } from './needless-assertion.ts'
import {
  type Fields,
  normaliseBasic,
  normaliseFields,
  parseJsonObject,
  type Ready,
  type Refusal,
  refuse,
} from './normalise-request.ts'
import { createProofJudge } from './proofs.ts'
import { auditRemoval } from './registration-audit.ts'

/** A request as the library will read it. */
export type Replay = {
  readonly kind: 'replay'
  readonly request: IncomingMessage
  /** As the request names it; not authenticated yet. */
  readonly clientId?: string | undefined
  /** To be told the answer. */
  readonly answered?:
    | ((answer: { readonly status: number; readonly body: unknown }) => Promise<void>)
    | undefined
}

export type Front = (
  request: IncomingMessage,
  endpoint: Endpoint,
) => Promise<Replay | Refusal | Ready>

export type FrontPorts = {
  /** The `jti` of an access token of ours, in any state; undefined for everything else. */
  readonly readTokenId: (token: string) => Promise<string | undefined>
  /** Marks a request whose `token` is an id that we took from a token ourselves. */
  readonly markSwapped: (request: IncomingMessage) => void
}

const formType = 'application/x-www-form-urlencoded'

/** Header fields that mean something to the library; the others could only mislead it. */
const passedOn = [
  'accept',
  'accept-language',
  'authorization',
  'content-type',
  'cookie',
  'dpop',
  'sec-fetch-site',
  'user-agent',
] as const

async function readBody(request: IncomingMessage, limit: number): Promise<Buffer | Refusal> {
  const tooLong = refuse(413, 'invalid_request', 'the body is too long', { Connection: 'close' })
  if (Number(request.headers['content-length'] ?? 0) > limit) return tooLong
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))
    length += bytes.length
    if (length > limit) return tooLong
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

const isRefusal = (value: Buffer | Refusal): value is Refusal => !Buffer.isBuffer(value)

const formatFields = (fields: Fields): string =>
  new URLSearchParams(fields.map(([name, value]) => [name, value])).toString()

type Draft = { readonly url: string; readonly body: string; readonly type: string | undefined }

function replay(
  original: IncomingMessage,
  issuer: URL,
  { url, body, type }: Draft,
): IncomingMessage {
  // Bound to no connection: whatever the library does with it, the real one stays as it is.
  const request = new IncomingMessage(new Socket())
  request.method = original.method
  request.url = url
  request.httpVersion = original.httpVersion
  request.httpVersionMajor = original.httpVersionMajor
  request.httpVersionMinor = original.httpVersionMinor
  Object.assign(
    request.headers,
    Object.fromEntries(passedOn.map((name) => [name, original.headers[name]])),
  )
  const { authorization } = request.headers
  if (authorization !== undefined) request.headers.authorization = normaliseBasic(authorization)
  request.headers.host = issuer.host
  request.headers['x-forwarded-proto'] = issuer.protocol.slice(0, -1)
  delete request.headers['content-type']
  if (type !== undefined) {
    request.headers['content-type'] = type
    request.headers['content-length'] = String(Buffer.byteLength(body))
  }
  if (body !== '') request.push(body)
  request.push(null)
  request.complete = true
  return request
}

const hasBody = ({ method }: IncomingMessage): boolean => method === 'POST' || method === 'PUT'

const mediaTypeOf = (request: IncomingMessage): string =>
  (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''

/** Who says it is asking. */
function clientIdOf(fields: Fields, authorization: string | undefined): string | undefined {
  const named = fields.find(([name]) => name === 'client_id')?.[1]
  if (named !== undefined) return named
  const [, encoded = ''] = /^basic +(\S+)$/i.exec(authorization ?? '') ?? []
  return Buffer.from(encoded, 'base64').toString('utf8').split(':')[0] || undefined
}

const authenticates = ({ headers }: IncomingMessage, fields: Fields): boolean =>
  headers.authorization !== undefined ||
  fields.some(([name]) => name === 'client_secret' || name === 'client_assertion')

export function createFront(parts: EngineParts, ports: FrontPorts): Front {
  const { settings, dependencies } = parts
  const issuer = new URL(settings.issuer)
  const judgeProof = createProofJudge(parts)

  const swapToken = async (fields: Fields): Promise<{ fields: Fields; swapped: boolean }> => {
    const token = fields.find(([name]) => name === 'token')?.[1]
    if (token?.includes('.') !== true) return { fields, swapped: false }
    const id = await ports.readTokenId(token)
    // The library would complain about what is signed and not ours; it is a token that nobody knows.
    const text = id ?? 'unknown'
    return {
      fields: fields.map(([name, value]) => (name === 'token' ? [name, text] : [name, value])),
      swapped: id !== undefined,
    }
  }

  const replayForm = async (
    request: IncomingMessage,
    endpoint: Endpoint,
    text: string,
  ): Promise<Replay | Refusal> => {
    const read = normaliseFields(text, endpoint, settings)
    if (read.kind === 'refused') return read
    const fault = await judgeProof(request, endpoint)
    if (fault !== undefined) return fault
    if (endpoint.name === 'introspection' && !authenticates(request, read.fields))
      return refuse(401, 'invalid_client', 'the caller must authenticate')
    const { authorization } = request.headers
    const shown = await withoutNeedlessAssertion(read.fields, endpoint, authorization, parts)
    const looksUp = endpoint.name === 'introspection' || endpoint.name === 'revocation'
    const { fields, swapped } = looksUp ? await swapToken(shown) : { fields: shown, swapped: false }
    const url = request.url?.split('?')[0] ?? '/'
    const replayed = replay(request, issuer, { url, body: formatFields(fields), type: formType })
    if (swapped) ports.markSwapped(replayed)
    const clientId = clientIdOf(fields, authorization)
    return { kind: 'replay', request: replayed, clientId }
  }

  const replayJson = async (
    request: IncomingMessage,
    endpoint: Endpoint,
    text: string,
  ): Promise<Replay | Refusal | Ready> => {
    const parsed = parseJsonObject(text)
    if (parsed.kind === 'refused') return parsed
    const admission = await dependencies.registration.admit({
      metadata: parsed.value,
      isUpdate: endpoint.name === 'client',
      clientAddress: dependencies.clientAddress(request),
      accessToken: /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1],
    })
    if (admission.kind === 'known') return { kind: 'ready', status: 201, body: admission.body }
    if (admission.kind === 'refused') {
      const { status, error, description, retryAfter } = admission
      const headers = retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }
      return refuse(status, error, description, headers)
    }
    const body = JSON.stringify(admission.metadata)
    const url = request.url?.split('?')[0] ?? '/'
    const replayed = replay(request, issuer, { url, body, type: 'application/json' })
    return { kind: 'replay', request: replayed, answered: admission.answered }
  }

  const noteRemoval = (request: IncomingMessage, { name }: Endpoint): Replay['answered'] => {
    if (name !== 'client' || request.method !== 'DELETE') return undefined
    const id = request.url?.split('?')[0]?.split('/').at(-1) ?? ''
    return auditRemoval(dependencies.log, id, dependencies.clientAddress(request))
  }

  const replayQuery = async (
    request: IncomingMessage,
    endpoint: Endpoint,
  ): Promise<Replay | Refusal> => {
    const fault = await judgeProof(request, endpoint)
    if (fault !== undefined) return fault
    const target = request.url ?? '/'
    const cut = target.indexOf('?')
    const path = endpoint.name === 'discovery' ? metadataNames[0] : target.split('?')[0]
    if (!endpoint.browser || cut < 0) {
      const draft = { url: path ?? '/', body: '', type: undefined }
      const answered = noteRemoval(request, endpoint)
      return { kind: 'replay', request: replay(request, issuer, draft), answered }
    }
    const read = normaliseFields(target.slice(cut + 1), endpoint, settings)
    if (read.kind === 'refused') return read
    const url = `${path}?${formatFields(read.fields)}`
    return { kind: 'replay', request: replay(request, issuer, { url, body: '', type: undefined }) }
  }

  return async (request, endpoint) => {
    const encoding = request.headers['content-encoding']
    if (encoding !== undefined && encoding !== 'identity')
      return refuse(415, 'invalid_request', 'the body must not be compressed')
    if (!hasBody(request)) return replayQuery(request, endpoint)
    const type = mediaTypeOf(request)
    const wanted = endpoint.body === 'json' ? 'application/json' : formType
    const body = await readBody(request, endpoint.bodyLimit)
    if (isRefusal(body)) return body
    if (type !== wanted && !(type === '' && body.length === 0))
      return refuse(400, 'invalid_request', `the body must be ${wanted}`)
    const text = body.toString('utf8')
    return endpoint.body === 'json'
      ? replayJson(request, endpoint, text)
      : replayForm(request, endpoint, text)
  }
}
