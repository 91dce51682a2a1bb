// `sallyport doctor` against real proxies: says nothing against the shipped files, and names what is broken in them.

import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { startCaddyWith } from './support/caddy.ts'
import { startHaproxyWith } from './support/haproxy.ts'
import { freePorts } from './support/loopback.ts'
import { startNginxWith } from './support/nginx.ts'
import { mainFile, nodeBinary } from './support/sallyport.ts'
import type { Replacement } from './support/shipped-files.ts'
import { type Backends, type Stage, type StartEdge, startStage } from './support/stage.ts'
import { configuration } from './support/stage-configuration.ts'

type Broken = readonly [fault: string, changes: readonly Replacement[], named: RegExp]

type EdgeFiles = {
  readonly name: string
  readonly startWith: (own: readonly Replacement[]) => StartEdge
  readonly broken: readonly Broken[]
  readonly withoutHandOff: readonly Replacement[]
}

const nginx: EdgeFiles = {
  name: 'nginx',
  withoutHandOff: [['location ^~ /.sallyport/ {', 'location ^~ /nothing/ {']],
  startWith: startNginxWith,
  broken: [
    [
      'forwarded host missing',
      [
        [
          'proxy_set_header X-Forwarded-Host $host;\nproxy_set_header X-Forwarded-Uri',
          'proxy_set_header X-Forwarded-Uri',
        ],
      ],
      /^wrong: app\.sep\.test: the proxy does not send X-Forwarded-Host/m,
    ],
    [
      'address of the question instead of the request',
      [['X-Forwarded-Uri $request_uri', 'X-Forwarded-Uri $uri']],
      /^wrong: app\.sep\.test: X-Forwarded-Uri is "\/__sallyport", expected "\/admin\/sallyport-doctor\?a=1/m,
    ],
    [
      'identity header not overwritten',
      [['proxy_set_header X-Forwarded-Email              $sallyport_email;', '']],
      /^wrong: app\.sep\.test: X-Forwarded-Email of a client reaches the application/m,
    ],
    [
      'challenge dropped on 403',
      [['  add_header WWW-Authenticate $sallyport_challenge always;\n', '']],
      /^wrong: mcp\.sep\.test: WWW-Authenticate does not survive on 403/m,
    ],
    [
      'dialect of another proxy',
      [['/auth/nginx;', '/auth/caddy;']],
      /^wrong: app\.sep\.test: .*makes 503 of it \(it was asked in the dialect caddy\)/m,
    ],
    [
      'session cookie passed on',
      [['proxy_set_header Cookie $sallyport_app_cookie;', 'proxy_set_header Cookie $http_cookie;']],
      /^wrong: app\.sep\.test: the session cookie reaches the application/m,
    ],
    [
      'no question at all',
      [['auth_request /__sallyport;', 'auth_request off;']],
      /^wrong: app\.sep\.test: answers 200 without a question to Sallyport: it is not protected/m,
    ],
    [
      'question to nobody',
      [['127.0.0.1:11001;', '127.0.0.1:1; # 127.0.0.1:11001']],
      /^wrong: app\.sep\.test: answers 503, and no question reached Sallyport/m,
    ],
    [
      'metadata behind the gate',
      [['location ^~ /.well-known/oauth-protected-resource {', 'location ^~ /nothing {']],
      /^wrong: resource https:\/\/mcp\.sep\.test\/mcp: its metadata at .* is behind the gate \(40[13]\)/m,
    ],
  ],
}

const caddy: EdgeFiles = {
  name: 'Caddy',
  withoutHandOff: [['^/\\.sallyport/', '^/nothing/']],
  startWith: startCaddyWith,
  broken: [
    [
      'dialect of another proxy',
      [['uri /auth/caddy?', 'uri /auth/nginx?']],
      /^wrong: app\.sep\.test: a page load is answered with 401 .*dialect nginx/m,
    ],
    [
      'identity header not copied',
      [['copy_headers X-Forwarded-User X-Forwarded-Email ', 'copy_headers X-Forwarded-User ']],
      /^wrong: app\.sep\.test: X-Forwarded-Email does not reach the application/m,
    ],
    [
      'identity header neither copied nor removed',
      [
        ['copy_headers X-Forwarded-User X-Forwarded-Email ', 'copy_headers X-Forwarded-User '],
        ['	request_header -X-Forwarded-*\n', ''],
      ],
      /^wrong: app\.sep\.test: X-Forwarded-Email of a client reaches the application/m,
    ],
    [
      'challenges dropped',
      [['		-Access-Control-*\n', '		-Access-Control-*\n		-WWW-Authenticate\n']],
      /^wrong: mcp\.sep\.test: WWW-Authenticate does not survive on 401[\s\S]*^wrong: mcp\.sep\.test: WWW-Authenticate does not survive on 403/m,
    ],
    [
      'metadata behind the gate',
      [
        [
          '@metadata path /.well-known/oauth-protected-resource /.well-known/oauth-protected-resource/*',
          '@metadata path /nothing',
        ],
      ],
      /^wrong: resource https:\/\/mcp\.sep\.test\/mcp: its metadata at .* is behind the gate \(40[13]\)/m,
    ],
    [
      'headers of another dialect let through',
      [['	request_header -X-Original-*\n', '']],
      /^wrong: app\.sep\.test: X-Original-Url of a client reaches Sallyport/m,
    ],
    [
      'no question at all',
      [['		import sallyport_app\n', '		import sallyport_strip\n']],
      /^wrong: app\.sep\.test: answers 200 without a question to Sallyport/m,
    ],
  ],
}

