// The other end of the relay: what the public OpenShell command line does while it waits.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The command line's side of the relay, as the public OpenShell command line is: Origin, preflight, one try, 120 s. */
export async function startCommandLine(gatewayOrigin: string, code: string) {
  const seen: { method: string; origin: string | undefined; type: string | undefined }[] = []
  let settle: (token: string | undefined) => void = () => {}
  const received = new Promise<string | undefined>((resolve) => {
    settle = resolve
  })
  let open = true
  const server = createServer((request, response) => {
    const { method = '', headers } = request
    seen.push({ method, origin: headers.origin, type: headers['content-type'] })
    const reply = (status: number, body: unknown) => {
      response.writeHead(status, {
        'Access-Control-Allow-Origin': gatewayOrigin,
        'Access-Control-Allow-Methods': 'POST, OPTIONS',
        'Access-Control-Allow-Headers': 'Content-Type',
        'Access-Control-Max-Age': '60',
        Vary: 'Origin',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      })
      response.end(body === undefined ? undefined : JSON.stringify(body))
    }
    // One try: whatever is wrong with it, the command line gives up.
    const giveUp = (status: number, error: string) => {
      if (open) settle(undefined)
      open = false
      reply(status, { ok: false, error })
    }
    if (request.url !== '/callback') return reply(404, undefined)
    if (headers.origin !== gatewayOrigin) return giveUp(403, 'origin not allowed')
    if (method === 'OPTIONS') return reply(204, undefined)
    if (method !== 'POST') return reply(405, { error: 'method not allowed' })
    let body = ''
    request.on('data', (chunk) => {
      body += String(chunk)
    })
    request.on('end', () => {
      const payload: { token?: string; code?: string } = (() => {
        try {
          return JSON.parse(body)
        } catch {
          return {}
        }
      })()
      if (!payload.token || !payload.code) return giveUp(400, 'missing token or code')
      if (payload.code !== code) return giveUp(403, 'confirmation code mismatch')
      if (open) settle(payload.token)
      open = false
      reply(200, { ok: true })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const timer = setTimeout(() => settle(undefined), 120_000)
  const { port } = server.address() as AddressInfo
  return {
    port,
    seen,
    /** The token; undefined when it gave up. */
    received,
    close: async () => {
      clearTimeout(timer)
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
