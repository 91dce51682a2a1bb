// Tokens for scripts through a real nginx: curl with Bearer and with a password, git that clones and pushes, and the
// way of a docker client to a registry.

import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GitServer, startGitServer } from './support/git-server.ts'
import { scratchDirectory } from './support/loopback.ts'
import { nginxVersion, startNginx } from './support/nginx.ts'
import { mainFile, nodeBinary } from './support/sallyport.ts'
import { type Stage, startStage } from './support/stage.ts'

const runFile = promisify(execFile)
const staticToken = 'q8Zr2LmN4pXv7TyB1sWdq8Zr2LmN4pXv7TyB1sW9'
const app = 'app.sep.test'

let stage: Stage
let git: GitServer
const scratch = scratchDirectory('tokens')
const made: string[] = []

/** What a command of the operator prints. */
const sallyport = (...args: readonly string[]): string =>
  String(
    execFileSync(nodeBinary, [mainFile, ...args, '--config', stage.sallyport.file], {
      input: 'quiet-harbour-lantern-71\n',
      stdio: ['pipe', 'pipe', 'pipe'],
    }),
  )

function makeToken(...args: readonly string[]): { readonly id: string; readonly value: string } {
  const printed = sallyport('tokens', 'add', 'A script', '--user', 'dora', '--host', app, ...args)
  const [, id = ''] = /token (\w+),/.exec(printed) ?? []
  const [value = ''] = /sallyport_pat_\w+/.exec(printed) ?? []
  made.push(value)
  return { id, value }
}

type CurlAnswer = { readonly status: number; readonly challenge: string | undefined }

/** curl as people call it, but for the address of the proxy. */
async function curl(path: string, ...args: readonly string[]): Promise<CurlAnswer> {
  const { port } = stage.edge
  const { stdout } = await runFile('curl', [
    ...['--silent', '--show-error', '--dump-header', '-', '--output', '/dev/null'],
    ...['--cacert', stage.certificates.caFile, '--connect-to', `${app}:443:127.0.0.1:${port}`],
    ...args,
    `https://${app}${path}`,
  ])
  const last = stdout.split('\r\n\r\n').findLast((head) => head.startsWith('HTTP/')) ?? ''
  const [, status = ''] = /^HTTP\/\S+ (\d+)/.exec(last) ?? []
  const [, challenge] = /^www-authenticate: (.*)$/im.exec(last) ?? []
  return { status: Number(status), challenge: challenge?.trim() }
}

/** git with a store of its own, that asks nobody. */
const runGit = (folder: string, args: readonly string[], password?: string) => {
  const { port } = stage.edge
  const helper =
    password === undefined
      ? []
      : ['-c', `credential.helper=!f() { echo username=x; echo password=${password}; }; f`]
  return runFile(
    'git',
    [
      ...['-C', folder, '-c', `http.sslCAInfo=${stage.certificates.caFile}`],
      ...['-c', `http.curloptResolve=${app}:${port}:127.0.0.1`, '-c', 'credential.helper='],
      ...helper,
      ...args,
    ],
    { env: { PATH: process.env['PATH'], HOME: scratch.path, GIT_TERMINAL_PROMPT: '0' } },
  )
}
const repository = () => `https://${app}:${stage.edge.port}/git/project.git`

beforeAll(async () => {
  git = await startGitServer(scratch.path)
  const behind: typeof startNginx = (directory, backends) =>
    startNginx(directory, { ...backends, appPort: git.port })
  stage = await startStage(behind, {
    local_accounts: true,
    allow: [{ users: ['dora'] }, { clients: ['ci'] }],
    rules: [{ host: app, path: '/admin/', allow: { groups: ['admins'] } }, { host: app }],
    resources: [],
    static_tokens: [
      { name: 'ci', token: staticToken, hosts: [app], path: '/v2', expires: '2099-12-31' },
    ],
  })
  sallyport('users', 'add', 'dora', '--password-stdin')
})
afterAll(async () => {
  await stage?.stop()
  await git?.close()
  scratch.remove()
})

