// The clients that a person has let in: shown, ended, told of the end (security.md R77).

import type Provider from 'oidc-provider'
import type { Client } from 'oidc-provider'
import type { AuthorizationServer, ClientGrant } from '../ports/authorization-server.ts'
import type { GrantSummary } from '../ports/authorization-store.ts'
import { parseScope } from '../protocol/scope.ts'
import type { Exchange } from './consent.ts'
import type { EngineParts } from './dependencies.ts'
import { plainAccess } from './resources.ts'

type Offered = Pick<AuthorizationServer<Exchange>, 'listGrants' | 'endGrant' | 'noticeOfLogout'>

type Read = { readonly resource: string | undefined; readonly scopes: readonly string[] }

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

function readGrant({ payload }: GrantSummary): Read {
  const parsed: unknown = JSON.parse(payload)
  const grant = isRecord(parsed) ? parsed : {}
  const resources = isRecord(grant['resources']) ? Object.entries(grant['resources']) : []
  const openid = isRecord(grant['openid']) ? grant['openid']['scope'] : undefined
  const texts = [openid, ...resources.map(([, scope]) => scope)]
  const scopes = texts.flatMap((text) => (typeof text === 'string' ? parseScope(text) : []))
  return {
    resource: resources[0]?.[0],
    scopes: [...new Set(scopes)].filter((scope) => scope !== plainAccess),
  }
}

/** Several grants of one client for one resource are one line to its owner. */
const keyOf = (grant: GrantSummary): string =>
  JSON.stringify([grant.clientId, readGrant(grant).resource])

/** By the account's name alone: the library's sessions end with ours, and so do their ids. */
async function tellOfLogout(client: Client, account: string): Promise<boolean> {
  const tell: unknown = Reflect.get(client, 'backchannelLogout')
  if (typeof tell !== 'function') return false
  try {
    await Reflect.apply(tell, client, [account])
    return true
  } catch {
    return false
  }
}

export function createAccountGrants(
  { dependencies }: EngineParts,
  current: () => Promise<Provider>,
): Offered {
  const { store, now, log } = dependencies
  const { artifacts } = store

  const nameOf = async (clientId: string): Promise<string | undefined> => {
    const provider = await current()
    return (await provider.Client.find(clientId).catch(() => undefined))?.clientName
  }

  const merge = async (grants: readonly GrantSummary[]): Promise<ClientGrant | undefined> => {
    const [newest] = grants
    if (newest === undefined) return undefined
    const uses = grants.map(({ lastUsedAt }) => lastUsedAt ?? 0)
    const lastUsedAt = grants.find((grant) => grant.lastUsedAt === Math.max(...uses))?.lastUsedAt
    return {
      grantId: newest.grantId,
      clientId: newest.clientId,
      clientName: await nameOf(newest.clientId),
      resource: readGrant(newest).resource,
      scopes: [...new Set(grants.flatMap((grant) => readGrant(grant).scopes))],
      createdAt: newest.createdAt,
      lastUsedAt,
    }
  }

  const notTold = (account: string, fault: unknown): void =>
    log.warn('client.not_told_of_logout', { account, reason: String(fault) })

  const tellAll = async (clientIds: ReadonlySet<string>, account: string): Promise<void> => {
    const provider = await current()
    for (const clientId of clientIds) {
      const client = await provider.Client.find(clientId).catch(() => undefined)
      if (client?.backchannelLogoutUri === undefined) continue
      if (await tellOfLogout(client, account)) {
        log.info('client.told_of_logout', { client: clientId, account })
      } else log.warn('client.not_told_of_logout', { client: clientId, account })
    }
  }

  return {
    listGrants: async (account) => {
      const grants = await artifacts.listGrants(account, now())
      const byKey = Map.groupBy(grants, keyOf)
      const merged = await Promise.all([...byKey.values()].map(merge))
      return merged.filter((one) => one !== undefined)
    },
    endGrant: async (account, grantId) => {
      const grants = await artifacts.listGrants(account, now())
      const ended = grants.find((grant) => grant.grantId === grantId)
      if (ended === undefined) return 'unknown'
      const all = grants.filter((grant) => keyOf(grant) === keyOf(ended))
      for (const grant of all) await artifacts.destroyGrant(grant.grantId)
      log.info('grant.ended', { client: ended.clientId, account, by: 'account' })
      return 'ended'
    },
    noticeOfLogout: async (account) => {
      try {
        const grants = await artifacts.listGrants(account, now())
        const clientIds = new Set(grants.map(({ clientId }) => clientId))
        return () => tellAll(clientIds, account).catch((fault) => notTold(account, fault))
      } catch (fault) {
        notTold(account, fault)
        return async () => {}
      }
    },
  }
}
