// The independent OpenID provider, as its own process over https.

import { join } from 'node:path'
import type { Certificates } from './certificates.ts'
import { freePorts } from './loopback.ts'
import { type RunningProcess, startProcess } from './running-process.ts'
import { nodeBinary } from './sallyport.ts'

export type Provider = {
  readonly issuer: string
  readonly start: () => Promise<void>
  readonly kill: () => Promise<void>
  /** It accepts connections and never answers. */
  readonly pause: () => void
  readonly resume: () => void
}

export type ProviderClientText = {
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
}

const program = join(import.meta.dirname, '../../support/openid-provider.ts')

/** Prepares one on a free loopback port. */
export async function createProvider(
  certificates: Certificates,
  client: ProviderClientText,
): Promise<Provider> {
  const [port = 0] = await freePorts(1)
  let running: RunningProcess | undefined
  return {
    issuer: `https://127.0.0.1:${port}`,
    start: async () => {
      running = await startProcess({
        command: nodeBinary,
        args: [program],
        env: {
          PORT: String(port),
          CLIENTS: JSON.stringify([client]),
          TLS_KEY_FILE: certificates.keyFile,
          TLS_CERT_FILE: certificates.certificateFile,
        },
        ready: (output) => output.includes('"issuer"'),
      })
    },
    kill: async () => {
      await running?.kill()
      running = undefined
    },
    pause: () => running?.pause(),
    resume: () => running?.resume(),
  }
}