describe(`personal tokens behind ${nginxVersion()}`, () => {
  test('curl arrives as the owner with Bearer and with a password; the token stays at the edge', async () => {
    const { value } = makeToken()
    git.seen.length = 0
    expect(await curl('/a', '-H', `Authorization: Bearer ${value}`)).toMatchObject({ status: 200 })
    expect(await curl('/b', '--user', `anything:${value}`)).toMatchObject({ status: 200 })
    expect(git.seen).toMatchObject([
      { url: '/a', user: 'dora' },
      { url: '/b', user: 'dora' },
    ])
    // nginx replaces the header by an empty one, which it does not send.
    expect(git.seen.map(({ authorization }) => authorization)).toEqual([undefined, undefined])
  })

  test('curl is refused outside of the limits of a token, in the same words each time', async () => {
    const { value } = makeToken('--path', '/api', '--method', 'GET')
    const bearer = ['-H', `Authorization: Bearer ${value}`]
    expect(await curl('/api/x', ...bearer)).toMatchObject({ status: 200 })
    git.seen.length = 0
    const refused = [
      await curl('/apix', ...bearer),
      await curl('/', ...bearer),
      await curl('/api', '--request', 'DELETE', ...bearer),
      await curl('/api', '-H', `Authorization: Bearer ${value.slice(0, -1)}x`),
    ]
    for (const answer of refused) expect(answer).toEqual(refused[0])
    expect(refused[0]).toEqual({
      status: 401,
      challenge: 'Bearer realm="sallyport", error="invalid_token"',
    })
    expect(git.seen).toEqual([])
  })

  test('curl is refused where the list of the rule refuses its owner', async () => {
    const { value } = makeToken()
    const answer = await curl('/admin/', '-H', `Authorization: Bearer ${value}`)
    expect(answer.status).toBe(403)
  })

  test('curl is refused with the next request after the token was revoked', async () => {
    const { id, value } = makeToken()
    const bearer = ['-H', `Authorization: Bearer ${value}`]
    expect((await curl('/', ...bearer)).status).toBe(200)
    sallyport('tokens', 'revoke', id)
    expect((await curl('/', ...bearer)).status).toBe(401)
  })

  test('git clones, pushes and clones again with the token as password', async () => {
    const { value } = makeToken('--path', '/git')
    const work = join(scratch.path, 'work')
    mkdirSync(work)
    git.seen.length = 0
    await runGit(scratch.path, ['clone', '--quiet', repository(), work], value)
    writeFileSync(join(work, 'file'), 'words\n')
    await runGit(work, ['add', 'file'])
    const who = ['-c', 'user.name=Dora', '-c', 'user.email=dora@example.com']
    await runGit(work, [...who, 'commit', '--quiet', '-m', 'Words'])
    await runGit(work, ['push', '--quiet', 'origin', 'HEAD'], value)
    const { stdout } = await runGit(scratch.path, ['ls-remote', repository()], value)
    expect(stdout).toMatch(/^[0-9a-f]{40}\tHEAD$/m)
    expect(new Set(git.seen.map(({ user }) => user))).toEqual(new Set(['dora']))
    expect(git.seen.map(({ authorization }) => authorization).filter(Boolean)).toEqual([])
  })

  test('git says that it was refused when the token is for reading only, or is none', async () => {
    const { value } = makeToken('--path', '/git', '--method', 'GET')
    const target = join(scratch.path, 'refused')
    for (const password of [value, 'not-a-token', undefined]) {
      const cloned = runGit(scratch.path, ['clone', repository(), target], password)
      await expect(cloned).rejects.toThrow(/Authentication failed|could not read Username|HTTP 401/)
    }
  })

  test('a docker client is asked for a password at /v2/, and let in with a token', async () => {
    const { value } = makeToken('--path', '/v2')
    const agent = ['-H', 'User-Agent: docker/27.3.1 go/go1.22.7 os/linux arch/amd64']
    // What a registry client begins with. https://distribution.github.io/distribution/spec/api/#api-version-check
    expect(await curl('/v2/', ...agent)).toEqual({
      status: 401,
      challenge: 'Basic realm="sallyport"',
    })
    const basic = ['--user', `dora:${value}`]
    expect(await curl('/v2/', ...agent, ...basic)).toMatchObject({ status: 200 })
    expect(await curl('/v2/', ...agent, '--user', 'dora:wrong')).toEqual({
      status: 401,
      challenge: 'Basic realm="sallyport"',
    })
  })

  test('a token of the configuration is a machine that the lists have to name', async () => {
    const bearer = ['-H', `Authorization: Bearer ${staticToken}`]
    git.seen.length = 0
    expect((await curl('/v2/', ...bearer)).status).toBe(200)
    expect((await curl('/other', ...bearer)).status).toBe(401)
    expect((await curl('/v2/', '-H', `Authorization: Bearer ${staticToken}x`)).status).toBe(401)
    expect(git.seen).toMatchObject([{ url: '/v2/', user: 'ci' }])
  })

  test('the first use and the last one are written down, and no value anywhere (R116, R127)', async () => {
    const { id, value } = makeToken()
    expect((await curl('/', '-H', `Authorization: Bearer ${value}`)).status).toBe(200)
    const firstUse = () =>
      stage
        .logs()
        .split('\n')
        .filter((line) => line.includes('personal_token.first_used') && line.includes(id))
    await expect.poll(firstUse, { timeout: 20_000 }).toHaveLength(1)
    const [listed] = JSON.parse(sallyport('tokens', 'list', '--json')).filter(
      (token: { readonly id: string }) => token.id === id,
    )
    expect(listed.lastUsedAt).toMatch(/^20/)
    for (const secret of [...made, staticToken]) expect(stage.logs()).not.toContain(secret)
  })

  test('ends with its owner', async () => {
    const { value } = makeToken()
    const bearer = ['-H', `Authorization: Bearer ${value}`]
    expect((await curl('/', ...bearer)).status).toBe(200)
    sallyport('users', 'remove', 'dora')
    expect((await curl('/', ...bearer)).status).toBe(401)
  })
})
