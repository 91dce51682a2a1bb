// Tokens for scripts among the parts of the account page, by the settings.

import { Hono } from 'hono'
import type { Settings } from '../config/settings.ts'
import type { AccountSection } from '../http/account.ts'
import { createTokenRoutes, createTokenSection } from '../http/account-tokens.ts'
import type { LoginDependencies } from '../http/login-context.ts'
import { withoutOfflineAccess } from '../protocol/scope.ts'
import type { AppParts } from './parts.ts'

/** Nothing when people cannot make tokens. */
export function createAccountTokens(
  { authorizationServer, personalTokens: limits }: Settings,
  { policy, store: { personalTokens: tokens } }: AppParts,
  login: LoginDependencies,
): { readonly sections: readonly AccountSection[]; readonly routes: Hono } {
  if (limits === undefined) return { sections: [], routes: new Hono() }
  const issuer = authorizationServer?.issuer
  // What people may give to a client they may give to a script: scopes that we issue, and nobody else's.
  const scopes = () => {
    const ours = policy().policy.resources.filter(({ issuers }) =>
      issuers.some((one) => one === issuer),
    )
    const all = ours.flatMap(({ scopes: needed, scopesSupported = [] }) => [
      ...needed,
      ...scopesSupported,
    ])
    return withoutOfflineAccess([...new Set(all)])
  }
  const rules = {
    knowsHost: (hostname: string, port: number | undefined) => policy().knowsHost(hostname, port),
  }
  const { maxLifetime } = limits
  return {
    sections: [createTokenSection({ login, tokens })],
    routes: createTokenRoutes({ login, tokens, maxLifetime, rules, scopes }),
  }
}