const haproxy: EdgeFiles = {
  name: 'HAProxy',
  withoutHandOff: [['path_beg /.sallyport/ }', 'path_beg /nothing/ }']],
  startWith: startHaproxyWith,
  broken: [
    [
      'dialect of another proxy',
      [
        [
          'setenv SALLYPORT_URL http://127.0.0.1:11001/auth/haproxy',
          'setenv SALLYPORT_URL http://127.0.0.1:11001/auth/caddy',
        ],
      ],
      /^wrong: app\.sep\.test: .*makes 503 of it \(it was asked in the dialect caddy\)/m,
    ],
    [
      'forwarded host missing',
      [['  headers["x-forwarded-host"] = { host }\n', '']],
      /^wrong: app\.sep\.test: the proxy does not send X-Forwarded-Host/m,
    ],
    [
      'address without its query',
      [['txn.sf:pathq()', 'txn.sf:path()']],
      /^wrong: app\.sep\.test: X-Forwarded-Uri is "\/admin\/sallyport-doctor", expected/m,
    ],
    [
      'challenges dropped',
      [['"www-authenticate", ', '']],
      /^wrong: mcp\.sep\.test: WWW-Authenticate does not survive on 401[\s\S]*^wrong: mcp\.sep\.test: WWW-Authenticate does not survive on 403/m,
    ],
    [
      'identity header not copied',
      [['  "X-Forwarded-User", "X-Forwarded-Email", ', '  "X-Forwarded-User", ']],
      /^wrong: app\.sep\.test: X-Forwarded-Email does not reach the application/m,
    ],
    [
      'session cookie passed on',
      [['{ "__Host-sallyport", "__Secure-sallyport" }', '{ "nothing" }']],
      /^wrong: app\.sep\.test: the session cookie reaches the application/m,
    ],
    [
      'cookies not asked with',
      [['"authorization", "cookie", "dpop", "origin",', '"authorization", "dpop", "origin",']],
      /^wrong: app\.sep\.test: Cookie does not arrive at Sallyport/m,
    ],
  ],
}

const clientSecret = randomBytes(32).toString('base64url')
let stage: Stage
let place: { readonly directory: string; readonly backends: Backends }

beforeAll(async () => {
  // The proxies come and go on one stage.
  stage = await startStage(async (directory, backends) => {
    place = { directory, backends }
    return { logs: () => '', stop: async () => {} }
  })
})
afterAll(() => stage?.stop())

type Said = { readonly code: number; readonly output: string }

const run = (args: readonly string[]): Promise<Said> =>
  new Promise((resolve) => {
    const env = {
      PATH: process.env['PATH'],
      NODE_EXTRA_CA_CERTS: place.backends.certificates.caFile,
    }
    const child = execFile(
      nodeBinary,
      [mainFile, 'doctor', ...args],
      { env, cwd: dirname(place.directory) },
      (_fault, output, errors) => resolve({ code: child.exitCode ?? -1, output: output + errors }),
    )
  })

function throughProxy(): Promise<Said> {
  chmodSync(stage.sallyport.file, 0o600)
  return run([
    '--config',
    stage.sallyport.file,
    '--connect',
    `127.0.0.1:${place.backends.edgePort}`,
    '--echo',
    'https://app.sep.test/echo',
    '--as',
    'alice@example.com',
  ])
}

async function examine(start: StartEdge): Promise<Said> {
  const edge = await start(mkdtempSync(join(place.directory, 'edge-')), place.backends)
  try {
    return await throughProxy()
  } finally {
    await edge.stop()
  }
}

/** The service with other settings, for a while. */
async function withConfiguration<T>(
  changes: Readonly<Record<string, unknown>>,
  check: () => Promise<T>,
): Promise<T> {
  const restart = async (own: Readonly<Record<string, unknown>>) => {
    await stage.sallyport.stop()
    stage.sallyport.reconfigure(own)
    await stage.sallyport.start()
  }
  await restart(changes)
  try {
    return await check()
  } finally {
    await restart({})
  }
}

