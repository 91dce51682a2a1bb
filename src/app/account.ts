// The page of one's own account, with the parts that the settings give it.

import type { Hono } from 'hono'
import { openingsOf } from '../access/openings.ts'
import type { Settings } from '../config/settings.ts'
import { createAccountRoutes } from '../http/account.ts'
import { createFactorRoutes, createFactorSection } from '../http/account-factors.ts'
import { createReachSection } from '../http/account-reach.ts'
import { createSessionsRoutes, createSessionsSection } from '../http/account-sessions.ts'
import { createInvitationRoutes } from '../http/invitation.ts'
import type { LoginDependencies } from '../http/login-context.ts'
import type { Identity } from '../protocol/identity.ts'
import { createAccountTokens } from './account-tokens.ts'
import type { AppParts } from './parts.ts'

export function createAccount(settings: Settings, parts: AppParts, login: LoginDependencies): Hono {
  const { authorizationServer: server, ownAccounts: own } = parts
  const tokens = createAccountTokens(settings, parts, login)
  const sessions = {
    login,
    tokens: settings.personalTokens === undefined ? undefined : parts.store.personalTokens,
  }
  const descriptions = settings.authorizationServer?.scopeDescriptions ?? {}
  const describeScope = (scope: string) => descriptions[scope]
  const factors = own === undefined ? [] : [createFactorSection({ own, login })]
  const openings = (identity: Identity) => openingsOf(parts.policy(), identity)
  const sections = [
    createSessionsSection(sessions),
    ...factors,
    ...tokens.sections,
    createReachSection(openings, login),
  ]
  const routes = createAccountRoutes({ login, server, describeScope, sections })
    .route('/', createSessionsRoutes(sessions))
    .route('/', tokens.routes)
  return own === undefined
    ? routes
    : routes
        .route('/', createFactorRoutes({ own, login }))
        .route('/', createInvitationRoutes({ own, login }))
}
