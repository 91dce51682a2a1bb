import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { createAsk } from '../../../../src/cli/doctor/ask.ts'

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

async function serve(listener: RequestListener) {
  const started = createServer(listener)
  server = started
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve))
  return { host: '127.0.0.1', port: (started.address() as AddressInfo).port }
}

test('createAsk() keeps the name when it connects elsewhere, and follows no redirect', async () => {
  const connect = await serve((incoming, outgoing) => {
    outgoing.writeHead(302, {
      Location: '/other',
      'X-Seen': `${incoming.headers.host}${incoming.url}`,
    })
    outgoing.end('body')
  })
  const asked = await createAsk(connect)(new URL('http://app.example.com:8080/a%2Fb?x=1'), {
    A: 'b',
  })
  expect(asked).toMatchObject({ kind: 'answer', status: 302, body: 'body' })
  expect(asked.kind === 'answer' && asked.headers['x-seen']).toEqual([
    'app.example.com:8080/a%2Fb?x=1',
  ])
})

test('createAsk() keeps repeated headers apart', async () => {
  const connect = await serve((_, outgoing) => {
    outgoing.writeHead(401, ['WWW-Authenticate', 'Bearer', 'WWW-Authenticate', 'Basic']).end()
  })
  const asked = await createAsk(connect)(new URL('http://app.example.com/'))
  expect(asked.kind === 'answer' && asked.headers['www-authenticate']).toEqual(['Bearer', 'Basic'])
})

test('createAsk() stops reading an answer that does not end', async () => {
  const connect = await serve((_, outgoing) => {
    outgoing.write('x'.repeat(300 * 1024))
  })
  const asked = await createAsk(connect)(new URL('http://app.example.com/'))
  expect(asked.kind === 'answer' && asked.body.length).toBe(256 * 1024)
})

test('createAsk() says why there is no answer', async () => {
  const connect = await serve((incoming) => incoming.socket.destroy())
  const asked = await createAsk(connect)(new URL('http://app.example.com/'))
  expect(asked).toEqual({ kind: 'fault', reason: expect.stringMatching(/hang up|reset/i) })
})
