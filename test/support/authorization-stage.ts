// The authorization server on a port of this machine, with the real store and a visitor who can be set.

import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hashOf, seal, unseal } from '../../src/adapters/sealing.ts'
import { openStore } from '../../src/adapters/sql/open.ts'
import type { EngineDependencies } from '../../src/authorization-server/dependencies.ts'
import { createAuthorizationServer } from '../../src/authorization-server/engine.ts'
import { createRegistrationControl } from '../../src/authorization-server/registration.ts'
import type {
  AuthorizationServer,
  AuthorizationServerSettings,
  ConsentRequest,
  Visitor,
} from '../../src/ports/authorization-server.ts'
import type { Log, LogFields } from '../../src/ports/runtime.ts'
import type { Store } from '../../src/ports/store.ts'
import { accountIdOf } from '../../src/protocol/account-id.ts'
import { epochSeconds, seconds } from '../../src/protocol/time.ts'
import { identityOf } from './identity.ts'
import { knownKey } from './known-keys.ts'

export const issuer = 'https://auth.example.com'
export const resource = 'https://mcp.example.com/mcp'
export const redirectUri = 'http://127.0.0.1:8976/callback'

export const verifier = 'a-code-verifier-with-more-than-43-characters-0123456789'
export const challenge = createHash('sha256').update(verifier).digest('base64url')

export const testSettings: AuthorizationServerSettings = {
  issuer,
  resources: [
    {
      url: resource,
      audience: undefined,
      name: 'Tools',
      scopes: ['mcp:tools'],
      scopesSupported: ['mcp:tools', 'mcp:admin'],
      dpopRequired: false,
    },
  ],
  defaultResource: undefined,
  registration: 'open',
  redirectHosts: undefined,
  clientNames: undefined,
  privateRedirectUris: [],
  clientDocuments: { enabled: true, hosts: undefined, allowLoopback: false },
  clients: [],
  accessTokenLifetime: seconds(600),
  refreshIdle: seconds(14 * 86_400),
  refreshLifetime: seconds(30 * 86_400),
  refreshRetry: seconds(10),
  rememberConsent: seconds(0),
  scopeDescriptions: { 'mcp:tools': 'Use the tools' },
  fapi: false,
  secret: 'a secret of more than thirty-two bytes, for tests only',
}

export type LogLine = { readonly event: string; readonly fields: LogFields | undefined }

export type Answer = {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as JSON object; empty when it is none. */
  readonly json: Readonly<Record<string, unknown>>
  readonly location: URL | undefined
}

/** One browser: it keeps the cookies that it is sent. */
export type Visit = {
  readonly get: (path: string, headers?: Record<string, string>) => Promise<Answer>
  readonly post: (path: string, form: Record<string, string>) => Promise<Answer>
  readonly cookies: Map<string, string>
}

type Exchange = { readonly request: IncomingMessage; readonly response: ServerResponse }

const jsonOf = (text: string): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

export function visitorOf(changes: Partial<Visitor['identity']> = {}): Visitor {
  const identity = identityOf(changes)
  const signedInAt = epochSeconds(Date.now() / 1000)
  return { account: accountIdOf(identity), identity, signedInAt }
}

