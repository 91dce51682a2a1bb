// Checks around the library's own steps in a browser: who finishes must be who agreed, in the browser that began
// (security.md R74); and what the library would do with a script is done without.

import type Provider from 'oidc-provider'
import type { Interaction, KoaContextWithOIDC } from 'oidc-provider'
import type { Binding } from './binding.ts'
import type { EngineParts } from './dependencies.ts'
import { readBeginning } from './interaction-policy.ts'
import { showPage } from './library-pages.ts'
import { resumeCookie, routes } from './provider-configuration.ts'
import type { Visitors } from './visitors.ts'

type Ports = {
  readonly provider: Provider
  readonly binding: Binding
  readonly visitors: Visitors
}

type Next = () => Promise<unknown>

const uidOf = (path: string): string | undefined =>
  new RegExp(`^(?:${routes.authorization}|${routes.code_verification})/([\\w-]+)$`).exec(path)?.[1]

/** The account that decided, in whichever way. */
function accountOf({ result }: Interaction): unknown {
  return result?.login?.accountId ?? result?.['account']
}

export function createResumeGuard(parts: EngineParts, { provider, binding, visitors }: Ports) {
  const { dependencies } = parts

  const isRightBrowser = async (ctx: KoaContextWithOIDC, uid: string): Promise<boolean> => {
    // The library goes by the cookie, whatever the address says, and a neighbouring host can plant that one.
    const planted = ctx.cookies.get(resumeCookie, { signed: false })
    if (planted !== undefined && planted !== uid) return false
    const interaction = await provider.Interaction.find(uid)
    if (interaction === undefined) return true
    const beginning = readBeginning(interaction.prompt.details)
    if (beginning === undefined || !binding.isBound(ctx.cookies, beginning.browser)) return false
    const account = accountOf(interaction)
    return account === undefined || account === (await visitors.current(ctx.req))?.account
  }

  const refuse = async (ctx: KoaContextWithOIDC): Promise<void> => {
    const id = dependencies.newId()
    dependencies.log.warn('authorization.wrong_browser', { decisionId: id })
    ctx.status = 403
    const description = 'this is not the browser, or not the account, that began'
    await showPage(ctx, { kind: 'problem', error: 'access_denied', description, id }, parts)
  }

  /** The person was asked on our page: the session ends here too. */
  const endVisit = async (ctx: KoaContextWithOIDC): Promise<void> => {
    const ended = await dependencies.endVisit(ctx.req.headers.cookie)
    const before = ctx.response.get('Set-Cookie')
    ctx.set(
      'Set-Cookie',
      [before, ended].flat().filter((one) => one !== ''),
    )
  }

  return async (ctx: KoaContextWithOIDC, next: Next): Promise<void> => {
    const uid = ctx.method === 'GET' ? uidOf(ctx.path) : undefined
    if (uid !== undefined && !(await isRightBrowser(ctx, uid))) return refuse(ctx)
    if (ctx.method === 'GET' && ctx.path === routes.code_verification) {
      // The library would send the code on by a script; here the person sees it and sends it.
      const code = new URLSearchParams(ctx.querystring).get('user_code')
      ctx.state['userCode'] = code?.slice(0, 32) ?? undefined
      ctx.querystring = ''
    }
    await next()
    const isSignedOut = ctx.path === `${routes.end_session}/confirm` && ctx.status === 303
    if (isSignedOut && ctx.oidc.params?.['logout'] !== undefined) await endVisit(ctx)
  }
}
