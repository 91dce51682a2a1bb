// How the doctor asks through the public address: one request, no redirect followed, no proxy of the environment.

import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import { reasonOf } from '../fault-reason.ts'

export type Asked =
  | {
      readonly kind: 'answer'
      readonly status: number
      /** Names in lower case. */
      readonly headers: Readonly<Record<string, readonly string[] | undefined>>
      readonly body: string
    }
  | { readonly kind: 'fault'; readonly reason: string }

/** Never rejects. */
export type Ask = (url: URL, headers?: Readonly<Record<string, string>>) => Promise<Asked>

/** An address to connect to instead of what the name stands for; TLS and Host keep the name. */
export type Connect = { readonly host: string; readonly port: number }

const patienceMilliseconds = 8000
const maxBytes = 256 * 1024

function readAnswer(message: IncomingMessage): Promise<Asked> {
  return new Promise((resolve) => {
    let body = ''
    const done = () =>
      resolve({
        kind: 'answer',
        status: message.statusCode ?? 0,
        headers: message.headersDistinct,
        body: body.slice(0, maxBytes),
      })
    message.setEncoding('utf8')
    message.on('data', (chunk) => {
      body += String(chunk)
      // An answer without end, such as a stream of events, has said enough.
      if (body.length > maxBytes) done()
    })
    message.on('end', done)
    message.on('error', done)
  })
}

/** Makes the function that asks. */
export function createAsk(connect: Connect | undefined): Ask {
  return async (url, headers = {}) => {
    const secure = url.protocol === 'https:'
    const signal = AbortSignal.timeout(patienceMilliseconds)
    const hostname = url.hostname.replace(/^\[|\]$/g, '')
    const options = {
      host: connect?.host ?? hostname,
      port: connect?.port ?? (url.port === '' ? (secure ? 443 : 80) : Number(url.port)),
      path: `${url.pathname}${url.search}`,
      headers: { Host: url.host, ...headers },
      signal,
    }
    const call = secure
      ? httpsRequest({
          ...options,
          agent: new HttpsAgent(),
          servername: isIP(hostname) === 0 ? hostname : '',
        })
      : httpRequest({ ...options, agent: new HttpAgent() })
    try {
      return await new Promise<Asked>((resolve, reject) => {
        call.on('error', reject)
        call.on('response', (message) => readAnswer(message).then(resolve, reject))
        call.end()
      })
    } catch (fault) {
      const late = `no answer within ${patienceMilliseconds / 1000} seconds`
      return { kind: 'fault', reason: signal.aborted ? late : reasonOf(fault) }
    } finally {
      call.destroy()
    }
  }
}
