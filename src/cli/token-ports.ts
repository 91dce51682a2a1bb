// What the gate needs to recognise tokens for scripts, by the settings.

import type { AuthenticationPorts } from '../access/authenticate.ts'
import { createPersonalTokenUse, type PersonalTokenUse } from '../adapters/personal-token-use.ts'
import { createStaticTokens } from '../adapters/static-tokens.ts'
import type { Settings } from '../config/settings.ts'
import type { Hash } from '../ports/hash.ts'
import type { Clock, Log } from '../ports/runtime.ts'
import type { Store } from '../ports/store.ts'
import { seconds } from '../protocol/time.ts'

export type TokenPorts = {
  readonly use: PersonalTokenUse
  readonly ports: Pick<AuthenticationPorts, 'personalTokens' | 'configuredTokens'>
}

/** Makes the ports; the use of tokens is written down until `use.stop()`. */
export function createTokenPorts(
  settings: Pick<
    Settings,
    'authorizationServer' | 'localAccounts' | 'personalTokens' | 'providers' | 'staticTokens'
  >,
  { personalTokens: tokens }: Pick<Store, 'personalTokens'>,
  deps: { readonly now: Clock; readonly log: Log; readonly hashOf: (value: string) => Hash },
): TokenPorts {
  const use = createPersonalTokenUse({ tokens, now: deps.now, log: deps.log })
  const { personalTokens: limits, staticTokens } = settings
  const providers = new Set(settings.providers.map(({ id }) => id))
  if (settings.localAccounts) providers.add('local')
  const acceptsProvider = (provider: string) => providers.has(provider)
  const ownIssuer = settings.authorizationServer?.issuer
  return {
    use,
    ports: {
      personalTokens: limits && {
        ...limits,
        acceptsProvider,
        ownIssuer,
        find: tokens.find,
        seen: use.seen,
      },
      configuredTokens:
        staticTokens.length === 0
          ? undefined
          : {
              find: createStaticTokens(staticTokens, deps.hashOf),
              acceptsProvider,
              ownIssuer,
              maxLifetime: seconds(0),
              ownerAbsence: seconds(0),
            },
    },
  }
}
