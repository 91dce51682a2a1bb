// The pages that the library wants, rendered by ours. What it would run as a script it gets no chance to.

import type { Client, Configuration, KoaContextWithOIDC } from 'oidc-provider'
import type { ServerPage } from '../ports/authorization-pages.ts'
import type { EngineParts } from './dependencies.ts'
import { termsOf } from './grants.ts'
import { findResource, plainAccess } from './resources.ts'
import type { Visitors } from './visitors.ts'

type Features = NonNullable<Configuration['features']>

/** Asked by browsers, answered with pages; everywhere else an error is JSON. */
const browserRoutes: readonly string[] = [
  'authorization',
  'resume',
  'code_verification',
  'device_resume',
  'end_session',
  'end_session_confirm',
  'end_session_success',
]

/** Puts a page of ours into the answer. */
export async function showPage(
  ctx: Pick<KoaContextWithOIDC, 'get' | 'set' | 'body' | 'remove'>,
  page: ServerPage,
  { dependencies }: EngineParts,
): Promise<void> {
  const { body, headers } = await dependencies.renderPage(
    page,
    ctx.get('Accept-Language') || undefined,
  )
  ctx.body = body
  ctx.set({ ...headers })
}

const unknownCode: readonly string[] = ['NotFoundError', 'NoCodeError', 'ExpiredError']

const faultOf = (fault: unknown): 'unknown-code' | 'refused' | undefined => {
  if (!(fault instanceof Error)) return undefined
  return unknownCode.includes(fault.name) ? 'unknown-code' : 'refused'
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined

const secretOf = ({ oidc }: KoaContextWithOIDC): string => String(oidc.session?.state?.['secret'])

/** Errors that are not told to a client's redirect URI. */
export const createErrorRenderer =
  (parts: EngineParts): NonNullable<Configuration['renderError']> =>
  async (ctx, out, fault) => {
    if (!browserRoutes.includes(ctx.oidc.route)) {
      const { error, error_description } = out
      ctx.body = { error, error_description }
      return
    }
    const id = parts.dependencies.newId()
    const { error, error_description: description } = out
    parts.dependencies.log.info('authorization.refused', {
      decisionId: id,
      error,
      reason: fault instanceof Error ? String(Reflect.get(fault, 'error_detail') ?? '') : undefined,
      client: ctx.oidc.client?.clientId,
    })
    await showPage(ctx, { kind: 'problem', error, description, id }, parts)
  }

/** What a device asks for, for the person to judge. */
function describeDevice(ctx: KoaContextWithOIDC, client: Client, { settings }: EngineParts) {
  const asked: unknown = ctx.oidc.deviceCode?.['params']
  const terms = termsOf(typeof asked === 'object' && asked !== null ? { ...asked } : {})
  return {
    client: client.clientName ?? client.clientId,
    verified: settings.clients.some(({ id }) => id === client.clientId),
    resource: findResource(terms.resource, settings, client.clientId),
    scopes: terms.scopes
      .filter((scope) => scope !== plainAccess)
      .map((scope) => ({ scope, description: settings.scopeDescriptions[scope] })),
  }
}

/** Device flow and sign-out. RFC 8628, OpenID Connect RP-Initiated Logout 1.0 */
export function createPageFeatures(
  parts: EngineParts & { readonly visitors: Visitors },
): Pick<Features, 'deviceFlow' | 'rpInitiatedLogout'> {
  return {
    deviceFlow: {
      enabled: true,
      charset: 'base-20',
      mask: '****-****',
      deviceInfo: () => ({}),
      userCodeInputSource: async (ctx, _form, _out, fault) => {
        const action = ctx.oidc.urlFor('code_verification')
        const given: unknown = ctx.state['userCode']
        const code = typeof given === 'string' ? given : undefined
        const page = { action, token: secretOf(ctx), code, fault: faultOf(fault) }
        await showPage(ctx, { kind: 'device-code', ...page }, parts)
      },
      userCodeConfirmSource: async (ctx, _form, ...[client, , code]) => {
        const action = ctx.oidc.urlFor('code_verification')
        const page = { action, token: secretOf(ctx), code, ...describeDevice(ctx, client, parts) }
        await showPage(ctx, { kind: 'device-confirmation', ...page }, parts)
      },
      successSource: async (ctx) => showPage(ctx, { kind: 'device-done' }, parts),
    },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: async (ctx) => {
        const action = ctx.oidc.urlFor('end_session_confirm')
        const { client, session } = ctx.oidc
        const returnUri = textOf(session?.state?.['postLogoutRedirectUri'])
        const page = { action, token: secretOf(ctx), client: client?.clientName, returnUri }
        await showPage(ctx, { kind: 'sign-out', ...page }, parts)
      },
      postLogoutSuccessSource: async (ctx) => {
        // Whoever stays comes here too, when the client names no page of its own.
        const visitor = await parts.visitors.current(ctx.req)
        const kind = visitor === undefined ? 'signed-out' : 'still-signed-in'
        await showPage(ctx, { kind }, parts)
      },
    },
  }
}
