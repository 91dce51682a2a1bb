// settings -> adapters -> app -> listen, and the way back at the end.

import { startHousekeeping } from '../adapters/housekeeping.ts'
import { createIdentityProvider } from '../adapters/identity-provider.ts'
import { createAddressLimit, createFailureLimit } from '../adapters/login-limits.ts'
import { createLogoutVerifier } from '../adapters/logout-tokens.ts'
import { createGuardedFetch } from '../adapters/outbound.ts'
import { createOwnKeys, createOwnTokenVerifier } from '../adapters/own-tokens.ts'
import { createProofVerifier } from '../adapters/proof-verifier.ts'
import { decisionId, randomToken } from '../adapters/random.ts'
import { hashOf, seal, unseal } from '../adapters/sealing.ts'
import { createSessionUse } from '../adapters/session-use.ts'
import { openStore } from '../adapters/sql/open.ts'
import { createTokenVerifier } from '../adapters/token-issuers.ts'
import { createServerPorts } from '../app/authorization.ts'
import type { Exchange } from '../app/parts.ts'
import { createApp } from '../app.ts'
import type { Loading } from '../config/load.ts'
import type { Settings } from '../config/settings.ts'
import type { Limit } from '../http/login-context.ts'
import { createTrustedPeers } from '../http/trusted-peers.ts'
import type { AuthorizationServer } from '../ports/authorization-server.ts'
import type { Clock, Log } from '../ports/runtime.ts'
import type { Store } from '../ports/store.ts'
import { defaultAlgorithms } from '../protocol/access-token.ts'
import { epochSeconds, seconds } from '../protocol/time.ts'
import { startAuthorizationServer } from './authorization-server.ts'
import { createCommandLinePorts } from './command-line-ports.ts'
import { startEdgeAuth } from './edge-auth.ts'
import { closeServer } from './listen.ts'
import { judgeNodeVersion } from './node-version.ts'
import { openServers } from './open-servers.ts'
import { createOwnAccounts } from './own-accounts.ts'
import { createPolicyHolder } from './policy-reload.ts'
import { createTokenPorts } from './token-ports.ts'

export type Service = {
  /** Stops accepting, finishes what is under way within 10 s, closes the store (R139). */
  readonly stop: () => Promise<void>
  readonly store: Store
}

export type ServeParts = {
  readonly settings: Settings
  /** The configuration file, watched for changes of the policy. */
  readonly file: string | undefined
  /** Reads the configuration again. */
  readonly reload: () => Loading
  readonly log: Log
  /** Default: the one that runs. */
  readonly nodeVersion?: string
}

const now: Clock = () => epochSeconds(Date.now() / 1000)
const patienceMilliseconds = 10_000

function createLimit(): Limit {
  const login = createAddressLimit(20, seconds(60))
  return async (_kind, address) => {
    const retryAfter = await login(address)
    return retryAfter === undefined ? { kind: 'ok' } : { kind: 'limited', retryAfter }
  }
}

/** Everything the app is handed, made from the settings. */
function createAdapters({ settings, log }: ServeParts, store: Store) {
  const fetch = createGuardedFetch({ allowInsecureLoopback: settings.development })
  const providers = settings.providers.map((provider) => ({
    callbackPath: provider.callbackPath,
    provider: createIdentityProvider(
      { ...provider, allowInsecureHttp: settings.development },
      { log, now },
    ),
  }))
  // GitHub signs nothing, so it has no logout tokens.
  const logoutVerifiers = settings.providers
    .filter(({ preset }) => preset !== 'github')
    .map(({ id, issuer, clientId, quirks }) => {
      const algorithms = [...defaultAlgorithms, 'Ed25519', ...(quirks.furtherAlgorithms ?? [])]
      return createLogoutVerifier({ id, issuer, clientId, algorithms }, { fetch, log, now })
    })
  const { idle } = settings.session
  const sessionUse = createSessionUse({ sessions: store.sessions, idle, now, log })
  const peers = createTrustedPeers(settings.proxy.trusted)
  return { fetch, providers, logoutVerifiers, sessionUse, peers }
}

/** Tokens of our own: what they say of the person is looked up, not believed. */
const ownTokenProfile = {
  algorithms: ['EdDSA'],
  acceptPlainJwtType: false,
  provider: '',
  claims: { email: [], name: [], username: [], groups: [] },
  trustEmailWithoutClaim: false,
  acceptVerifiedAsText: false,
}

/** A key that is dropped by another process stops verifying here within 5 seconds (R113). */
const keysWatchedEveryMilliseconds = 2_000

