// Do the Traefik files name what Traefik knows, and what Sallyport reads and sends?

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { dialects } from '../../../src/protocol/dialects.ts'
import { readHeaders } from '../../../src/protocol/raw-headers.ts'
import { fileWith, settingsOf } from '../../support/load-configuration.ts'
import {
  composeFile,
  composeOverlay,
  mountsOf,
  optionPaths,
  readShipped,
  readYaml,
  root,
} from '../../support/shipped.ts'

/** Options that our files use, and the first release of each line that knows them (proxies.md, release notes). */
const staticOptions: Readonly<Record<string, readonly [v2: string, v3: string]>> = {
  'global.checkNewVersion': ['2.0.0', '3.0.0'],
  'global.sendAnonymousUsage': ['2.0.0', '3.0.0'],
  'entryPoints.*.address': ['2.0.0', '3.0.0'],
  'entryPoints.*.forwardedHeaders.trustedIPs': ['2.0.0', '3.0.0'],
  'entryPoints.*.http.redirections.entryPoint.to': ['2.2.0', '3.0.0'],
  'entryPoints.*.http.redirections.entryPoint.scheme': ['2.2.0', '3.0.0'],
  'entryPoints.*.http.tls.certResolver': ['2.2.0', '3.0.0'],
  'entryPoints.*.http.sanitizePath': ['2.11.24', '3.3.6'],
  'entryPoints.*.http.encodedCharacters.allowEncodedSlash': ['2.11.35', '3.6.7'],
  'entryPoints.*.http.encodedCharacters.allowEncodedBackSlash': ['2.11.35', '3.6.7'],
  'entryPoints.*.http.encodedCharacters.allowEncodedNullCharacter': ['2.11.35', '3.6.7'],
  'entryPoints.*.http.encodedCharacters.allowEncodedSemicolon': ['2.11.35', '3.6.7'],
  'entryPoints.*.http.encodedCharacters.allowEncodedPercent': ['2.11.35', '3.6.7'],
  'entryPoints.*.http.encodedCharacters.allowEncodedHash': ['2.11.35', '3.6.7'],
  'entryPoints.*.http.aliasHeadersStrategy': ['2.11.56', '3.7.12'],
  'ping.entryPoint': ['2.0.0', '3.0.0'],
  'providers.file.directory': ['2.0.0', '3.0.0'],
  'providers.docker.endpoint': ['2.0.0', '3.0.0'],
  'providers.docker.exposedByDefault': ['2.0.0', '3.0.0'],
  'providers.docker.network': ['2.0.0', '3.0.0'],
  'certificatesResolvers.*.acme.email': ['2.0.0', '3.0.0'],
  'certificatesResolvers.*.acme.storage': ['2.0.0', '3.0.0'],
  'certificatesResolvers.*.acme.tlsChallenge': ['2.0.0', '3.0.0'],
  'log.level': ['2.0.0', '3.0.0'],
}

const dynamicOptions: Readonly<Record<string, readonly [v2: string | undefined, v3: string]>> = {
  'http.middlewares.*.chain.middlewares': ['2.0.0', '3.0.0'],
  'http.middlewares.*.forwardAuth.address': ['2.0.0', '3.0.0'],
  'http.middlewares.*.forwardAuth.trustForwardHeader': ['2.0.0', '3.0.0'],
  'http.middlewares.*.forwardAuth.authRequestHeaders': ['2.2.0', '3.0.0'],
  'http.middlewares.*.forwardAuth.authResponseHeaders': ['2.0.0', '3.0.0'],
  'http.middlewares.*.forwardAuth.preserveLocationHeader': [undefined, '3.3.0'],
  'http.middlewares.*.forwardAuth.maxResponseBodySize': ['2.11.38', '3.6.9'],
  'http.middlewares.*.headers.customRequestHeaders.*': ['2.0.0', '3.0.0'],
  'http.middlewares.*.headers.customResponseHeaders.*': ['2.0.0', '3.0.0'],
  'http.middlewares.*.headers.accessControlAllowOriginList': ['2.2.0', '3.0.0'],
  'http.middlewares.*.headers.accessControlAllowMethods': ['2.0.0', '3.0.0'],
  'http.middlewares.*.headers.accessControlAllowHeaders': ['2.0.0', '3.0.0'],
  'http.middlewares.*.headers.accessControlExposeHeaders': ['2.0.0', '3.0.0'],
  'http.middlewares.*.headers.accessControlMaxAge': ['2.0.0', '3.0.0'],
  'http.middlewares.*.headers.addVaryHeader': ['2.0.0', '3.0.0'],
  'http.routers.*.rule': ['2.0.0', '3.0.0'],
  'http.routers.*.priority': ['2.0.0', '3.0.0'],
  'http.routers.*.entryPoints': ['2.0.0', '3.0.0'],
  'http.routers.*.middlewares': ['2.0.0', '3.0.0'],
  'http.routers.*.service': ['2.0.0', '3.0.0'],
  'http.services.*.loadBalancer.servers.url': ['2.0.0', '3.0.0'],
}

