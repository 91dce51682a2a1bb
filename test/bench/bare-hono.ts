// The yardstick: the least that Hono can do and still look like an answer of the decision endpoint.
// With an issuer as argument it also verifies the token on every request, with jose and nothing else.

import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { createRemoteJWKSet, jwtVerify } from 'jose'

const [port = '0', issuer] = process.argv.slice(2)

const answer = () =>
  new Response(null, {
    status: 200,
    headers: {
      'X-Forwarded-User': 'alice@example.com',
      'X-Forwarded-Email': 'alice@example.com',
      'X-Forwarded-Groups': 'staff',
      'X-Forwarded-Scopes': 'mcp:tools',
      'Content-Length': '0',
    },
  })

const app = new Hono()
if (issuer === undefined) {
  app.get('*', answer)
} else {
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`), {
    cacheMaxAge: Number.POSITIVE_INFINITY,
  })
  app.get('*', async (context) => {
    const token = context.req.header('authorization')?.slice('Bearer '.length)
    if (token === undefined) return new Response(null, { status: 401 })
    await jwtVerify(token, keys, { issuer, algorithms: ['RS256'], typ: 'at+jwt' })
    return answer()
  })
}

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(port) })