export type AuthorizationStage = {
  readonly server: AuthorizationServer<Exchange>
  readonly settings: AuthorizationServerSettings
  readonly store: Store
  /** Where it listens; what it says of itself is `issuer`. */
  readonly base: string
  readonly lines: readonly LogLine[]
  /** Who is signed in, in all browsers. */
  readonly signIn: (visitor: Visitor | undefined) => void
  /** Whether accounts may sign in. */
  readonly allow: (allowed: boolean) => void
  readonly request: (path: string, init?: RequestInit) => Promise<Answer>
  readonly post: (
    path: string,
    form: Record<string, string>,
    headers?: Record<string, string>,
  ) => Promise<Answer>
  readonly browser: () => Visit
  readonly register: (metadata?: Record<string, unknown>) => Promise<Answer>
  /** Parameters of a sound authorization request. */
  readonly parameters: (
    clientId: string,
    changes?: Record<string, string | undefined>,
  ) => URLSearchParams
  /** Decides in the place of the interaction page; `undefined` when the server knows of nothing to decide. */
  readonly decide: (
    visit: Visit,
    interactionPath: string,
    decision?: { kind?: 'allow' | 'deny'; remember?: boolean },
  ) => Promise<string | undefined>
  /** What the interaction page of this browser would show. */
  readonly findConsent: (
    visit: Visit,
    interactionPath: string,
  ) => Promise<ConsentRequest | undefined>
  /** From the request to the code: authorization, consent, redirect. */
  readonly obtainCode: (
    clientId: string,
    changes?: Record<string, string | undefined>,
  ) => Promise<string>
  readonly redeem: (
    clientId: string,
    code: string,
    changes?: Record<string, string>,
    headers?: Record<string, string>,
  ) => Promise<Answer>
  readonly close: () => Promise<void>
}

function createLog(lines: LogLine[]): Log {
  const write = (event: string, fields?: LogFields) => void lines.push({ event, fields })
  return { debug: write, info: write, warn: write, error: write, debugEnabled: true }
}

async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text()
  const location = response.headers.get('location')
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: jsonOf(text),
    location: location === null ? undefined : new URL(location, issuer),
  }
}

function openBrowser(request: AuthorizationStage['request']): Visit {
  const cookies = new Map<string, string>()
  const send = async (path: string, init: RequestInit & { headers: Record<string, string> }) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { ...init.headers, ...(cookie === '' ? {} : { cookie }) }
    const answer = await request(path, { ...init, headers })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /expires=Thu, 01 Jan 1970|max-age=0/i.test(line)) cookies.delete(name)
      else cookies.set(name, value)
    }
    return answer
  }
  return {
    cookies,
    get: (path, headers = {}) => send(path, { headers }),
    post: (path, form) =>
      send(path, {
        method: 'POST',
        body: new URLSearchParams(form).toString(),
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      }),
  }
}

