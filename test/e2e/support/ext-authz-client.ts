// What Envoy's HTTP ext_authz does, as far as a decision and a client can tell. From the contract in its documentation.

import { once } from 'node:events'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'

export type Question = {
  readonly port: number
  /** Put before the original path. With `path` the path is that one, and the request travels in headers. */
  readonly prefix?: string
  readonly path?: string
  readonly allowedHeaders: readonly string[]
  readonly allowedUpstreamHeaders: readonly string[]
  readonly allowedClientHeaders: readonly string[]
}

/** A request that the connection manager has let in; header names in lower case. */
export type CheckedRequest = {
  readonly method?: string
  readonly authority: string
  /** `:path`, raw. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
}

export type Verdict =
  | { readonly kind: 'allowed'; readonly headers: Readonly<Record<string, string>> }
  | {
      readonly kind: 'denied'
      readonly status: number
      readonly headers: Readonly<Record<string, string>>
      readonly body: string
    }

/** Sent whatever the list says. */
const always = ['authorization']
/** Shown to the client whatever the list says. */
const shownAlways = ['content-length', 'www-authenticate', 'location']

const only = (headers: Readonly<Record<string, string>>, names: readonly string[]) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => names.includes(name)))

function addedHeaders({ method = 'GET', authority, path }: CheckedRequest) {
  return {
    'x-forwarded-method': method,
    'x-forwarded-uri': path,
    'x-forwarded-host': authority,
  }
}

/** Asks with the original method; 200 alone allows, and what went wrong is 503. */
export async function checkRequest(question: Question, sent: CheckedRequest): Promise<Verdict> {
  const { method = 'GET', authority, path, headers = {} } = sent
  const [, query = ''] = /(\?.*)$/s.exec(path) ?? []
  const outgoing = request({
    host: '127.0.0.1',
    port: question.port,
    agent: false,
    method,
    // The client's query comes along in both forms.
    path: question.path === undefined ? `${question.prefix}${path}` : question.path + query,
    headers: {
      ...only(headers, [...always, ...question.allowedHeaders]),
      host: authority,
      'content-length': '0',
      'x-forwarded-proto': 'https',
      'x-forwarded-for': '203.0.113.7',
      ...(question.path === undefined ? {} : addedHeaders(sent)),
    },
  })
  outgoing.end()
  const [answer] = await once(outgoing, 'response')
  const body = await text(answer)
  const received = Object.fromEntries(
    Object.entries(answer.headers).map(([name, value]) => [name, String(value)]),
  )
  if (answer.statusCode === 200) {
    // Overrides, and does not delete: what is not in the answer stays the client's.
    return {
      kind: 'allowed',
      headers: { ...headers, ...only(received, question.allowedUpstreamHeaders) },
    }
  }
  if (answer.statusCode >= 500) return { kind: 'denied', status: 503, headers: {}, body: '' }
  const shown = only(received, [...shownAlways, ...question.allowedClientHeaders])
  return { kind: 'denied', status: answer.statusCode, headers: shown, body }
}