const names = z.array(z.string())
const dynamicFile = z.object({
  http: z.object({
    middlewares: z.record(z.string(), z.unknown()).default({}),
    routers: z.record(
      z.string(),
      z.strictObject({
        rule: z.string(),
        priority: z.number(),
        entryPoints: names,
        middlewares: names,
        service: z.string(),
      }),
    ),
    services: z.record(
      z.string(),
      z.object({ loadBalancer: z.object({ servers: z.array(z.object({ url: z.url() })) }) }),
    ),
  }),
})
const readDynamic = (path: string) => dynamicFile.parse(readYaml(path)).http

const forwardAuth = z.object({
  forwardAuth: z.object({
    address: z.url(),
    trustForwardHeader: z.literal(false),
    authRequestHeaders: names,
    authResponseHeaders: names,
    preserveLocationHeader: z.literal(true),
    maxResponseBodySize: z.number().min(16_384).max(1_048_576),
  }),
})
const headers = z.object({ headers: z.record(z.string(), z.unknown()) })

const statics = ['traefik/traefik.yml', 'traefik/traefik.labels.yml']
const routes = ['traefik/app.yml', 'traefik/gateway.yml', 'traefik/mcp.yml', 'traefik/keycloak.yml']
const { middlewares, routers, services } = readDynamic('traefik/dynamic.yml')
const gateOf = (name: string) => forwardAuth.parse(middlewares[name]).forwardAuth
const lower = (list: readonly string[]) => list.map((name) => name.toLowerCase()).sort()

const identityHeaders = settingsOf({ yaml: fileWith('') }).identityHeaders.map(({ name }) => name)

/** What a decision reads besides what the proxy says about the request. */
const facts = [...new Set(['accept-language', ...Object.keys(readHeaders([]))])].filter(
  // Command lines show their token in the cookie too, so these are removed instead.
  (name) => !/^(host|upgrade|cf-access-.*|x-forwarded-.*|x-original-.*)$/.test(name),
)

const stripped = z
  .record(z.string(), z.literal(''))
  .parse(headers.parse(middlewares['sallyport-strip']).headers['customRequestHeaders'])

test('every Traefik file is looked at here', () => {
  const all = readdirSync(join(root, 'traefik')).map((name) => `traefik/${name}`)
  expect(all.sort()).toEqual(
    ['traefik/README.md', 'traefik/dynamic.yml', ...statics, ...routes].sort(),
  )
})

