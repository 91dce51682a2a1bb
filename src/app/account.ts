// The page of one's own account, with the parts that the settings give it.

import type { Hono } from 'hono'
import type { Settings } from '../config/settings.ts'
import { createAccountRoutes } from '../http/account.ts'
import type { LoginDependencies } from '../http/login-context.ts'
import type { AppParts } from './parts.ts'

export function createAccount(
  { authorizationServer: settings }: Settings,
  { authorizationServer: server }: AppParts,
  login: LoginDependencies,
): Hono {
  const descriptions = settings?.scopeDescriptions ?? {}
  return createAccountRoutes({ login, server, describeScope: (scope) => descriptions[scope] })
}
