// What the README promises a newcomer: two commands with the shipped example, and a client that gets the URL alone.

import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answers } from './support/answering.ts'
import { caddyVersion } from './support/caddy.ts'
import { freePorts, scratchDirectory } from './support/loopback.ts'
import { waitForUse } from './support/mcp-answers.ts'
import { type ClientRun, jsonLines, runClient } from './support/mcp-client.ts'
import { prepareFolder } from './support/mcp-stage.ts'
import { type RunningProcess, startProcess } from './support/running-process.ts'
import { mainFile, nodeBinary } from './support/sallyport.ts'
import { copyShipped } from './support/shipped-files.ts'
import { createWebVisitor, type WebPage } from './support/web-visitor.ts'

caddyVersion()
const scratch = scratchDirectory('newcomer')
const running: RunningProcess[] = []
let run: ClientRun | undefined
let folder = ''
let proxyPort = 0

/** Starts them in the order in which they need each other. */
async function startAll(): Promise<void> {
  const [publicPort = 0, decisionPort = 0, ownPort = 0, serverPort = 0] = await freePorts(4)
  proxyPort = ownPort
  const deploy = join(scratch.path, 'deploy')
  copyShipped('deploy', deploy, [
    ['localhost:11000', `localhost:${publicPort}`],
    ['127.0.0.1:11000', `127.0.0.1:${publicPort}`],
    ['decision_port: 11001', `decision_port: ${decisionPort}`],
    ['127.0.0.1:11001', `127.0.0.1:${decisionPort}`],
    ['localhost:8080', `localhost:${proxyPort}`],
    ['127.0.0.1:8000', `127.0.0.1:${serverPort}`],
  ])
  folder = prepareFolder(scratch.path)
  running.unshift(
    await startProcess({
      command: nodeBinary,
      args: [join(folder, 'server/server.mjs')],
      env: { PORT: String(serverPort), ALLOWED_HOSTS: `localhost:${proxyPort}` },
      ready: (output) => output.includes('listening'),
    }),
  )
  running.unshift(
    await startProcess({
      command: 'caddy',
      args: ['run', '--adapter', 'caddyfile', '--config', join(deploy, 'mcp.example.Caddyfile')],
      env: { XDG_DATA_HOME: scratch.path, XDG_CONFIG_HOME: scratch.path },
      ready: () => answers(proxyPort),
    }),
  )
  const config = ['--config', join(deploy, 'mcp.example.yaml'), '--port', String(publicPort)]
  running.unshift(
    await startProcess({
      command: nodeBinary,
      args: [mainFile, ...config],
      cwd: scratch.path,
      ready: (output) => output.includes('Password:'),
    }),
  )
}

beforeAll(startAll)
afterAll(async () => {
  await run?.stop()
  for (const one of running) await one.stop()
  scratch.remove()
})

const printed = (label: string): string =>
  new RegExp(`^ *${label}: +(\\S+)`, 'm').exec(running[0]?.output() ?? '')?.[1] ?? ''

/** Signs in with the printed account and agrees; the pages that were seen. */
async function authorize(address: string): Promise<readonly WebPage[]> {
  const visitor = createWebVisitor()
  const goOn = (page: WebPage): Promise<WebPage> | undefined => {
    if (page.body.includes('name="decision"')) return visitor.submit(page, { decision: 'allow' })
    if (page.body.includes('name="password"'))
      return visitor.submit(page, { name: printed('Account'), password: printed('Password') })
    const [, link] = /<a class="go" href="([^"]*)"/.exec(page.body) ?? []
    return link === undefined
      ? undefined
      : visitor.open(new URL(link.replaceAll('&amp;', '&'), page.url).href)
  }
  const pages: WebPage[] = []
  let page: WebPage | undefined = await visitor.open(address)
  while (page !== undefined && pages.length < 8) {
    pages.push(page)
    page = await goOn(page)
  }
  return pages
}

function nextAddress(output: string): string | undefined {
  const [address] = jsonLines(output).flatMap((line) => {
    const { authorize: asked } = { ...Object(line) }
    return typeof asked === 'string' ? [asked] : []
  })
  return address
}

test('a client that gets the URL of the example alone comes to the tools', async () => {
  let pages: readonly WebPage[] = []
  run = runClient({
    command: nodeBinary,
    args: [join(folder, 'clients/sdk-2.mjs'), `http://localhost:${proxyPort}/mcp`, 'http', 'plain'],
    cwd: folder,
    env: {},
    findAddress: (output, opened) => (opened.length === 0 ? nextAddress(output) : undefined),
    authorize: async (address) => {
      pages = await authorize(address)
    },
  })
  const { used } = await waitForUse(run)
  expect(used.hello).toMatchObject({ user: 'dev@sallyport.test', scopes: 'mcp:tools' })
  expect([used.sum, used.product]).toEqual(['42', '42'])
  expect(await run.ended()).toBe(0)
  const consent = pages.find(({ body }) => body.includes('name="decision"'))
  expect(consent?.body).toContain('Use the tools of this server')
})