describe('options', () => {
  test.each(statics)('%s uses known ones', (path) => {
    const used = optionPaths(readYaml(path), ['entryPoints', 'certificatesResolvers'])
    expect(used.filter((option) => staticOptions[option] === undefined)).toEqual([])
  })

  test.each(['traefik/dynamic.yml', ...routes])('%s uses known ones', (path) => {
    const ours = [
      'http.middlewares',
      'http.middlewares.*.headers.customRequestHeaders',
      'http.middlewares.*.headers.customResponseHeaders',
      'http.routers',
      'http.services',
    ]
    const used = optionPaths(readYaml(path), ours)
    expect(used.filter((option) => dynamicOptions[option] === undefined)).toEqual([])
  })

  test('README.md names the oldest Traefik that knows all of them, and the images are not older', () => {
    const newest = (list: readonly (string | undefined)[]) =>
      list
        .filter((version) => version !== undefined)
        .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
        .at(-1) ?? ''
    const all = [...Object.values(staticOptions), ...Object.values(dynamicOptions)]
    const readme = readShipped('traefik/README.md')
    expect(readme).toContain(
      `Traefik ${newest(all.map(([, v3]) => v3))} or ${newest(all.map(([v2]) => v2))}, or newer`,
    )
    // The one option that 2.11 does not know.
    const missing = Object.entries(dynamicOptions).filter(([, [v2]]) => v2 === undefined)
    expect(missing.map(([option]) => option.split('.').at(-1))).toEqual(['preserveLocationHeader'])
    expect(readme).toContain('**Traefik 2.11.** Leave out `preserveLocationHeader`')
    for (const compose of ['google', 'keycloak', 'mcp']) {
      const file = composeFile.parse(readYaml(`deploy/compose.traefik-${compose}.yaml`))
      const version = /^traefik:v(.+)$/.exec(file.services['traefik']?.image ?? '')?.[1] ?? ''
      expect(newest([version, '3.7.12'])).toBe(version)
    }
  })

  test('traefik.labels.yml is traefik.yml with the Docker provider', () => {
    const { providers, ...rest } = z
      .object({ providers: z.record(z.string(), z.unknown()) })
      .catchall(z.unknown())
      .parse(readYaml('traefik/traefik.labels.yml'))
    const { docker, ...others } = providers
    expect({ ...rest, providers: others }).toEqual(readYaml('traefik/traefik.yml'))
    const overlay = composeOverlay.parse(readYaml('deploy/compose.traefik-labels.yaml'))
    expect(docker).toEqual({
      endpoint: 'tcp://socket-proxy:2375',
      exposedByDefault: false,
      network: overlay.networks['apps']?.name,
    })
    expect(Object.keys(overlay.services)).toContain('socket-proxy')
  })

  test('traefik.yml trusts no forwarded header and removes aliases (R11, R150)', () => {
    const file = z
      .object({ entryPoints: z.record(z.string(), z.unknown()), ping: z.unknown() })
      .parse(readYaml('traefik/traefik.yml'))
    expect(file.entryPoints['websecure']).toMatchObject({
      forwardedHeaders: { trustedIPs: [] },
      http: { aliasHeadersStrategy: 'delete', sanitizePath: true },
    })
    expect(file.entryPoints['ping']).toEqual({ address: '127.0.0.1:8082' })
    expect(file.ping).toEqual({ entryPoint: 'ping' })
    expect(readShipped('traefik/traefik.yml')).not.toMatch(/insecure:|accessLog:/)
  })
})

describe('middlewares', () => {
  test.each(['sallyport-app', 'sallyport-token'])(
    '%s asks the decision listener in its dialect',
    (name) => {
      const { address } = gateOf(name)
      expect(new URL(address)).toMatchObject({ host: 'sallyport:11001', search: '' })
      expect(dialects.map((dialect) => `/auth/${dialect}`)).toContain(new URL(address).pathname)
      expect(new URL(address).pathname).toBe('/auth/traefik')
    },
  )

  test('sallyport-app sends what a decision reads, sallyport-token the same without cookies', () => {
    expect(lower(gateOf('sallyport-app').authRequestHeaders)).toEqual(facts.sort())
    expect(lower(gateOf('sallyport-token').authRequestHeaders)).toEqual(
      facts.filter((name) => name !== 'cookie').sort(),
    )
  })

  test.each(['sallyport-app', 'sallyport-token'])(
    '%s takes every identity header over, and leaves no credential (R11, R25)',
    (name) => {
      expect(gateOf(name).authResponseHeaders).toEqual([
        ...identityHeaders,
        'Authorization',
        'Dpop',
        'Cookie',
      ])
    },
  )

  test('sallyport-strip removes what the nginx files remove, and identity headers besides', () => {
    const inNginx = [
      ...readShipped('nginx/sallyport-strip.conf').matchAll(/^proxy_set_header (\S+) "";$/gm),
    ].map(([, name = '']) => name)
    // Traefik writes this one itself.
    const expected = inNginx.filter((name) => name !== 'X-Forwarded-Server')
    expect(inNginx.length).toBeGreaterThan(20)
    expect(lower(Object.keys(stripped))).toEqual(lower([...expected, ...identityHeaders]))
  })

  test('sallyport-cors allows what the nginx files allow, and no credentials', () => {
    const { headers: cors } = headers.parse(middlewares['sallyport-cors'])
    const nginx = readShipped('nginx/sallyport-mcp.conf')
    const allowed = (name: string) =>
      (new RegExp(`add_header Access-Control-${name} "([^"]*)"`).exec(nginx)?.[1] ?? '').split(', ')
    expect(cors).toMatchObject({
      accessControlAllowMethods: allowed('Allow-Methods'),
      accessControlAllowHeaders: allowed('Allow-Headers'),
      accessControlExposeHeaders: allowed('Expose-Headers'),
      addVaryHeader: true,
    })
    expect(cors).not.toHaveProperty('accessControlAllowCredentials')
    expect(names.parse(cors['accessControlAllowOriginList'])).not.toContain('*')
  })

  test('the chains strip first, and put CORS before the decision (K16)', () => {
    expect(middlewares['sallyport']).toEqual({
      chain: { middlewares: ['sallyport-strip', 'sallyport-app'] },
    })
    expect(middlewares['sallyport-mcp']).toEqual({
      chain: { middlewares: ['sallyport-strip', 'sallyport-cors', 'sallyport-token'] },
    })
  })
})

