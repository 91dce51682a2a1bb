// GET /cdn-cgi/access/certs: the keys of edge auth, where applications written for Cloudflare Access look for them.

import { type Context, Hono } from 'hono'
import type { EdgeTokens } from '../ports/edge-tokens.ts'
import { json, publicCors } from './reply.ts'

export const certificatesPath = '/cdn-cgi/access/certs'

export type EdgeKeysDependencies = {
  readonly tokens: Pick<EdgeTokens, 'certificates'>
  /** Gateways and our own host. */
  readonly isOurs: (c: Context) => boolean
}

/** Makes the route; other hosts are left to whatever comes next. */
export function createEdgeKeysRoute({ tokens, isOurs }: EdgeKeysDependencies): Hono {
  return new Hono().get(certificatesPath, async (c, next) => {
    if (!isOurs(c)) return next()
    const headers = { ...publicCors, 'Cache-Control': 'public, max-age=300' }
    return json(200, await tokens.certificates(), { headers })
  })
}