/** Starts an authorization server. Close it when the test is over. */
export async function startAuthorizationStage(
  changes: Partial<AuthorizationServerSettings> = {},
  own: Partial<EngineDependencies> = {},
): Promise<AuthorizationStage> {
  const settings = { ...testSettings, ...changes }
  const lines: LogLine[] = []
  const log = createLog(lines)
  const store = await openStore({ kind: 'memory' }, log)
  let visitor: Visitor | undefined = visitorOf()
  let allowed = true
  const now = () => epochSeconds(Date.now() / 1000)
  const dependencies: EngineDependencies = {
    store: store.authorization,
    now,
    log,
    randomToken: () => randomBytes(32).toString('base64url'),
    newId: () => 'abcd2345',
    hashOf,
    seal,
    unseal,
    findVisitor: async () => visitor,
    endVisit: async () => ['sallyport=; Path=/; Max-Age=0'],
    isAllowed: () => allowed,
    clientAddress: () => '192.0.2.1',
    renderPage: async (page) => ({
      body: `<!doctype html><title>${page.kind}</title>${JSON.stringify(page)}`,
      headers: {
        'Content-Type': 'text/html; charset=utf-8',
        'Content-Security-Policy': "default-src 'none'",
      },
    }),
    registration: createRegistrationControl({
      mode: settings.registration,
      rules: {
        redirects: { hosts: settings.redirectHosts, privateUris: settings.privateRedirectUris },
        clientNames: settings.clientNames,
        scopes: [
          'openid',
          'offline_access',
          'profile',
          'email',
          'groups',
          'mcp:tools',
          'mcp:admin',
        ],
        idTokenAlgorithms: ['RS256', 'ES256', 'EdDSA'],
      },
      store: store.authorization,
      limits: { count: async () => undefined, takeBack: async () => {} },
      originOf: (address) => address,
      hashOf,
      now,
      log,
    }),
    clientDocuments: undefined,
    limits: {
      countAddress: async () => undefined,
      countClient: async () => ({ kind: 'allowed', answered: async () => {} }),
    },
    fetch: (url, init) => fetch(url, init),
    wait: async () => {},
    makeKey: knownKey,
    ...own,
  }
  const server = createAuthorizationServer({ settings, dependencies })
  const pending = new Map<string, (exchange: Exchange) => Promise<string | undefined>>()
  const listener = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? ''
    const ask = pending.get(path)
    if (ask !== undefined) {
      pending.delete(path)
      void ask({ request, response }).then(
        (text) => response.end(text ?? ''),
        (fault) => response.writeHead(500).end(String(fault)),
      )
      return
    }
    if (server.owns(path)) void server.handle({ request, response })
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  const { port } = address as AddressInfo
  const base = `http://127.0.0.1:${port}`

  const request: AuthorizationStage['request'] = async (path, init) =>
    readAnswer(await fetch(base + path, { redirect: 'manual', ...init }))
  const post: AuthorizationStage['post'] = (path, form, headers = {}) =>
    request(path, {
      method: 'POST',
      body: new URLSearchParams(form).toString(),
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    })
  const parameters: AuthorizationStage['parameters'] = (clientId, other = {}) => {
    const all = {
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      code_challenge: challenge,
      code_challenge_method: 'S256',
      state: 'a-state',
      scope: 'mcp:tools',
      resource,
      ...other,
    }
    const given = Object.entries(all).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] satisfies [string, string]],
    )
    return new URLSearchParams(given)
  }
  const decide: AuthorizationStage['decide'] = async (visit, path, decision = {}) => {
    const uid = path.split('/').at(-1) ?? ''
    const { kind = 'allow', remember = false } = decision
    const decider = visitor
    pending.set(path, (exchange) =>
      decider === undefined
        ? Promise.resolve(undefined)
        : server.decideConsent(exchange, { uid, kind, remember, visitor: decider }),
    )
    const { text } = await visit.get(path)
    return text === '' ? undefined : text
  }
  const findConsent: AuthorizationStage['findConsent'] = async (visit, path) => {
    const uid = path.split('/').at(-1) ?? ''
    let found: ConsentRequest | undefined
    pending.set(path, async (exchange) => {
      found = await server.findConsent(exchange, uid, visitor)
      return undefined
    })
    await visit.get(path)
    return found
  }
  const obtainCode: AuthorizationStage['obtainCode'] = async (clientId, other) => {
    const visit = openBrowser(request)
    const began = await visit.get(`/authorize?${parameters(clientId, other)}`)
    const resume = await decide(visit, began.location?.pathname ?? '')
    const ended = await visit.get(new URL(resume ?? issuer).pathname)
    const code = ended.location?.searchParams.get('code')
    if (!code) throw new Error(`No code: ${ended.status} ${ended.location} ${ended.text}`)
    return code
  }

  return {
    server,
    settings,
    store,
    base,
    lines,
    signIn: (next) => {
      visitor = next
    },
    allow: (next) => {
      allowed = next
    },
    request,
    post,
    browser: () => openBrowser(request),
    register: (metadata = {}) =>
      request('/register', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({
          client_name: 'A test client',
          redirect_uris: [redirectUri],
          grant_types: ['authorization_code', 'refresh_token'],
          token_endpoint_auth_method: 'none',
          ...metadata,
        }),
      }),
    parameters,
    decide,
    findConsent,
    obtainCode,
    redeem: (clientId, code, other = {}, headers = {}) =>
      post(
        '/token',
        {
          grant_type: 'authorization_code',
          client_id: clientId,
          code,
          redirect_uri: redirectUri,
          code_verifier: verifier,
          ...other,
        },
        headers,
      ),
    close: async () => {
      server.stop()
      listener.closeAllConnections()
      await new Promise((resolve) => listener.close(resolve))
      await store.close()
    },
  }
}
