// Who is behind a token, and what may clients know of them? OpenID Connect Core 1.0 §5.1.

import type { Account, FindAccount, KoaContextWithOIDC } from 'oidc-provider'
import type { Visitor } from '../ports/authorization-server.ts'
import type { Identity } from '../protocol/identity.ts'
import type { EngineDependencies } from './dependencies.ts'
import type { Visitors } from './visitors.ts'

/** Scope to the claims that it lets a client see. */
export const claimsByScope = {
  openid: ['sub'],
  profile: ['name', 'preferred_username'],
  email: ['email', 'email_verified'],
  groups: ['groups'],
}

// A token travels in a header; whoever is in a thousand groups still has to get through.
const maxGroupsLength = 3_000

/** The claims about a person; what is not known is left out (mcp.md AS-10). */
export function claimsOf(identity: Identity): Record<string, unknown> {
  const { email, unverifiedEmail, name, preferredUsername, groups } = identity
  const address = email ?? unverifiedEmail
  return {
    ...(address === undefined ? {} : { email: address, email_verified: email !== undefined }),
    ...(name === undefined ? {} : { name }),
    ...(preferredUsername === undefined ? {} : { preferred_username: preferredUsername }),
    ...(groups.length === 0 || groups.join().length > maxGroupsLength
      ? {}
      : { groups: [...groups] }),
  }
}

export type Accounts = {
  readonly find: FindAccount
  /** Who it is, as of the last sign-in; undefined when the account is not allowed any more. */
  readonly identify: (
    ctx: KoaContextWithOIDC | undefined,
    account: string,
  ) => Promise<Identity | undefined>
}

// At the token endpoint whatever cookies come along are nobody's.
const visited: readonly string[] = ['authorization', 'resume', 'code_verification', 'device_resume']

const findVisitor = async (
  { oidc, req }: KoaContextWithOIDC,
  visitors: Visitors,
): Promise<Visitor | undefined> =>
  visited.includes(oidc.route) ? visitors.current(req) : undefined

/** Accounts are judged anew each time: a token is never renewed for somebody who was taken off the list (R86). */
export function createAccounts(
  { store, isAllowed }: Pick<EngineDependencies, 'store' | 'isAllowed'>,
  visitors: Visitors,
): Accounts {
  const identify: Accounts['identify'] = async (ctx, account) => {
    const visitor = ctx === undefined ? undefined : await findVisitor(ctx, visitors)
    const identity =
      visitor?.account === account
        ? visitor.identity
        : (await store.snapshots.find(account))?.identity
    if (identity === undefined || !(await isAllowed(identity))) return undefined
    return identity
  }
  return {
    identify,
    find: async (ctx, account): Promise<Account | undefined> => {
      const identity = await identify(ctx, account)
      if (identity === undefined) return undefined
      return { accountId: account, claims: () => ({ sub: account, ...claimsOf(identity) }) }
    },
  }
}
