// One request to the authorization server, from the socket to the library and back.

import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type Provider from 'oidc-provider'
import type { AuthorizationServer } from '../ports/authorization-server.ts'
import type { Exchange } from './consent.ts'
import type { EngineParts } from './dependencies.ts'
import { type Endpoint, endpointAt, metadataNames } from './endpoints.ts'
import { createFront, type Replay } from './front.ts'
import type { Handlings } from './middleware.ts'
import { type Ready, type Refusal, refuse } from './normalise-request.ts'
import { answerOutage } from './outage.ts'
import type { OwnTokens } from './own-tokens.ts'

type Answer = { readonly status: number; readonly body: unknown }
type Answered = (answer: Answer) => Promise<void>
type Limited = Parameters<EngineParts['dependencies']['limits']['countAddress']>[0]

export type HandlerPorts = {
  readonly provider: () => Promise<Provider>
  readonly handlings: Handlings
  readonly ownTokens: OwnTokens
}

const limitOf: Readonly<Record<string, Limited>> = {
  authorization: 'authorize',
  pushed_authorization_request: 'authorize',
  device_authorization: 'authorize',
  device: 'authorize',
  resume: 'continue',
  device_resume: 'continue',
  end_session: 'continue',
  end_session_confirm: 'continue',
  token: 'token',
  introspection: 'introspect',
  revocation: 'revoke',
  registration: 'register',
}

/** Undefined: not counted. A browser asks before it sends something: that is no request yet. */
const limitFor = ({ method }: IncomingMessage, { name }: Endpoint): Limited | undefined =>
  method === 'OPTIONS' ? undefined : limitOf[name]

const tooMany = (retryAfter: number): Refusal =>
  refuse(429, 'temporarily_unavailable', 'too many requests, try again later', {
    'Retry-After': String(retryAfter),
  })

const isRefusal = (value: Refusal | Answered | undefined): value is Refusal =>
  value !== undefined && typeof value !== 'function'

const errorOf = (body: unknown): unknown =>
  typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined

function outcomeOf({ status, body }: Answer): 'failed' | 'failed-authentication' | 'succeeded' {
  if (status < 400) return 'succeeded'
  return errorOf(body) === 'invalid_client' ? 'failed-authentication' : 'failed'
}

/** What the library's frame sees of a request that got no further. */
function bare(request: IncomingMessage): IncomingMessage {
  const copy = new IncomingMessage(new Socket())
  copy.method = request.method
  copy.url = '/'
  copy.headers = { 'accept-language': request.headers['accept-language'], host: 'localhost' }
  copy.complete = true
  copy.push(null)
  return copy
}

export function createHandler(
  parts: EngineParts,
  ports: HandlerPorts,
): AuthorizationServer<Exchange>['handle'] {
  const { dependencies } = parts
  const front = createFront(parts, {
    readTokenId: ports.ownTokens.readId,
    markSwapped: ports.ownTokens.markSwapped,
  })

  const take = async (
    request: IncomingMessage,
    endpoint: Endpoint,
  ): Promise<Replay | Refusal | Ready> => {
    const { method = '' } = request
    if (method !== 'OPTIONS' && !endpoint.methods.includes(method)) {
      const headers = { Allow: [...endpoint.methods, 'OPTIONS'].join(', ') }
      return refuse(405, 'invalid_request', 'the method is not allowed here', headers)
    }
    return front(request, endpoint)
  }

  /** Counts the request by where it comes from; the refusal when that was one too many. */
  const countAddress = async (
    request: IncomingMessage,
    endpoint: Endpoint,
  ): Promise<Refusal | undefined> => {
    const limited = limitFor(request, endpoint)
    if (limited === undefined) return undefined
    const address = dependencies.clientAddress(request)
    const wait = await dependencies.limits.countAddress(limited, address)
    return wait === undefined ? undefined : tooMany(wait)
  }

  /** Counts the request by its client; the refusal when that was one too many. */
  const countClient = async (
    request: IncomingMessage,
    endpoint: Endpoint,
    clientId: string | undefined,
  ): Promise<Refusal | Answered | undefined> => {
    const limited = limitFor(request, endpoint)
    if (limited === undefined) return undefined
    const address = dependencies.clientAddress(request)
    const limit = await dependencies.limits.countClient(limited, { address, clientId })
    if (limit.kind === 'limited') return tooMany(limit.retryAfter)
    return (answer) => limit.answered(outcomeOf(answer))
  }

  const answer = async ({ request, response }: Exchange, endpoint: Endpoint): Promise<void> => {
    const taken = (await countAddress(request, endpoint)) ?? (await take(request, endpoint))
    const provider = await ports.provider()
    const callback = provider.callback()
    if (taken.kind !== 'replay') {
      const copy = bare(request)
      ports.handlings.set(copy, { endpoint, answer: taken, answered: undefined })
      await callback(copy, response)
      return
    }
    const counted = await countClient(request, endpoint, taken.clientId)
    ports.handlings.set(taken.request, {
      endpoint,
      answer: isRefusal(counted) ? counted : undefined,
      answered: async (given) => {
        if (isRefusal(counted)) return
        await counted?.(given)
        await taken.answered?.(given)
      },
    })
    await callback(taken.request, response)
  }

  return async (exchange) => {
    const { request } = exchange
    const endpoint = endpointAt((request.url ?? '').split('?')[0] ?? '')
    try {
      if (endpoint === undefined) throw new Error('Asked for a path that is not ours')
      await answer(exchange, endpoint)
    } catch (fault) {
      if (isGone(request)) {
        dependencies.log.debug('authorization_server.aborted', { method: request.method })
        return
      }
      const id = dependencies.newId()
      const { method } = request
      dependencies.log.error('authorization_server.fault', { decisionId: id, method }, fault)
      await answerOutage(exchange, endpoint, id, parts)
    }
  }
}

/** Whether the client went away before all of its request was here: nobody is left to be answered. */
const isGone = ({ complete, destroyed }: IncomingMessage): boolean => destroyed && !complete

const discovery = endpointAt(metadataNames[0])

/** What the library says about itself, asked as anyone would ask. */
export async function readDiscovery(
  { provider, handlings }: Pick<HandlerPorts, 'provider' | 'handlings'>,
  issuer: string,
): Promise<Readonly<Record<string, unknown>>> {
  if (discovery === undefined) throw new Error('The metadata has no endpoint')
  const { host, protocol } = new URL(issuer)
  const request = new IncomingMessage(new Socket())
  request.method = 'GET'
  request.url = metadataNames[0]
  request.headers = { host, 'x-forwarded-proto': protocol.slice(0, -1) }
  request.push(null)
  let said: unknown
  const answered: Answered = async ({ body }) => {
    said = body
  }
  handlings.set(request, { endpoint: discovery, answer: undefined, answered })
  await (await provider()).callback()(request, new ServerResponse(request))
  if (typeof said !== 'object' || said === null) throw new Error('The library said nothing')
  return { ...said }
}
