// The audit trail: what was asked for, given, used and ended, one line each, without any value (R126, R127).

import type { EventEmitter } from 'node:events'
import type Provider from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { EngineParts } from './dependencies.ts'

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined

function describe({ oidc }: KoaContextWithOIDC) {
  const { client, entities } = oidc
  const token = entities.AccessToken ?? entities.ClientCredentials
  return {
    client: client?.clientId,
    account: entities.Account?.accountId ?? oidc.session?.accountId,
    resource: textOf(token?.aud) ?? textOf(oidc.params?.['resource']),
  }
}

/** Turns the library's events into log lines, and notes which grants are used. */
export function createEvents(provider: Provider, { dependencies }: EngineParts): void {
  const { store, now, log } = dependencies

  const noteUse = async (ctx: KoaContextWithOIDC): Promise<void> => {
    const grantId = ctx.oidc.entities.AccessToken?.grantId
    const clientId = ctx.oidc.client?.clientId
    if (grantId !== undefined) await store.artifacts.touchGrant(grantId, now())
    else if (clientId !== undefined) await store.clients.touch(clientId, now())
  }

  provider.on('authorization.accepted', (ctx) => log.info('authorization.accepted', describe(ctx)))
  provider.on('authorization.success', (ctx) => log.info('authorization.granted', describe(ctx)))
  provider.on('authorization.error', (ctx, fault) =>
    log.info('authorization.failed', { ...describe(ctx), error: fault.message }),
  )
  provider.on('grant.success', (ctx) => {
    log.info('token.issued', { ...describe(ctx), grant: textOf(ctx.oidc.params?.['grant_type']) })
    noteUse(ctx).catch((fault: unknown) =>
      log.warn('grant.use_not_noted', { cause: String(fault) }),
    )
  })
  provider.on('grant.error', (ctx, fault) =>
    log.info('token.refused', {
      ...describe(ctx),
      grant: textOf(ctx.oidc.params?.['grant_type'])?.slice(0, 64),
      error: fault.message,
      reason: textOf(Reflect.get(fault, 'error_detail')),
    }),
  )
  provider.on('grant.revoked', (ctx) =>
    log.warn('grant.ended', { ...describe(ctx), by: ctx.oidc.route }),
  )
  provider.on('server_error', (ctx, fault) =>
    log.error('authorization_server.fault', { route: ctx.oidc.route }, fault),
  )
  // Koa would print what nobody listens to; the library's types do not know that it is one.
  const emitter: EventEmitter = provider
  emitter.on('error', (fault: unknown) => log.error('authorization_server.fault', {}, fault))
}
