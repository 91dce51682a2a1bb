// The whole app on the real store behind a small proxy of the Traefik kind: it asks about every request to an
// application, and leads the login host and the hand-off path to Sallyport.

import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { compilePolicy } from '../../src/access/rules.ts'
import { hashOf, seal, unseal } from '../../src/adapters/sealing.ts'
import { openStore } from '../../src/adapters/sql/open.ts'
import { createApp } from '../../src/app.ts'
import { startEdgeAuth } from '../../src/cli/edge-auth.ts'
import { publicListener } from '../../src/http/listeners.ts'
import type { LoginProvider } from '../../src/http/login-context.ts'
import { createTrustedPeers } from '../../src/http/trusted-peers.ts'
import type { Log, LogFields } from '../../src/ports/runtime.ts'
import type { Store } from '../../src/ports/store.ts'
import { epochSeconds } from '../../src/protocol/time.ts'
import { type Browser, createBrowser, type Handler } from './browser.ts'
import { knownKey } from './known-keys.ts'
import { settingsOf } from './load-configuration.ts'
import { type RawAnswer, sendRaw } from './raw-request.ts'

export type GateStage = {
  /** Where Sallyport listens. */
  readonly port: number
  readonly store: Store
  readonly lines: readonly (readonly [event: string, fields: LogFields])[]
  readonly browser: () => Browser
  /** What the applications were sent: origin and target, and whom the gate named. */
  readonly arrived: { readonly url: string; readonly user: string }[]
  /** What a proxy is told about a request of a script to this address. */
  readonly ask: (url: string, cookie: string) => Promise<number>
  /** The status of a page load that reaches Sallyport under this host. */
  readonly direct: (host: string, target: string) => Promise<number>
  readonly wait: (duration: number) => void
  readonly now: () => number
  /** Takes over the policy of another configuration, as a change of the file does. */
  readonly reload: (yaml: string) => void
  readonly close: () => Promise<void>
}

const responseOf = ({ status, headers, body }: RawAnswer): Response => {
  const kept = new Headers()
  for (const [name, values] of Object.entries(headers)) {
    if (name === 'connection' || name === 'transfer-encoding') continue
    for (const value of values) kept.append(name, value)
  }
  return new Response([204, 304].includes(status) ? null : body, { status, headers: kept })
}

const linesOf = (request: Request): readonly string[] =>
  [...request.headers].map(([name, value]) => `${name}: ${value}`)

/**
 * @param yaml the configuration file; its first provider is `provider`
 * @param applications origins that answer for themselves once the gate lets a request pass
 */
export async function startGateStage(
  yaml: string,
  provider: LoginProvider,
  applications: readonly string[],
): Promise<GateStage> {
  const settings = settingsOf({ yaml })
  const lines: [string, LogFields][] = []
  const note = (event: string, fields: LogFields = {}) => void lines.push([event, fields])
  const log: Log = { debug() {}, info: note, warn: note, error: note, debugEnabled: false }
  const store = await openStore({ kind: 'memory' }, log)
  let policy = compilePolicy(settings.policy)
  let moment = Math.floor(Date.now() / 1000)
  const now = () => epochSeconds(moment)
  const edge = await startEdgeAuth(settings, store, { now, log, makeKey: knownKey })
  const app = createApp(settings, {
    edge,
    policy: () => policy,
    store,
    authentication: {
      sessions: store.sessions,
      tokens: { verify: () => ({ kind: 'rejected', reason: 'malformed' }) },
      edgeTokens: edge?.tokens,
      hashOf,
      idle: settings.session.idle,
      sessionSeen: () => {},
    },
    peers: createTrustedPeers(['127.0.0.1']),
    providers: [provider],
    verifyLocal: undefined,
    limit: async () => ({ kind: 'ok' }),
    backchannelLogout: {
      verifiers: [],
      countLogout: async () => ({ kind: 'allowed', takeBack: async () => {} }),
    },
    isReady: async () => true,
    now,
    randomToken: () => randomBytes(32).toString('base64url'),
    newDecisionId: () => randomBytes(4).toString('hex'),
    hashOf,
    seal,
    unseal,
    log,
  })
  const server = createServer(publicListener(app.decision, app.pages))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const arrived: { url: string; user: string }[] = []

  const decide = (url: URL, method: string, headers: readonly string[]) =>
    sendRaw({ port }, [
      'GET /auth/traefik HTTP/1.1',
      'Host: sallyport',
      `X-Forwarded-Method: ${method}`,
      `X-Forwarded-Proto: ${url.protocol.slice(0, -1)}`,
      `X-Forwarded-Host: ${url.host}`,
      `X-Forwarded-Uri: ${url.pathname}${url.search}`,
      ...headers,
    ])

  const toSallyport: Handler = async (request) => {
    const url = new URL(request.url)
    const body = request.method === 'POST' ? await request.text() : ''
    const head = [
      `${request.method} ${url.pathname}${url.search} HTTP/1.1`,
      `Host: ${url.host}`,
      ...(body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
    ]
    return responseOf(await sendRaw({ port }, [...head, ...linesOf(request)], body))
  }

  const toApplication: Handler = async (request) => {
    const url = new URL(request.url)
    const ours = [`${settings.handOff.path}/`, '/auth/connect', '/cdn-cgi/access/']
    if (ours.some((path) => url.pathname.startsWith(path))) return toSallyport(request)
    const page = ['Accept: text/html', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document']
    const answer = await decide(url, request.method, [...page, ...linesOf(request)])
    if (answer.status !== 200) return responseOf(answer)
    const [user = ''] = answer.headers['x-forwarded-user'] ?? []
    arrived.push({ url: request.url, user })
    return new Response(`arrived at ${request.url} as ${user}`)
  }

  return {
    port,
    store,
    lines,
    arrived,
    now,
    reload: (text) => {
      policy = compilePolicy(settingsOf({ yaml: text }).policy)
    },
    browser: () =>
      createBrowser({
        [settings.publicUrl.origin]: toSallyport,
        ...Object.fromEntries(applications.map((origin) => [origin, toApplication])),
      }),
    ask: async (address, cookie) => {
      const url = new URL(address)
      const answer = await decide(url, 'GET', [`Cookie: ${cookie}`, 'Sec-Fetch-Mode: cors'])
      return answer.status
    },
    direct: async (host, target) =>
      (await sendRaw({ port }, [`GET ${target} HTTP/1.1`, `Host: ${host}`])).status,
    wait: (duration) => {
      moment += duration
    },
    close: async () => {
      server.close()
      await store.close()
    },
  }
}
