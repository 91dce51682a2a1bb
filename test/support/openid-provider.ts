// An independent OpenID provider for tests: the `oidc-provider` library with a one-field login form and no
// consent page. In process (`startOpenIdProvider`) or as its own process: `node test/support/openid-provider.ts`.

import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair } from 'jose'
import {
  type Configuration,
  type InteractionResults,
  interactionPolicy,
  Provider,
} from 'oidc-provider'

/** What the provider knows of a person; the claims appear as they stand here. */
export type ProviderAccount = {
  readonly name?: string
  readonly preferred_username?: string
  readonly email?: string
  readonly email_verified?: boolean | string
  readonly groups?: unknown
  readonly hd?: string
  /** False: has none, whatever is asked for. */
  readonly secondFactor?: boolean
}

/** The `acr` that asks for a second factor; only then one is shown, and `amr` says so. */
export const secondFactorContext = 'urn:test:2fa'

export type ProviderClient = {
  readonly clientId: string
  /** Undefined: a public client. */
  readonly clientSecret: string | undefined
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris?: readonly string[]
}

export type OpenIdProviderOptions = {
  readonly clients: readonly ProviderClient[]
  /** By login name, which is also the subject. Replaces `defaultAccounts` entirely. */
  readonly accounts?: Readonly<Record<string, ProviderAccount>>
  /** 0 or undefined: any free port. */
  readonly port?: number
  /** Where it listens; default 127.0.0.1. */
  readonly host?: string
  /** Host name in the issuer; default `host`. */
  readonly issuerHost?: string
  /** PEM texts: https instead of http. */
  readonly tls?: { readonly key: string; readonly cert: string }
  /** Puts e-mail, groups and names into the ID token as Keycloak does; default false: UserInfo only. */
  readonly claimsInIdToken?: boolean
}

export type RunningProvider = {
  readonly issuer: string
  /** `METHOD /path` of every request so far, for "no token request was made". */
  readonly requests: readonly string[]
  readonly close: () => Promise<void>
}

/**
 * People for tests. A name that is not listed but matches `[a-z][a-z0-9-]*` can sign in too and gets the
 * verified address `<name>@example.com`.
 */
export const defaultAccounts: Readonly<Record<string, ProviderAccount>> = {
  alice: {
    name: 'Alice Example',
    preferred_username: 'alice',
    email: 'Alice@Example.com',
    email_verified: true,
    groups: ['admins', 'staff'],
  },
  bob: {
    name: 'Bob Beispiel',
    preferred_username: 'bob',
    email: 'bob@example.com',
    email_verified: true,
    groups: ['staff'],
  },
  outsider: {
    name: 'Olga Outside',
    preferred_username: 'outsider',
    email: 'olga@elsewhere.example',
    email_verified: true,
  },
  unverified: {
    preferred_username: 'unverified',
    email: 'unverified@example.com',
    email_verified: false,
  },
  workspace: { email: 'wendy@example.com', email_verified: true, hd: 'example.com' },
  single: { email: 'single@example.com', email_verified: true, secondFactor: false },
  noemail: { name: 'No Address', preferred_username: 'noemail' },
}

const accountOf = (accounts: Readonly<Record<string, ProviderAccount>>, name: string) => {
  if (Object.hasOwn(accounts, name)) return accounts[name]
  if (accounts !== defaultAccounts || !/^[a-z][a-z0-9-]{0,40}$/.test(name)) return undefined
  return { preferred_username: name, email: `${name}@example.com`, email_verified: true }
}

