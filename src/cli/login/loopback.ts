// Where the browser brings the answer: one address of this machine, for one answer. RFC 8252 §7.3 and §8.3

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { commandLineRedirectUri } from '../../protocol/command-line.ts'
import { LoginFault } from './fault.ts'

export type Loopback = {
  readonly redirectUri: string
  /** The address the browser came with. Rejects with a LoginFault when none came in time. */
  readonly answer: Promise<URL>
  readonly close: () => void
}

const page = (title: string, text: string): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>${title}</title><body style="font:1.1rem/1.5 system-ui;max-width:32rem;margin:15vh auto;padding:0 1rem"><h1>${title}</h1><p>${text}</p></body></html>`

const headers = {
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  Connection: 'close',
}

function send(response: ServerResponse, status: number, title: string, text: string): void {
  response.writeHead(status, headers).end(page(title, text))
}

/** The answer in a request, when it is one to the question with this state. */
function readAnswer(
  { method, url, headers: sent }: IncomingMessage,
  redirectUri: string,
  state: string,
): URL | undefined {
  const own = new URL(redirectUri)
  // A page elsewhere whose name leads here (DNS rebinding) says its own name.
  if (method !== 'GET' || sent.host !== own.host) return undefined
  const came = URL.parse(url ?? '', own)
  if (came?.origin !== own.origin || came.pathname !== own.pathname) return undefined
  const states = came.searchParams.getAll('state')
  return states.length === 1 && states[0] === state ? came : undefined
}

const listen = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })

/**
 * Listens on a port of its own until one answer came.
 *
 * @param state only an answer with it counts, whoever else knocks
 */
export async function listenForAnswer(state: string, patienceSeconds: number): Promise<Loopback> {
  const { promise, resolve, reject } = Promise.withResolvers<URL>()
  let redirectUri = ''
  let isAnswered = false
  const server = createServer((request, response) => {
    const answer = isAnswered ? undefined : readAnswer(request, redirectUri, state)
    if (answer === undefined) {
      send(response, 404, 'Nothing here', 'This address waits for the answer to another question.')
      return
    }
    isAnswered = true
    send(
      response,
      200,
      'Back to the command line',
      'The answer has arrived. You can close this page.',
    )
    resolve(answer)
  })
  const url = new URL(commandLineRedirectUri)
  url.port = String(await listen(server))
  redirectUri = url.href
  const late = setTimeout(
    () => reject(new LoginFault(`No answer came within ${patienceSeconds} seconds`)),
    patienceSeconds * 1000,
  )
  // Whoever closes before anybody waits is not told of the timeout.
  promise.catch(() => {})
  return {
    redirectUri,
    answer: promise,
    close: () => {
      clearTimeout(late)
      server.close()
    },
  }
}
