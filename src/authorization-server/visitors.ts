// The library's session follows ours: who is signed in is decided in one place only.

import type { IncomingMessage } from 'node:http'
import type Provider from 'oidc-provider'
import type { Session } from 'oidc-provider'
import type { Visitor } from '../ports/authorization-server.ts'
import type { EngineDependencies } from './dependencies.ts'

export type Visitors = {
  /** Who is signed in in the browser that sent this; asked once for each request. */
  readonly current: (request: IncomingMessage) => Promise<Visitor | undefined>
}

export function createVisitors({ findVisitor }: Pick<EngineDependencies, 'findVisitor'>): Visitors {
  const known = new WeakMap<IncomingMessage, Promise<Visitor | undefined>>()
  return {
    current: (request) => {
      const found = known.get(request) ?? findVisitor(request.headers.cookie)
      known.set(request, found)
      return found
    },
  }
}

/** The library's session as it has to be for this visitor. */
async function follow(
  session: Session,
  visitor: Visitor | undefined,
  fresh: () => Session,
): Promise<Session> {
  const isSame = session.accountId === visitor?.account
  if (isSame && session.loginTs === visitor?.signedInAt) return session
  if (!isSame && session.accountId !== undefined) await session.destroy()
  if (visitor === undefined) return session.accountId === undefined ? session : fresh()
  // One that is made anew is always written; the library writes others only once it has changed them itself.
  const next = isSame ? session : fresh()
  next.loginAccount({ accountId: visitor.account, loginTs: visitor.signedInAt })
  return next
}

/** Makes every session that the library loads that of the visitor, or of nobody. */
export function followVisitors(provider: Provider, visitors: Visitors): void {
  const { Session: Model } = provider
  const get = Model.get.bind(Model)
  Object.defineProperty(Model, 'get', {
    value: async (ctx: Parameters<typeof get>[0]) => {
      const visitor = await visitors.current(ctx.req)
      const loaded = await get(ctx)
      const session = await follow(loaded, visitor, () => Reflect.construct(Model, [{}]))
      ctx['oidc']?.entity('Session', session)
      return session
    },
  })
}
