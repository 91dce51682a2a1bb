// Do the pieces for other people's software parse, and say the same as the files they are made from?

import { globSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createLog } from '../../../src/adapters/log.ts'
import { optionPaths, readShipped, readYaml, root } from '../../support/shipped.ts'

const names = z.array(z.string())
const settings = z.record(z.string(), z.unknown())
const traefik = z
  .object({
    http: z.object({
      middlewares: z.record(z.string(), z.record(z.string(), settings)),
      routers: z.record(z.string(), settings),
      services: z.record(z.string(), settings),
    }),
  })
  .parse(readYaml('traefik/dynamic.yml')).http

describe('middleware-manager/templates.yml', () => {
  const { middlewares } = z
    .strictObject({
      middlewares: z.array(
        z.strictObject({ id: z.string(), name: z.string(), type: z.string(), config: settings }),
      ),
    })
    .parse(readYaml('deploy/middleware-manager/templates.yml'))

  test('has the middlewares of traefik/dynamic.yml', () => {
    const own = Object.fromEntries(
      middlewares.map(({ id, type, config }) => [id, { [type]: config }]),
    )
    const { sallyport, 'sallyport-mcp': mcp, ...single } = traefik.middlewares
    expect([sallyport, mcp]).toMatchObject([{ chain: {} }, { chain: {} }])
    expect(own).toEqual(single)
  })
})

describe('pangolin/dynamic_config.yml', () => {
  const router = z.strictObject({
    rule: z.string(),
    priority: z.number(),
    entryPoints: names,
    middlewares: names,
    service: z.literal('sallyport'),
    tls: z.strictObject({ certResolver: z.literal('letsencrypt') }),
  })
  const { routers, services } = z
    .strictObject({
      http: z.strictObject({
        routers: z.record(z.string(), router),
        services: z.record(z.string(), settings),
      }),
    })
    .parse(readYaml('deploy/pangolin/dynamic_config.yml')).http

  test('leads to what traefik/dynamic.yml leads to, through its middlewares', () => {
    expect(services).toEqual(traefik.services)
    expect(routers['sallyport']).toMatchObject(traefik.routers['sallyport'] ?? {})
    const used = Object.values(routers).flatMap(({ middlewares }) => middlewares)
    expect(Object.keys(traefik.middlewares)).toEqual(expect.arrayContaining(used))
  })
})

// Where clients look for metadata on the host of an MCP server (RFC 9728 §3, mcp.md M6), for what no test runs.
describe('the metadata of an MCP server', () => {
  const prefixes = [
    '/.well-known/oauth-protected-resource',
    '/.well-known/oauth-authorization-server',
    '/.well-known/openid-configuration',
  ]

  test.each(['traefik/mcp.yml', 'deploy/pangolin/dynamic_config.yml'])(
    '%s leads to Sallyport without a decision',
    (file) => {
      const router = z
        .looseObject({ http: z.looseObject({ routers: z.record(z.string(), settings) }) })
        .parse(readYaml(file)).http.routers['mcp-metadata']
      const paths = prefixes.map((prefix) => `PathPrefix(\`${prefix}\`)`).join(' || ')
      expect(router).toMatchObject({
        rule: `Host(\`mcp.example.com\`) && (${paths})`,
        middlewares: ['sallyport-strip', 'sallyport-cors'],
        service: 'sallyport',
      })
    },
  )

  test('nginx-proxy-manager/advanced-mcp.conf leads to Sallyport without a decision', () => {
    const text = readShipped('deploy/nginx-proxy-manager/advanced-mcp.conf')
    for (const prefix of prefixes)
      expect(text).toContain(`location ^~ ${prefix} { include sallyport/sallyport-public.conf; }`)
  })
})

describe('tunnels/cloudflared.yml', () => {
  const { ingress } = z
    .strictObject({
      tunnel: z.uuid(),
      'credentials-file': z.string(),
      ingress: z.array(
        z.strictObject({
          hostname: z.string().optional(),
          service: z.string(),
          originRequest: settings.optional(),
        }),
      ),
    })
    .parse(readYaml('deploy/tunnels/cloudflared.yml'))

  test('leads every name to the proxy under that name, and others nowhere', () => {
    const last = ingress.at(-1)
    expect(last).toEqual({ service: 'http_status:421' })
    for (const { hostname, service, originRequest } of ingress.slice(0, -1)) {
      expect(service).toBe('https://traefik:443')
      expect(originRequest).toMatchObject({ originServerName: hostname })
    }
  })
})

