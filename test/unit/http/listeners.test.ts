import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createDecisionServer, createPublicServer } from '../../../src/http/listeners.ts'
import { sendRaw } from '../../support/raw-request.ts'

const answerOk = (_: unknown, outgoing: { end: (text: string) => void }) => outgoing.end('ok')

const doors = [
  ['public', createPublicServer, 16, 10_000, 15_000],
  ['private', createDecisionServer, 64, 5_000, 5_000],
] as const

describe.each(doors)('the %s listener', (_, create, kibibytes, headers, request) => {
  test('ends slow requests and outlasts the pools of proxies (R122)', () => {
    const server = create(answerOk)
    expect(server).toMatchObject({
      headersTimeout: headers,
      requestTimeout: request,
      maxConnections: 10_000,
      keepAliveTimeout: 125_000,
    })
  })

  test(`answers 431 to more than ${kibibytes} KiB of headers (R118)`, async () => {
    const server: Server = create(answerOk)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const send = (size: number) =>
      sendRaw({ port }, ['GET / HTTP/1.1', 'Host: x', `X: ${'a'.repeat(size)}`])
    expect((await send((kibibytes - 1) * 1024)).status).toBe(200)
    expect((await send((kibibytes + 1) * 1024)).status).toBe(431)
    server.close()
  })
})
