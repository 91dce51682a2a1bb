// Does the image start as it is shipped? There is no engine here: its files are put together as the Dockerfile says,
// and its command is run as an unprivileged user on a root that cannot be written.

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  cpSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { composeFile, mountsOf, readYaml } from '../support/shipped.ts'
import { answers } from './support/answering.ts'
import { makeCertificates } from './support/certificates.ts'
import {
  argumentsOf,
  buildImage,
  type Image,
  insideImage,
  lastStage,
  type RunOptions,
  root,
  stages,
} from './support/image.ts'
import { freePorts, scratchDirectory } from './support/loopback.ts'
import { type RunningProcess, startProcess } from './support/running-process.ts'

const { path: scratch, remove } = scratchDirectory('image')
let image: Image

beforeAll(async () => {
  image = await buildImage(scratch)
})
afterAll(remove)

let volumes = 0
/** A new data volume. An engine gives it the owner of the directory it is mounted on. */
function newVolume(): string {
  volumes += 1
  const path = join(scratch, `volume-${volumes}`)
  mkdirSync(path)
  const { uid, gid, mode } = statSync(join(image.directory, 'app/data'))
  chownSync(path, uid, gid)
  chmodSync(path, mode & 0o777)
  return path
}

function runOnce(options: RunOptions) {
  const { command, args } = insideImage(image, options)
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 30_000 })
  return { status, output: stdout + stderr }
}

const configuration = `
public_url: https://auth.example.com
decision_port: 11001
local_accounts: true
allow: { anyone: true }
rules:
  - { host: app.example.com, path: /public/, access: public }
  - { host: app.example.com }
`

async function start(volume: string, ports: readonly number[]): Promise<RunningProcess> {
  const file = join(scratch, 'sallyport.yaml')
  writeFileSync(file, configuration, { mode: 0o444 })
  const [port = 0, decisionPort = 0] = ports
  return startProcess({
    ...insideImage(image, {
      argv: [...image.entrypoint, ...image.command],
      env: {
        SALLYPORT_CONFIG: '/tmp/sallyport.yaml',
        SALLYPORT_PORT: String(port),
        SALLYPORT_DECISION_PORT: String(decisionPort),
      },
      mounts: { '/tmp': mounted(file), '/app/data': volume },
    }),
    ready: async () => (await answers(port)) && (await answers(decisionPort)),
  })
}

/** A directory that holds one file, to mount it where the image has no such file. */
function mounted(file: string): string {
  const directory = `${file}.d`
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'sallyport.yaml'), readFileSync(file), { mode: 0o444 })
  return directory
}

const forwarded = (path: string) => ({
  'X-Forwarded-Method': 'GET',
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-Host': 'app.example.com',
  'X-Forwarded-Uri': path,
})

describe('Dockerfile', () => {
  test('names the Node version that the tests run on, and the version of the package', () => {
    const version = readFileSync(join(root, '.node-version'), 'utf8').trim()
    const bases = stages.map(({ base }) => base)
    expect(bases.filter((base) => base.startsWith('node:'))).toEqual([
      `node:${version}-bookworm-slim`,
      `node:${version}-bookworm-slim`,
    ])
    expect(process.versions.node).toBe(version)
    const labels = Object.fromEntries(argumentsOf('LABEL').map((label) => label.split('=')))
    expect(labels).toMatchObject({
      'org.opencontainers.image.version': manifest.version,
      'org.opencontainers.image.licenses': manifest.license,
      'org.opencontainers.image.description': manifest.description,
      'org.opencontainers.image.base.name': lastStage().base,
    })
  })

  test('asks no shell, and runs as a numeric user that is not root (R146)', () => {
    const commands = stages
      .flatMap(({ instructions }) => instructions)
      .filter(({ name }) => /^(RUN|CMD|ENTRYPOINT|HEALTHCHECK)$/.test(name))
    expect(commands.length).toBeGreaterThan(5)
    expect(commands.filter(({ exec }) => !exec)).toEqual([])
    expect(argumentsOf('USER')[0]).toMatch(/^[1-9]\d*:[1-9]\d*$/)
  })

  test('keeps the default data directory on its volume, without naming it', () => {
    expect(argumentsOf('VOLUME')).toEqual([`${argumentsOf('WORKDIR')[0]}/data`])
    expect(argumentsOf('ENV')).toEqual(['SALLYPORT_CONTAINER=true'])
    expect(argumentsOf('EXPOSE')).toEqual(['11000', '11001'])
  })

  test('asks for its health with the program itself', () => {
    expect(argumentsOf('HEALTHCHECK')).toEqual([...argumentsOf('ENTRYPOINT'), 'health'])
  })
})