describe('crowdsec', () => {
  const meta = z.strictObject({
    meta: z.string().optional(),
    target: z.string().optional(),
    value: z.string().optional(),
    expression: z.string().optional(),
  })
  const parser = z
    .strictObject({
      onsuccess: z.literal('next_stage'),
      name: z.string(),
      description: z.string(),
      filter: z.string(),
      statics: z.array(meta),
    })
    .parse(readYaml('deploy/crowdsec/parsers/sallyport.yaml'))
  const scenarios = ['logins', 'tokens'].map((name) =>
    z
      .strictObject({
        type: z.literal('leaky'),
        name: z.string(),
        description: z.string(),
        filter: z.string(),
        groupby: z.literal('evt.Meta.source_ip'),
        leakspeed: z.string().regex(/^\d+s$/),
        capacity: z.number().positive(),
        blackhole: z.string().regex(/^\d+m$/),
        labels: settings,
      })
      .parse(readYaml(`deploy/crowdsec/scenarios/sallyport-${name}.yaml`)),
  )
  const quoted = (text: string) => [...text.matchAll(/'([^']*)'/g)].map(([, word = '']) => word)

  test('the scenarios know what the parser sets', () => {
    const set = new Set(parser.statics.map(({ meta: name }) => name))
    for (const { filter } of scenarios) {
      const read = [...filter.matchAll(/evt\.Meta\.(\w+)/g)].map(([, name = '']) => name)
      expect(read.filter((name) => !set.has(name))).toEqual([])
      const events = quoted(filter).filter((word) => word.includes('.'))
      expect(events.filter((event) => !quoted(parser.filter).includes(event))).toEqual([])
    }
    const acquisition = readYaml('deploy/crowdsec/acquis.yaml')
    expect(optionPaths(acquisition, [])).toEqual(['source', 'container_name', 'labels.type'])
    expect(acquisition).toMatchObject({ labels: { type: 'sallyport' } })
    expect(quoted(parser.filter)).toContain('sallyport')
  })

  test('the parser finds its fields in a line as the log writes it', () => {
    const lines: string[] = []
    const log = createLog({ level: 'info', destination: { write: (line) => lines.push(line) } })
    log.info('decision.challenge', { reason: 'anonymous', address: '203.0.113.7' })
    const line = z.record(z.string(), z.unknown()).parse(JSON.parse(lines[0] ?? ''))
    const fields = [...JSON.stringify(parser).matchAll(/evt\.Unmarshaled\.sallyport\.(\w+)/g)].map(
      ([, name = '']) => name,
    )
    expect(new Set(fields)).toEqual(new Set(['event', 'time', 'address', 'reason']))
    expect(fields.filter((name) => line[name] === undefined)).toEqual([])
    expect(Number.isNaN(Date.parse(String(line['time'])))).toBe(false)
  })
})

test('the files for Nginx Proxy Manager include files that are there', () => {
  const included = ['http_top', 'advanced-app', 'advanced-mcp', 'advanced-sallyport'].flatMap(
    (name) => [
      ...readShipped(`deploy/nginx-proxy-manager/${name}.conf`).matchAll(
        /include sallyport\/(\S+);/g,
      ),
    ],
  )
  expect(included.length).toBeGreaterThan(5)
  for (const [, name = ''] of included) expect(readShipped(`nginx/${name}`)).not.toBe('')
})

test('the page for Nginx Proxy Manager names the file that has the addresses', () => {
  const page = readShipped('deploy/nginx-proxy-manager/README.md')
  const [, file = ''] = /the address of Sallyport in `(\S+)`/.exec(page) ?? []
  const text = readShipped(`nginx/${file}`)
  expect(text.match(/127\.0\.0\.1:1100[01]/g)).toEqual(['127.0.0.1:11001', '127.0.0.1:11000'])
})

test('the page for nginx names every line that has to say another port than 443 (R10)', () => {
  const [section = ''] =
    /\*\*Another port than 443\..*?\n- /s.exec(readShipped('nginx/README.md')) ?? []
  const named = [...section.matchAll(/`(X-Forwarded-Host|Host)` of\s+((?:`\S+`(?: and )?)+)/g)]
    .flatMap(([, header, files = '']) =>
      [...files.matchAll(/`([^`]+)`/g)].map(([, file]) => `${file}: ${header}`),
    )
    .sort()
  // The question's own Host is nobody's: Sallyport reads X-Forwarded-Host there.
  const written = globSync('sallyport-*.conf', { cwd: join(root, 'nginx') })
    .flatMap((file) =>
      [...readShipped(`nginx/${file}`).matchAll(/^proxy_set_header (\S+) \$host;$/gm)].map(
        ([, header]) => `${file}: ${header}`,
      ),
    )
    .filter((line) => line !== 'sallyport-question.conf: Host')
    .sort()
  expect(named).toEqual(written)
})