describe('routers', () => {
  const own = { routers, services }

  test.each(['traefik/dynamic.yml', ...routes])('%s leads to what is there, over TLS', (path) => {
    const file = readDynamic(path)
    for (const [name, router] of Object.entries(file.routers)) {
      expect(router.entryPoints, name).toEqual(['websecure'])
      expect(Object.keys({ ...own.services, ...file.services }), name).toContain(router.service)
      const known = Object.keys({ ...middlewares, ...file.middlewares })
      for (const used of router.middlewares) expect(known, name).toContain(used)
      expect(router.middlewares[0], name).toMatch(/^sallyport(-strip|-mcp|-gateway)?$/)
    }
  })

  test('only the pages of Sallyport and of Keycloak are without a decision', () => {
    const all = ['traefik/dynamic.yml', ...routes].flatMap((path) =>
      Object.entries(readDynamic(path).routers),
    )
    const asking = ['sallyport', 'sallyport-mcp', 'sallyport-gateway']
    const open = all.filter(
      ([, { middlewares: used }]) => !asking.some((one) => used.includes(one)),
    )
    expect(open.map(([name, { service }]) => [name, service])).toEqual([
      ['sallyport', 'sallyport'],
      ['gateway-login', 'sallyport'],
      ['mcp-metadata', 'sallyport'],
      ['keycloak', 'keycloak'],
    ])
    expect(services['sallyport']?.loadBalancer.servers).toEqual([{ url: 'http://sallyport:11000' }])
  })

  test('a gateway has two: its login (300) comes before the decision about everything else (250)', () => {
    const file = readDynamic('traefik/gateway.yml')
    const { gateway, 'gateway-login': login } = file.routers
    expect([login?.priority, gateway?.priority]).toEqual([300, 250])
    expect(gateway?.middlewares).toEqual(['sallyport-gateway'])
    expect(file.middlewares['sallyport-gateway']).toEqual({
      chain: { middlewares: ['sallyport-strip', 'sallyport-tunnel'] },
    })
    const tunnel = z
      .object({
        forwardAuth: z.object({ address: z.string(), authResponseHeaders: z.array(z.string()) }),
      })
      .parse(file.middlewares['sallyport-tunnel']).forwardAuth
    expect(new URL(tunnel.address).pathname).toBe('/_ws_tunnel/traefik')
    // The Cookie header comes back without ours; each identity header is ours alone.
    expect(tunnel.authResponseHeaders).toEqual([
      ...identityHeaders,
      'Cf-Access-Jwt-Assertion',
      'Cookie',
    ])
  })

  test.each([
    ['google', ['app']],
    ['keycloak', ['app', 'keycloak']],
    ['mcp', ['mcp']],
  ])(
    'compose.traefik-%s.yaml has the hosts and services of the files it mounts',
    (name, expected) => {
      const file = composeFile.parse(readYaml(`deploy/compose.traefik-${name}.yaml`))
      const traefik = file.services['traefik'] ?? { volumes: [] }
      const mounted = mountsOf(traefik)
        .filter(({ target }) => target.startsWith('/etc/traefik/dynamic/'))
        .map(({ source }) => source.replace('../', ''))
      expect(mounted).toEqual([
        'traefik/dynamic.yml',
        ...expected.map((one) => `traefik/${one}.yml`),
      ])
      const urls = mounted.flatMap((path) =>
        Object.values(readDynamic(path).services).flatMap(
          ({ loadBalancer }) => loadBalancer.servers,
        ),
      )
      for (const { url } of urls)
        expect(Object.keys(file.services)).toContain(new URL(url).hostname)
      const policy = settingsOf({
        yaml: readShipped(`deploy/sallyport.${name}.yaml`),
        files: { [`/run/secrets/${name}_client_secret`]: 'kFs82-mQpz71LxyW' },
      })
      const rules = mounted.flatMap((path) =>
        Object.values(readDynamic(path).routers).map(
          ({ rule }) => /Host\(`([^`]+)`\)/.exec(rule)?.[1],
        ),
      )
      const known = [
        policy.publicUrl.hostname,
        ...policy.policy.rules.map(({ host }) => host),
        ...policy.policy.resources.map(({ url }) => new URL(url).hostname),
        ...policy.providers.map(({ issuer }) => new URL(issuer).hostname),
      ]
      for (const host of rules) expect(known).toContain(host)
    },
  )
})