const form = (action: string, prompt: string, message: string) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Test provider</title></head>
<body><main><h1>Test provider</h1><p id="prompt">${prompt}</p><p role="alert">${message}</p>
<form method="post" action="${action}"><label>Name <input name="login" autofocus required></label>
<button type="submit">Continue</button></form>
<form method="post" action="${action}"><button name="abort" value="1">Cancel</button></form>
</main></body></html>`

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return new URLSearchParams(text)
}

/** GET shows the form, POST finishes the interaction. */
async function interact(
  provider: Provider,
  accounts: Readonly<Record<string, ProviderAccount>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { uid, prompt, session, params } = await provider.interactionDetails(request, response)
  const show = (status: number, message: string) => {
    response.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8' })
    response.end(form(`/interaction/${uid}`, prompt.name, message))
  }
  if (request.method !== 'POST') return show(200, '')
  const fields = await readForm(request)
  const finish = async (result: InteractionResults) => {
    const merge = { mergeWithLastSubmission: false }
    const location = await provider.interactionResult(request, response, result, merge)
    if (session !== undefined && session.accountId !== result.login?.accountId) {
      // Otherwise the library logs the first account out by a page that needs a script.
      const known = await provider.Session.findByUid(session.uid)
      delete known?.accountId
      await known?.persist()
    }
    response.writeHead(303, { Location: location })
    response.end()
  }
  if (fields.get('abort') !== null) {
    return finish({ error: 'access_denied', error_description: 'The person declined' })
  }
  const name = fields.get('login') ?? ''
  if (accountOf(accounts, name) === undefined) return show(200, 'Unknown name')
  const shown = accountOf(accounts, name)?.secondFactor !== false && asksForSecond(params)
  const how = shown ? { acr: secondFactorContext, amr: ['pwd', 'otp'] } : { amr: ['pwd'] }
  return finish({ login: { accountId: name, ...how }, select_account: {} })
}

const asksForSecond = (params: Readonly<Record<string, unknown>>): boolean =>
  String(params['acr_values'] ?? '')
    .split(' ')
    .includes(secondFactorContext)

async function configurationOf(options: OpenIdProviderOptions): Promise<Configuration> {
  const accounts = options.accounts ?? defaultAccounts
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const policy = interactionPolicy.base()
  policy.remove('consent')
  policy.get('login')?.checks.add(
    new interactionPolicy.Check('second_factor', 'A second factor is wanted', ({ oidc }) => {
      const isShown = oidc.session?.acr === secondFactorContext || oidc.result?.login !== undefined
      return asksForSecond(oidc.params ?? {}) && !isShown
    }),
  )
  policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0)
  return {
    clients: options.clients.map((client) => ({
      client_id: client.clientId,
      ...(client.clientSecret === undefined
        ? { token_endpoint_auth_method: 'none' as const }
        : {
            client_secret: client.clientSecret,
            token_endpoint_auth_method: 'client_secret_post' as const,
          }),
      redirect_uris: [...client.redirectUris],
      post_logout_redirect_uris: [...(client.postLogoutRedirectUris ?? [])],
      grant_types: ['authorization_code'],
      response_types: ['code'],
    })),
    jwks: {
      keys: [{ ...(await exportJWK(privateKey)), kid: 'test-key', use: 'sig', alg: 'RS256' }],
    },
    cookies: { keys: [crypto.randomUUID()] },
    conformIdTokenClaims: options.claimsInIdToken !== true,
    pkce: { required: () => true },
    acrValues: [secondFactorContext],
    claims: {
      openid: ['sub', 'amr'],
      email: ['email', 'email_verified', 'hd'],
      profile: ['name', 'preferred_username', 'groups'],
    },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, markup) => {
          const button = '<button name="logout" value="yes">Sign out</button></form>'
          const content = markup.replace('</form>', button)
          ctx.body = `<!doctype html><html lang="en"><title>Sign out</title><main>${content}</main></html>`
        },
      },
    },
    interactions: { policy, url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    // Everything that was asked for is granted: the consent page is not what is tested here.
    loadExistingGrant: async (ctx) => {
      const { client, session, provider } = ctx.oidc
      const { scope } = ctx.oidc.params ?? {}
      const accountId = session?.accountId
      if (client === undefined || accountId === undefined) return undefined
      const grant = new provider.Grant({ clientId: client.clientId, accountId })
      grant.addOIDCScope(String(scope ?? 'openid'))
      await grant.save()
      return grant
    },
    findAccount: (_ctx, id) => {
      const account = accountOf(accounts, id)
      return account && { accountId: id, claims: () => ({ ...account, sub: id }) }
    },
    ttl: { Session: 3600, Grant: 3600, Interaction: 600, AccessToken: 600, IdToken: 600 },
  }
}

/** Starts a provider; it listens when the promise resolves. Rejects when the port is taken. */
export async function startOpenIdProvider(
  options: OpenIdProviderOptions,
): Promise<RunningProvider> {
  const host = options.host ?? '127.0.0.1'
  const requests: string[] = []
  let handle: (request: IncomingMessage, response: ServerResponse) => void = () => {}
  const listener = (request: IncomingMessage, response: ServerResponse) => handle(request, response)
  const server = options.tls ? createTlsServer(options.tls, listener) : createServer(listener)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, host, resolve)
  })
  const { port } = server.address() as AddressInfo
  const issuer = `${options.tls ? 'https' : 'http'}://${options.issuerHost ?? host}:${port}`
  const provider = new Provider(issuer, await configurationOf(options))
  const callback = provider.callback()
  handle = (request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? ''
    requests.push(`${request.method} ${path}`)
    if (!path.startsWith('/interaction/')) {
      callback(request, response)
      return
    }
    interact(provider, options.accounts ?? defaultAccounts, request, response).catch(() => {
      if (!response.headersSent) response.writeHead(400, { 'Content-Type': 'text/plain' })
      response.end('The interaction is unknown or has expired')
    })
  }
  return {
    issuer,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/**
 * Runs as its own process. Environment: `PORT`, `HOST`, `ISSUER_HOST`, `CLIENTS` (JSON list of `ProviderClient`),
 * `ACCOUNTS` (JSON, optional), `CLAIMS_IN_ID_TOKEN=1`, `TLS_KEY_FILE` and `TLS_CERT_FILE`. Prints one line
 * `{"issuer":"..."}` when it listens and ends on SIGTERM.
 */
async function runAsProcess(environment: NodeJS.ProcessEnv): Promise<void> {
  const { PORT, HOST, ISSUER_HOST, CLIENTS, ACCOUNTS, CLAIMS_IN_ID_TOKEN } = environment
  const { TLS_KEY_FILE, TLS_CERT_FILE } = environment
  const running = await startOpenIdProvider({
    clients: JSON.parse(CLIENTS ?? '[]'),
    ...(ACCOUNTS ? { accounts: JSON.parse(ACCOUNTS) } : {}),
    port: Number(PORT ?? 0),
    ...(HOST ? { host: HOST } : {}),
    ...(ISSUER_HOST ? { issuerHost: ISSUER_HOST } : {}),
    ...(TLS_KEY_FILE && TLS_CERT_FILE
      ? {
          tls: {
            key: readFileSync(TLS_KEY_FILE, 'utf8'),
            cert: readFileSync(TLS_CERT_FILE, 'utf8'),
          },
        }
      : {}),
    claimsInIdToken: CLAIMS_IN_ID_TOKEN === '1',
  })
  process.once('SIGTERM', () => running.close().then(() => process.exit(0)))
  console.log(JSON.stringify({ issuer: running.issuer }))
}

if (import.meta.main) await runAsProcess(process.env)