/** Verifies tokens of every issuer that a resource names, ourselves among them. */
function createTokens(
  { settings, log }: ServeParts,
  store: Store,
  fetch: ReturnType<typeof createGuardedFetch>,
  server: AuthorizationServer<Exchange> | undefined,
) {
  const issuer = settings.authorizationServer?.issuer
  if (server === undefined || issuer === undefined)
    return { ...createTokenVerifier(settings.tokenIssuers, { fetch, log, now }), stop: () => {} }
  const keys = createOwnKeys(server.publicKeys, () => {
    all.forget((token) => token.issuer === issuer)
  })
  const own = { ...ownTokenProfile, issuer, jwksUri: undefined, keys }
  const all = createTokenVerifier([...settings.tokenIssuers, own], { fetch, log, now })
  const { snapshots } = store.authorization
  const watch = setInterval(
    () => keys.renew().catch((fault: unknown) => log.error('signing_keys.fault', {}, fault)),
    keysWatchedEveryMilliseconds,
  ).unref()
  return {
    ...all,
    ...createOwnTokenVerifier(all, { issuer, isLive: server.isLive, snapshots }),
    stop: () => clearInterval(watch),
  }
}

function announce(settings: Settings, log: Log): void {
  const { listen, decision, publicUrl, proxy } = settings
  log.info('listening', {
    publicUrl: publicUrl.href,
    port: listen.port,
    decisions: decision.kind === 'socket' ? decision.path : decision.kind,
    decisionPort: decision.kind === 'port' ? decision.port : undefined,
    dialect: proxy.dialect,
  })
  if (decision.kind === 'shared' && !settings.development) {
    log.info('hint', {
      text: 'decisions are asked on the public port; "decision_port" or "decision_socket" gives them a private one',
    })
  }
}

/**
 * Starts the service; resolves when it listens. Providers and issuers are asked behind that: one that is
 * down keeps nobody from starting.
 *
 * @throws with a message for the operator when the store cannot be opened or an address is taken
 */
export async function startService(parts: ServeParts): Promise<Service> {
  const { settings, log } = parts
  const store = await openStore(settings.database, log)
  const { fetch, providers, logoutVerifiers, sessionUse, peers } = createAdapters(parts, store)
  const policy = createPolicyHolder(parts, parts.reload, log)
  const sessionPorts = { sessions: store.sessions, idle: settings.session.idle, hashOf }
  const asking = { policy: policy.current, store, hashOf, now, peers, sessionSeen: sessionUse.seen }
  const ports = createServerPorts(settings, asking)
  const { commandLine, knowsOrigin } = createCommandLinePorts(settings, policy.current)
  const server = await startAuthorizationServer({ ...parts, store, ports, fetch, now, knowsOrigin })
  const tokens = createTokens(parts, store, fetch, server)
  const edge = await startEdgeAuth(settings, store, { now, log })
  const scripts = createTokenPorts(settings, store, { now, log, hashOf })
  let stopping = false
  const app = createApp(settings, {
    policy: policy.current,
    store,
    authentication: {
      ...sessionPorts,
      ...scripts.ports,
      tokens,
      commandLine,
      edgeTokens: edge?.tokens,
      proofs: createProofVerifier({ artifacts: store.authorization.artifacts, hashOf }),
      sessionSeen: sessionUse.seen,
    },
    authorizationServer: server,
    edge,
    peers,
    providers,
    ...(await createOwnAccounts(settings, store, { now, log })),
    limit: createLimit(),
    backchannelLogout: {
      verifiers: logoutVerifiers,
      countLogout: createFailureLimit(100, seconds(60)),
    },
    isReady: async () => {
      if (stopping) return false
      return store.ping().then(
        () => true,
        () => false,
      )
    },
    now,
    randomToken,
    newDecisionId: decisionId,
    hashOf,
    seal,
    unseal,
    log,
  })
  const servers = await openServers(settings, app, peers)
  const stopWatching = policy.watch()
  const stopHousekeeping = startHousekeeping({
    store,
    now,
    idle: settings.session.idle,
    log,
    flush: sessionUse.flush,
  })
  const outdated = judgeNodeVersion(parts.nodeVersion ?? process.versions.node)
  if (outdated !== undefined) log.warn('node.outdated', { text: outdated })
  announce(settings, log)
  void tokens.warmUp()
  for (const { provider } of providers) void provider.warmUp()
  return {
    store,
    stop: async () => {
      stopping = true
      stopWatching()
      stopHousekeeping()
      server?.stop()
      tokens.stop()
      await Promise.all(servers.map((one) => closeServer(one, patienceMilliseconds)))
      sessionUse.stop()
      scripts.use.stop()
      await Promise.all([sessionUse.flush(), scripts.use.flush()])
      await store.close()
    },
  }
}