describe.each([nginx, caddy, haproxy])(
  'doctor with $name',
  ({ startWith, broken, withoutHandOff }) => {
    test('finds nothing wrong with the shipped files', async () => {
      const { code, output } = await examine(startWith([]))
      expect(output).not.toMatch(/^(?:wrong|warning|not checked)/m)
      expect(output).toMatch(/^ok: app\.sep\.test: X-Forwarded-Email reaches the application/m)
      expect(output).toMatch(/^ok: mcp\.sep\.test: WWW-Authenticate survives on 403$/m)
      expect(code).toBe(0)
    })

    test.each(broken)('names the fault: %s', async (_, changes, named) => {
      const { code, output } = await examine(startWith(changes))
      expect(output).toMatch(named)
      expect(code).toBe(1)
    })

    test('names the fault: proxy that is not trusted', async () => {
      const { code, output } = await withConfiguration(
        { proxy: { dialect: 'nginx', trusted: ['10.0.0.7'] } },
        () => examine(startWith([])),
      )
      expect(output).toMatch(
        /^wrong: app\.sep\.test: Sallyport does not trust the proxy at \S*127\.0\.0\.1: add this address/m,
      )
      expect(code).toBe(1)
    })

    test('names the fault: hand-off path that leads to the application', async () => {
      await withConfiguration({ cookie: { mode: 'isolated' } }, async () => {
        const right = await examine(startWith([]))
        expect(right.output).toMatch(
          /^ok: app\.sep\.test: the hand-off path .* leads to Sallyport$/m,
        )
        expect(right.output).toMatch(
          /^ok: app\.sep\.test: X-Forwarded-Email reaches the application/m,
        )
        expect(right.code).toBe(0)
        const { code, output } = await examine(startWith(withoutHandOff))
        expect(output).toMatch(/^wrong: app\.sep\.test: the hand-off path .* by somebody else/m)
        expect(code).toBe(1)
      })
    })

    test('leaves nobody signed in and no probe behind', async () => {
      const [before, resources] = [stage.app.requests.length, stage.mcp.requests.length]
      await examine(startWith([]))
      const asked = stage.app.requests.slice(before)
      // The only request that reached an application is the one that was asked for by --echo.
      expect(asked.map(({ start }) => start)).toEqual(['GET /echo HTTP/1.1'])
      expect(stage.mcp.requests).toHaveLength(resources)
    })
  },
)

describe('doctor without a proxy', () => {
  async function examineFile(changes: Readonly<Record<string, unknown>>): Promise<Said> {
    const base = configuration(stage.provider.issuer, clientSecret, stage.tokenIssuer.issuer)
    const file = join(mkdtempSync(join(place.directory, 'file-')), 'own.yaml')
    writeFileSync(file, stringify({ ...base, data_dir: dirname(file), ...changes }), {
      mode: 0o600,
    })
    return run(['--config', file, '--local'])
  }
  const provider = (issuer: string) => ({
    providers: [
      {
        id: 'home',
        preset: 'oidc',
        label: 'Home',
        issuer,
        client_id: 'sallyport',
        client_secret: clientSecret,
      },
    ],
  })

  test('finds nothing wrong with provider, token issuer, clocks and cookie', async () => {
    const { code, output } = await examineFile({})
    expect(output).not.toMatch(/^(?:wrong|warning)/m)
    expect(output).toMatch(
      /^ok: provider "home": its login page takes our client and redirect URI$/m,
    )
    expect(output).toMatch(/^ok: provider "home": the clocks agree$/m)
    expect(code).toBe(0)
  })

  test('names a provider that calls itself by another issuer', async () => {
    const issuer = stage.provider.issuer.replace('127.0.0.1', 'localhost')
    const { code, output } = await examineFile(provider(issuer))
    expect(output).toMatch(/^wrong: provider "home": no login is possible: .*issuer/m)
    expect(code).toBe(1)
  })

  test('names a provider that cannot be reached', async () => {
    const [port] = await freePorts(1)
    const { code, output } = await examineFile(provider(`https://127.0.0.1:${port}`))
    expect(output).toMatch(/^wrong: provider "home": no login is possible: .*ECONNREFUSED/m)
    expect(code).toBe(1)
  })

  test('names a redirect URI or client that the provider does not know', async () => {
    const { output, code } = await examineFile({ public_url: 'https://login.sep.test' })
    expect(output).toMatch(
      /^wrong: provider "home": it refuses our login \(400\): .*redirect URI https:\/\/login\.sep\.test\/callback\/home/m,
    )
    expect(code).toBe(1)
  })

  test('names a cookie domain that does not cover the host of a rule', async () => {
    const { code, output } = await examineFile({ cookie: { domain: 'auth.sep.test' } })
    expect(output).toMatch(/^wrong: .*app\.sep\.test/m)
    expect(code).toBe(1)
  })
})
