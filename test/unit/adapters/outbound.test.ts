import { execFile } from 'node:child_process'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { createGuardedFetch, isLoopbackHost } from '../../../src/adapters/outbound.ts'

const execute = promisify(execFile)
const running: { close: () => void }[] = []
afterEach(() => {
  for (const server of running.splice(0)) server.close()
})

async function listen(server: Server | ReturnType<typeof createTcpServer>): Promise<string> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  running.push({
    close: () => {
      server.close()
      if ('closeAllConnections' in server) server.closeAllConnections()
    },
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}`
}

const serve = (listener: RequestListener) => listen(createServer(listener))
const guarded = createGuardedFetch({ allowInsecureLoopback: true })

describe('createGuardedFetch()', () => {
  test('sends method, headers and a form and gives the answer back', async () => {
    const base = await serve(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      response.setHeader('x-one', 'yes')
      response.end(
        JSON.stringify([request.method, request.url, request.headers['content-type'], body]),
      )
    })
    const answer = await guarded(`${base}/token?x=1`, {
      method: 'POST',
      body: new URLSearchParams({ a: 'b c' }),
    })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('x-one')).toBe('yes')
    expect(await answer.json()).toEqual([
      'POST',
      '/token?x=1',
      'application/x-www-form-urlencoded;charset=UTF-8',
      'a=b+c',
    ])
  })

  test('does not follow a redirect (R38)', async () => {
    const asked: (string | undefined)[] = []
    const base = await serve((request, response) => {
      asked.push(request.url)
      response.writeHead(302, { location: '/elsewhere' }).end()
    })
    const answer = await guarded(`${base}/here`)
    expect(answer.status).toBe(302)
    expect(asked).toEqual(['/here'])
  })

  test('passes over a proxy of the environment (R38)', async () => {
    const proxied: string[] = []
    const proxy = await serve((request, response) => {
      proxied.push(request.url ?? '')
      response.end('from the proxy')
    })
    const base = await serve((_, response) => response.end('direct'))
    const module = new URL('../../../src/adapters/outbound.ts', import.meta.url)
    // Node reads these when it starts, so another process has to ask; its global agent shows that they count.
    const script = `
      import { get } from 'node:http'
      import { createGuardedFetch } from ${JSON.stringify(module.href)}
      const guarded = createGuardedFetch({ allowInsecureLoopback: true })
      get('${base}', async (message) => {
        for await (const chunk of message) console.log(String(chunk))
        console.log(await (await guarded('${base}')).text())
      })`
    const { stdout } = await execute(process.execPath, ['--input-type=module', '-e', script], {
      env: { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxy, http_proxy: proxy },
    })
    expect(stdout).toBe('from the proxy\ndirect\n')
    expect(proxied.length).toBe(1)
  })

  test('stops reading when the body passes the limit, whatever the length header says (R38)', async () => {
    let written = 0
    const base = await serve((_, response) => {
      const more = () => {
        while (written < 64 * 1024 * 1024) {
          written += 65536
          if (!response.write('x'.repeat(65536))) return
        }
        response.end()
      }
      response.on('drain', more)
      more()
    })
    await expect(guarded(base)).rejects.toThrow('longer than 262144 bytes')
    expect(written).toBeLessThan(16 * 1024 * 1024)
  })

  test('connects where the look-up says and keeps the name in Host (R106)', async () => {
    const base = await serve((request, response) => response.end(request.headers.host))
    const looked: string[] = []
    const addressesOf = async (name: string) => (looked.push(name) ? ['127.0.0.1'] : [])
    const pinned = createGuardedFetch({ allowInsecureLoopback: true, addressesOf })
    const { port } = new URL(base)
    // "localhost" is the only name that may be asked without TLS.
    expect(await (await pinned(`http://localhost:${port}/`)).text()).toBe(`localhost:${port}`)
    expect(looked).toEqual(['localhost'])
  })

  test('gives up when the look-up takes too long, and frees its place', async () => {
    const lookups = [() => new Promise<string[]>(() => {}), async () => ['127.0.0.1']]
    const base = await serve((_, response) => response.end('found'))
    const pinned = createGuardedFetch({
      allowInsecureLoopback: true,
      addressesOf: async () => (await lookups.shift()?.()) ?? [],
      timeoutMs: 1000,
      maxInFlight: 1,
    })
    await expect(pinned(base)).rejects.toThrow('Look-up took too long')
    expect(await (await pinned(base)).text()).toBe('found')
  })

  test('takes a body of exactly the limit', async () => {
    const base = await serve((_, response) => response.end('x'.repeat(262_144)))
    expect((await (await guarded(base)).text()).length).toBe(262_144)
  })

  test('refuses a compressed answer that it did not ask for', async () => {
    const base = await serve((request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' })
      response.end(request.headers['accept-encoding'])
    })
    await expect(guarded(base)).rejects.toThrow('compressed')
  })

  test('gives up when the whole exchange takes too long, also in the middle of the body (R38)', async () => {
    const quick = createGuardedFetch({ allowInsecureLoopback: true, timeoutMs: 100 })
    const silent = await serve(() => {})
    const dripping = await serve((_, response) => {
      response.write('{')
    })
    await expect(quick(silent)).rejects.toMatchObject({ name: 'TimeoutError' })
    await expect(quick(dripping)).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  test('gives up when TLS is not there in time (R38)', async () => {
    const mute = (await listen(createTcpServer(() => {}))).replace('http:', 'https:')
    const quick = createGuardedFetch({ allowInsecureLoopback: true, connectTimeoutMs: 100 })
    const begun = performance.now()
    await expect(quick(mute)).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(performance.now() - begun).toBeLessThan(2000)
  })

  test('rejects with the reason of the signal when the caller gives up', async () => {
    const base = await serve(() => {})
    const reason = new Error('no longer wanted')
    const signal = AbortSignal.abort(reason)
    await expect(guarded(base, { signal })).rejects.toBe(reason)
    const later = new AbortController()
    setTimeout(() => later.abort(reason), 20)
    await expect(guarded(base, { signal: later.signal })).rejects.toBe(reason)
  })

  test('rejects when the answer breaks off', async () => {
    const base = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('short', () => response.destroy())
    })
    await expect(guarded(base)).rejects.toThrow()
  })

  test('refuses the call after the fiftieth at once and recovers (R136)', async () => {
    const release: (() => void)[] = []
    const base = await serve((_, response) => {
      release.push(() => response.end('ok'))
      if (release.length === 50) for (const end of release) end()
      if (release.length > 50) response.end('ok')
    })
    const held = Array.from({ length: 50 }, () => guarded(base))
    await expect(guarded(base)).rejects.toThrow('Too many outbound calls')
    expect((await Promise.all(held)).length).toBe(50)
    expect((await guarded(base)).status).toBe(200)
  })

  test.each([
    ['http://issuer.example.com/', true],
    ['http://127.0.0.1/', false],
    ['http://localhost/', false],
    ['http://127.0.0.1.example.com/', true],
    ['http://localhost.example.com/', true],
    ['http://10.0.0.1/', true],
    ['ftp://127.0.0.1/', true],
    ['file:///etc/passwd', true],
    ['data:application/json,{}', true],
    ['https://user:pass@issuer.example.com/', true],
    ['not a url', true],
  ])('refuses %s without a call (R38)', async (url, allowInsecureLoopback) => {
    await expect(createGuardedFetch({ allowInsecureLoopback })(url)).rejects.toThrow(
      /Cannot ask|Invalid URL/,
    )
  })
})

describe('isLoopbackHost()', () => {
  test.each([
    ['http://127.0.0.1', true],
    ['http://127.9.8.7', true],
    ['http://2130706433', true],
    ['http://[::1]', true],
    ['http://localhost', true],
    ['http://LOCALHOST', true],
    ['http://[::ffff:127.0.0.1]', false],
    ['http://128.0.0.1', false],
    ['http://127.example.com', false],
  ])('of %s is %s', (url, expected) => {
    expect(isLoopbackHost(new URL(url).hostname)).toBe(expected)
  })
})
