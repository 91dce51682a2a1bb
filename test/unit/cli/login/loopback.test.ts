// The one address that waits for a browser. RFC 8252 §8

import { request } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { type Loopback, listenForAnswer } from '../../../../src/cli/login/loopback.ts'

let open: Loopback | undefined
afterEach(() => {
  open?.close()
  open = undefined
})

async function listen(patience = 60): Promise<Loopback> {
  open = await listenForAnswer('right', patience)
  return open
}

/** Status of the answer, asked with any method and Host. */
const ask = (address: string, host?: string, method = 'GET'): Promise<number> =>
  new Promise((resolve, reject) => {
    const headers = host === undefined ? {} : { host }
    const sent = request(address, { method, headers }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    sent.once('error', reject)
    sent.end()
  })

describe('listenForAnswer()', () => {
  test('gives the address a browser came with', async () => {
    const { redirectUri, answer } = await listen()
    expect(redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/)
    expect(await ask(`${redirectUri}?code=c&state=right`)).toBe(200)
    expect((await answer).href).toBe(`${redirectUri}?code=c&state=right`)
  })

  test('waits on when somebody knocks who is not the answer, and takes one answer', async () => {
    const { redirectUri, answer } = await listen()
    const good = `${redirectUri}?code=c&state=right`
    const { port } = new URL(redirectUri)
    expect(await ask(`${redirectUri}?code=x&state=wrong`)).toBe(404)
    expect(await ask(`${redirectUri}?code=x`)).toBe(404)
    expect(await ask(`${redirectUri}?code=x&state=right&state=right`)).toBe(404)
    expect(await ask(good, undefined, 'POST')).toBe(404)
    expect(await ask(good, `evil.example:${port}`)).toBe(404)
    expect(await ask(good, `localhost:${port}`)).toBe(404)
    expect(await ask(good.replace('/callback', '/'))).toBe(404)
    expect(await ask(good)).toBe(200)
    expect(await ask(`${redirectUri}?code=second&state=right`)).toBe(404)
    expect((await answer).searchParams.get('code')).toBe('c')
  })

  test('gives up in time', async () => {
    const { answer } = await listen(0.05)
    await expect(answer).rejects.toThrow('No answer came')
  })
})
