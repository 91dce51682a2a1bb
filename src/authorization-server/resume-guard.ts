// Checks around the library's own steps in a browser: who finishes must be who agreed, in the browser that began
// (security.md R74); and what the library would do with a script is done without.

import type Provider from 'oidc-provider'
import type { Interaction, KoaContextWithOIDC } from 'oidc-provider'
import type { Binding } from './binding.ts'
import type { EngineParts } from './dependencies.ts'
import { readBeginning } from './interaction-policy.ts'
import { showPage } from './library-pages.ts'
import type { Handlings } from './middleware.ts'
import { resumeCookie } from './provider-configuration.ts'
import type { Visitors } from './visitors.ts'

type Ports = {
  readonly provider: Provider
  readonly binding: Binding
  readonly visitors: Visitors
  readonly handlings: Handlings
}

type Next = () => Promise<unknown>

const resumes: readonly string[] = ['resume', 'device_resume']

/** Which pending authorization an address goes on with. */
const uidOf = (path: string): string | undefined => /\/([\w-]+)$/.exec(path)?.[1]

/** The account that decided, in whichever way. */
function accountOf({ result }: Interaction): unknown {
  return result?.login?.accountId ?? result?.['account']
}

export function createResumeGuard(
  parts: EngineParts,
  { provider, binding, visitors, handlings }: Ports,
) {
  const { dependencies } = parts

  const isRightBrowser = async (ctx: KoaContextWithOIDC): Promise<boolean> => {
    const uid = uidOf(ctx.path)
    if (uid === undefined) return false
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
    const endpoint = handlings.get(ctx.req)?.endpoint.name ?? ''
    if (resumes.includes(endpoint) && !(await isRightBrowser(ctx))) return refuse(ctx)
    if (ctx.method === 'GET' && endpoint === 'device') {
      // The library would send the code on by a script; here the person sees it and sends it.
      const code = new URLSearchParams(ctx.querystring).get('user_code')
      ctx.state['userCode'] = code?.slice(0, 32) ?? undefined
      ctx.querystring = ''
    }
    await next()
    const isSignedOut = endpoint === 'end_session_confirm' && ctx.status === 303
    if (isSignedOut && ctx.oidc.params?.['logout'] !== undefined) await endVisit(ctx)
  }
}
