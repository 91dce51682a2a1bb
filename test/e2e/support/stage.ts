// Everything a proxy stands between: Sallyport, identity provider, token issuer, application, MCP server.

import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Certificates, makeCertificates } from './certificates.ts'
import { freePorts, scratchDirectory } from './loopback.ts'
import { createProvider, type Provider } from './provider.ts'
import type { EdgeAddress } from './raw-client.ts'
import { type RecordingRelay, startRecordingRelay } from './recording-relay.ts'
import { type RecordingServer, startRecordingServer } from './recording-server.ts'
import { type ConfigurationText, createSallyport, type Sallyport } from './sallyport.ts'
import { configuration, resource } from './stage-configuration.ts'
import { startTokenIssuer, type TokenIssuer } from './token-issuer.ts'
import { createVisitor, type Visitor } from './visitor.ts'

/** What a proxy's configuration needs to know. */
export type Backends = {
  readonly edgePort: number
  /** For plain http. */
  readonly plainPort: number
  readonly decisionPort: number
  readonly publicPort: number
  readonly appPort: number
  readonly mcpPort: number
  readonly certificates: Certificates
}

export type RunningEdge = {
  /** All it has written anywhere. */
  readonly logs: () => string
  readonly stop: () => Promise<void>
}

/** Starts a proxy on the files we ship for it. */
export type StartEdge = (directory: string, backends: Backends) => Promise<RunningEdge>

export type Stage = {
  readonly edge: EdgeAddress
  readonly plainPort: number
  readonly certificates: Certificates
  readonly app: RecordingServer
  readonly mcp: RecordingServer
  readonly decisions: RecordingRelay
  readonly sallyport: Sallyport
  readonly provider: Provider
  readonly tokenIssuer: TokenIssuer
  /** A new person with an empty cookie jar. */
  readonly visitor: () => Visitor
  /** A token for the MCP server with these claims besides the usual ones. */
  readonly token: (claims: Readonly<Record<string, unknown>>) => Promise<string>
  /** Everything that must not appear in any log. */
  readonly secrets: () => readonly string[]
  readonly logs: () => string
  readonly stop: () => Promise<void>
}

const clientOf = (clientSecret: string) => ({
  clientId: 'sallyport',
  clientSecret,
  // With a host of its own, and below a path of the application's host.
  redirectUris: ['https://auth.sep.test/callback/home', 'https://app.sep.test/_auth/callback/home'],
  postLogoutRedirectUris: ['https://auth.sep.test/signed-out'],
})

/** With the token issuer, which has another address each time, or without. */
type Changes = ConfigurationText | ((tokenIssuer: string) => ConfigurationText)

type Cleanup = () => Promise<void>

async function assemble(
  startEdge: StartEdge,
  changes: Changes,
  cleanups: Cleanup[],
): Promise<Stage> {
  const { path: directory, remove } = scratchDirectory('e2e')
  cleanups.unshift(async () => remove())
  const certificates = makeCertificates(directory)
  const [edgePort = 0, plainPort = 0, publicPort = 0, decisionPort = 0] = await freePorts(4)
  const clientSecret = randomBytes(32).toString('base64url')
  const secrets = new Set([clientSecret])
  const keep = <Started extends { readonly close: Cleanup }>(started: Started): Started => {
    cleanups.unshift(started.close)
    return started
  }
  const app = keep(await startRecordingServer())
  const mcp = keep(await startRecordingServer())
  const decisions = keep(await startRecordingRelay(decisionPort))
  const tokenIssuer = keep(await startTokenIssuer(certificates))
  const provider = await createProvider(certificates, clientOf(clientSecret))
  cleanups.unshift(provider.kill)
  await provider.start()
  const sallyport = createSallyport({
    directory: join(directory, 'service'),
    publicPort,
    decisionPort,
    certificates,
    configuration: {
      ...configuration(provider.issuer, clientSecret, tokenIssuer.issuer),
      ...(typeof changes === 'function' ? changes(tokenIssuer.issuer) : changes),
    },
  })
  cleanups.unshift(sallyport.stop)
  await sallyport.start()
  const edgeDirectory = join(directory, 'edge')
  mkdirSync(edgeDirectory)
  const edge = await startEdge(edgeDirectory, {
    edgePort,
    plainPort,
    decisionPort: decisions.port,
    publicPort,
    appPort: app.port,
    mcpPort: mcp.port,
    certificates,
  })
  cleanups.unshift(edge.stop)
  const address = { port: edgePort, ca: certificates.ca }
  return {
    edge: address,
    plainPort,
    certificates,
    app,
    mcp,
    decisions,
    sallyport,
    provider,
    tokenIssuer,
    visitor: () => createVisitor(address, (secret) => secrets.add(secret)),
    token: async (claims) => {
      const identity = { sub: 'carol', aud: resource, scope: 'mcp:tools' }
      const email = { email: 'carol@example.com', email_verified: true }
      const token = await tokenIssuer.issue({ ...identity, ...email, ...claims })
      secrets.add(token)
      return token
    },
    secrets: () => [...secrets].filter((secret) => secret.length > 8),
    logs: () => sallyport.output() + edge.logs(),
    stop: () => cleanUp(cleanups),
  }
}

async function cleanUp(cleanups: readonly Cleanup[]): Promise<void> {
  for (const cleanup of cleanups) await cleanup()
}

/**
 * Sets everything up and starts it, the proxy last. Leaves nothing running when a part does not start.
 *
 * @param changes members of the configuration file that differ from `stage-configuration.ts`
 */
export async function startStage(startEdge: StartEdge, changes: Changes = {}): Promise<Stage> {
  const cleanups: Cleanup[] = []
  try {
    return await assemble(startEdge, changes, cleanups)
  } catch (error) {
    await cleanUp(cleanups)
    throw error
  }
}