describe('the image', () => {
  test('holds Node, the bundle and the binding for both platforms, and nothing else', () => {
    const files = globSync('**/*', { cwd: image.directory, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(image.directory.length))
      .filter((path) => !/^(\/usr)?\/lib(64)?\//.test(path))
      .sort()
    const binding = '/app/node_modules/better-sqlite3'
    expect(files.filter((path) => !path.startsWith(`${binding}/lib/`))).toEqual([
      '/app/CHANGELOG.md',
      '/app/LICENSE',
      '/app/dist/sallyport.mjs',
      '/app/dist/service.mjs',
      `${binding}/LICENSE`,
      `${binding}/package.json`,
      `${binding}/prebuilds/linux-arm64.node`,
      `${binding}/prebuilds/linux-x64.node`,
      '/usr/local/bin/node',
      '/usr/share/doc/node/LICENSE',
    ])
  })

  test('refuses to start without configuration and says what is missing (R149)', () => {
    const { status, output } = runOnce({
      argv: [...image.entrypoint, ...image.command],
      mounts: { '/app/data': newVolume() },
    })
    expect(status, output).toBe(1)
    expect(output).toContain('Setting "public_url" is needed to listen on ::')
    expect(output).not.toContain('Password')
  })

  test('serves health and decisions, keeps its data and ends cleanly (R146)', async () => {
    const volume = newVolume()
    const ports = await freePorts(2)
    const [port = 0, decisionPort = 0] = ports
    const running = await start(volume, ports)
    const decide = (path: string) =>
      fetch(`http://127.0.0.1:${decisionPort}/auth/traefik`, {
        headers: forwarded(path),
        redirect: 'manual',
      })
    const health = (env: Readonly<Record<string, string>>) =>
      runOnce({ argv: image.healthcheck, env, mounts: { '/app/data': volume } })
    try {
      expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200)
      expect((await decide('/')).status).toBe(401)
      expect((await decide('/public/')).status).toBe(200)
      expect(health({ SALLYPORT_PORT: String(port) })).toMatchObject({ status: 0 })
      // The decision listener has no health page: nothing but a decision may be 200 there.
      expect(health({ SALLYPORT_PORT: String(decisionPort) })).toMatchObject({ status: 1 })
    } finally {
      await running.stop()
    }
    // The last lines may be read a moment after the end.
    await expect.poll(running.output, { timeout: 15_000 }).toContain('"stopping"')
    const { uid, mode } = statSync(join(volume, 'sallyport.db'))
    expect({ uid, mode: mode & 0o777 }).toEqual({ uid: 65532, mode: 0o600 })
    expect(readdirSync(volume).sort()).toEqual(['accounts.key', 'sallyport.db'])
    expect(statSync(join(volume, 'accounts.key')).mode & 0o777).toBe(0o600)
    expect(health({ SALLYPORT_PORT: String(port) })).toMatchObject({ status: 1 })
  })

  test('runs without privileges on a root that cannot be written (R146)', () => {
    const probe = `
      const { readFileSync, writeFileSync } = require('node:fs')
      const codes = ['/app/x', '/tmp/x', '/x', '/app/dist/service.mjs'].map((path) => {
        try { writeFileSync(path, ''); return 'written' } catch (fault) { return fault.code }
      })
      writeFileSync('/app/data/x', '')
      const status = readFileSync('/proc/self/status', 'utf8')
      const line = (name) => status.split('\\n').find((one) => one.startsWith(name + ':')).split(/\\s+/)[1]
      console.log(JSON.stringify([process.getuid(), process.getgid(), process.getgroups(), codes,
        line('CapEff'), line('CapPrm'), line('NoNewPrivs')]))`
    const { output } = runOnce({
      argv: ['/usr/local/bin/node', '-e', probe],
      mounts: { '/app/data': newVolume() },
    })
    expect(JSON.parse(output)).toEqual([
      65532,
      65532,
      [65532],
      ['EROFS', 'EROFS', 'EROFS', 'EROFS'],
      '0000000000000000',
      '0000000000000000',
      '1',
    ])
  })

  test('has no shell', () => {
    expect(runOnce({ argv: ['/bin/sh', '-c', 'true'] }).output).toContain(
      'failed to execute /bin/sh: No such file or directory',
    )
  })
})

test('nginx accepts what compose.nginx-local.yaml mounts', async () => {
  const directory = join(scratch, 'nginx')
  const { services } = composeFile.parse(readYaml('deploy/compose.nginx-local.yaml'))
  const mounts = mountsOf(services['nginx'] ?? { volumes: [] })
  expect(mounts.map(({ target }) => target)).toEqual([
    '/etc/nginx/sallyport',
    '/etc/nginx/sallyport/sallyport-upstreams.conf',
    '/etc/nginx/conf.d/default.conf',
  ])
  for (const { source, target } of mounts)
    cpSync(join(root, 'deploy', source), join(directory, target), { recursive: true })
  const { certificateFile, keyFile } = makeCertificates(directory)
  const site = join(directory, 'etc/nginx/conf.d/default.conf')
  // Names that only the network of the containers knows.
  const own = readFileSync(site, 'utf8')
    .replace('/run/secrets/certificate_key;', `${keyFile};`)
    .replace('/run/secrets/certificate;', `${certificateFile};`)
    .replace('server app:8080;', 'server 127.0.0.1:8080;')
    .replaceAll('listen 443 ', 'listen 127.0.0.1:18443 ')
    .replace('listen 80;', 'listen 127.0.0.1:18080;')
  writeFileSync(site, own)
  const main = join(directory, 'etc/nginx/nginx.conf')
  writeFileSync(
    main,
    `pid ${directory}/pid; events {} http { access_log off; include conf.d/default.conf; }`,
  )
  const { status, stderr } = spawnSync(
    'nginx',
    ['-t', '-p', directory, '-c', main, '-e', 'stderr'],
    {
      encoding: 'utf8',
      env: { PATH: `${process.env['PATH']}:/usr/sbin:/usr/local/sbin` },
    },
  )
  expect(stderr).toContain('test is successful')
  expect(status).toBe(0)
})
