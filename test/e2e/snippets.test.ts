// The pieces for other people's software, held against the real programs that we have: nginx and Sallyport.

import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { readShipped, readYaml, root } from '../support/shipped.ts'
import { statusOf } from './support/http-message.ts'
import { scratchDirectory } from './support/loopback.ts'
import { nginxVersion, startNginx } from './support/nginx.ts'
import { observe } from './support/observe.ts'
import { type Stage, startStage } from './support/stage.ts'

describe(`${nginxVersion()}, as Nginx Proxy Manager writes it`, () => {
  const folder = join(root, 'deploy/nginx-proxy-manager')
  const advanced = ['app', 'mcp', 'sallyport']

  /** What nginx says about a configuration with these lines in each server. */
  function check(change: (text: string) => string) {
    const { path, remove } = scratchDirectory('npm')
    cpSync(join(root, 'nginx'), join(path, 'sallyport'), { recursive: true })
    mkdirSync(join(path, 'temporary'))
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path ${path}/temporary/${name};`)
      .join('\n')
    const servers = advanced.map((name) => {
      const own = change(readFileSync(join(folder, `advanced-${name}.conf`), 'utf8'))
      return `server {
        set $forward_scheme http; set $server "192.0.2.7"; set $port 8080;
        listen 127.0.0.1:1; server_name ${name}.example.com;
        ${own}
      }`
    })
    const file = join(path, 'nginx.conf')
    const top = readFileSync(join(folder, 'http_top.conf'), 'utf8')
    const body = `pid ${path}/nginx.pid; events {}\nhttp { ${temporary}\n${top}\n${servers.join('\n')} }`
    writeFileSync(file, body)
    const env = { PATH: `${process.env['PATH']}:/usr/sbin` }
    const args = ['-t', '-p', path, '-c', file, '-e', join(path, 'error.log')]
    const { status, stderr } = spawnSync('nginx', args, { encoding: 'utf8', env })
    remove()
    return { status, stderr }
  }

  test('nginx takes the files', () => {
    expect(check((text) => text)).toMatchObject({ status: 0 })
  })

  test('nginx would notice a file that is not there', () => {
    const { status, stderr } = check((text) => text.replaceAll('sallyport-', 'sallyport-not-'))
    expect(status).toBe(1)
    expect(stderr).toContain('sallyport-not-')
  })

  test('have a location / of their own, which keeps the generated one out', () => {
    // The pattern that Nginx Proxy Manager looks for.
    const own = /^(?:.*;)?\s*?location\s*?\/\s*?{/im
    const texts = advanced.map((name) =>
      readShipped(`deploy/nginx-proxy-manager/advanced-${name}.conf`),
    )
    expect(texts.filter((text) => !own.test(text))).toEqual([])
  })
})

describe('CrowdSec parser, on lines of a running Sallyport', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await startStage(startNginx)
  })
  afterAll(async () => {
    await stage?.stop()
  })

  const line = z.object({
    event: z.string(),
    time: z.iso.datetime(),
    address: z.ipv4(),
    reason: z.string(),
  })
  const linesOf = (event: string) =>
    stage.sallyport
      .output()
      .split('\n')
      .filter((text) => text.includes(`"event":"${event}"`))
      .map((text) => line.parse(JSON.parse(text)))

  test('finds who it was in each event that a scenario counts', async () => {
    const wanted = z
      .object({ filter: z.string() })
      .parse(readYaml('deploy/crowdsec/parsers/sallyport.yaml'))
    const bad = await observe(stage, {
      host: 'app.sep.test',
      headers: [['Authorization', 'Bearer wrong']],
    })
    expect(statusOf(bad.answer)).toBe(401)
    const path = await observe(stage, { host: 'mcp.sep.test', target: '/elsewhere' })
    expect(statusOf(path.answer)).toBe(403)
    await observe(stage, { host: 'auth.sep.test', target: '/callback/home?code=x&state=y' })
    for (const event of ['decision.challenge', 'decision.refused', 'login.failed']) {
      expect(wanted.filter).toContain(`'${event}'`)
      await expect.poll(() => linesOf(event).length, { timeout: 15_000 }).toBeGreaterThan(0)
      expect(linesOf(event).map(({ address }) => address)).toEqual(['127.0.0.1'])
    }
    expect(linesOf('decision.challenge')[0]?.reason).not.toBe('anonymous')
  })
})
