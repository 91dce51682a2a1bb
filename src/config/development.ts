// What holds when nobody configured anything: a gate to try out, on this machine only.

import type { Findings } from './findings.ts'
import { type Layer, layerOf } from './layers.ts'

const tryOut = {
  development: true,
  local_accounts: true,
  proxy: { dialect: 'direct' },
}

const localRules = {
  rules: [{ host: 'localhost:*' }, { host: '127.0.0.1:*' }, { host: '*.localhost:*' }],
}

const localPeople = { allow: [{ providers: ['local'] }] }

export type Occasion = {
  readonly hasFile: boolean
  /** Whether mcpauth's names describe a deployment. */
  readonly hasGateway: boolean
  readonly given: Layer
  readonly findings: Findings
}

/**
 * Settings below all others. Everything for trying it out when there is no file, public URL and provider;
 * development mode alone for mcpauth's variables without a domain; nothing otherwise.
 */
export function developmentLayer({ hasFile, hasGateway, given, findings }: Occasion): Layer {
  if (hasFile || given.has('public_url')) return layerOf({})
  if (hasGateway) {
    findings.notice(
      'OAUTH_DOMAIN is not set: development mode, reachable from this machine only. Set it (now "public_url") to be reached by others',
    )
    return layerOf({ development: true })
  }
  if (given.has('providers')) return layerOf({})
  findings.notice('No configuration: development mode with a local account, on this machine only')
  const ruled = given.has('rules') || given.has('resources')
  return layerOf({
    ...tryOut,
    ...(ruled ? {} : localRules),
    ...(given.has('allow') ? {} : localPeople),
  })
}
