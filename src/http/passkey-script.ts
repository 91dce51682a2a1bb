// GET /passkeys.js: the script of the pages with passkeys, from our own origin because pages load from no other.

import type { Hono } from 'hono'
import { passkeyScript } from '../pages/passkey-script.ts'
import { type LoginDependencies, linkTo } from './login-context.ts'
import { script } from './reply.ts'

const scriptPath = '/passkeys.js'

export const passkeyScriptUrl = (deps: LoginDependencies): string =>
  linkTo(scriptPath, undefined, deps)

/** Where a form with a passkey goes, and where its options come from. */
export const passkeyLinks = (path: string, deps: LoginDependencies) => ({
  action: linkTo(path, undefined, deps),
  optionsUrl: linkTo(`${path}/options`, undefined, deps),
  scriptUrl: passkeyScriptUrl(deps),
})

export const addPasskeyScript = (routes: Hono): Hono =>
  routes.get(scriptPath, () => script(passkeyScript))
