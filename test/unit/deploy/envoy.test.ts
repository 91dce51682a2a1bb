// Do the Envoy and Istio files ask what a decision reads, and take over what it answers?

import { describe, expect, test } from 'vitest'
import { pageHeaders } from '../../../src/http/reply.ts'
import { envoyPrefix } from '../../../src/protocol/dialects.ts'
import { readHeaders } from '../../../src/protocol/raw-headers.ts'
import { readEnvoy, readIstio } from '../../support/envoy-files.ts'
import { fileWith, settingsOf } from '../../support/load-configuration.ts'
import { readShipped } from '../../support/shipped.ts'

const { connections, removed, filters, question, clusters } = readEnvoy()
const istio = readIstio()
const asking = istio.provider.envoyExtAuthzHttp

const identityHeaders = settingsOf({ yaml: fileWith('') }).identityHeaders.map(({ name }) =>
  name.toLowerCase(),
)
/** What a decision reads, but what Envoy sends by itself and what only other proxies send. */
const facts = Object.keys(readHeaders([])).filter(
  (name) =>
    !/^(cf-access-.*|authorization|host|upgrade|x-forwarded-(host|method|uri)|x-original-.*)$/.test(
      name,
    ),
)
const shown = [
  ...Object.keys(pageHeaders('nonce', { https: true })).map((name) => name.toLowerCase()),
  'location',
  'retry-after',
  'www-authenticate',
  'x-auth-login',
  'x-decision-id',
]

describe('envoy.yaml', () => {
  const { authorization_response: answer, ...service } = question.http_service

  test('sends what a decision reads, to the private listener', () => {
    expect(question.allowed_headers).toEqual([...new Set(['accept-language', ...facts])].sort())
    expect(service.path_prefix).toBe(envoyPrefix)
    expect(service.server_uri.uri).toBe('http://sallyport:11001')
    expect(clusters).toContain(service.server_uri.cluster)
  })

  test('takes over every identity header, and shows what a refusal says (R11)', () => {
    expect(answer.allowed_upstream_headers).toEqual([...identityHeaders, 'cookie'])
    expect(answer.allowed_client_headers).toEqual(expect.arrayContaining(shown))
    const allowed = answer.allowed_client_headers
    expect(allowed.filter((name) => identityHeaders.includes(name))).toEqual([])
  })

  test('removes what a client may not say before the question, as the nginx files do', () => {
    const inNginx = [
      ...readShipped('nginx/sallyport-strip.conf').matchAll(/^proxy_set_header (\S+) "";$/gm),
    ].map(([, name = '']) => name.toLowerCase())
    // Envoy sends none of the answer's other headers on to the application.
    const own = /^x-(auth-(redirect|status|login)|decision-id)$/
    const expected = [...identityHeaders, ...inNginx.filter((name) => !own.test(name))]
    expect(removed).toEqual(expect.arrayContaining(expected))
    // Envoy writes these two itself.
    expect(removed).not.toContain('x-forwarded-for')
    expect(removed).not.toContain('x-forwarded-proto')
  })

  test('has CORS before the decision, and the decision before the router (K16)', () => {
    expect(filters).toEqual(['cors', 'ext_authz', 'router'])
  })

  test('decides about all but its own pages, and keeps credentials from what is behind (R25)', () => {
    const hosts = connections.route_config.virtual_hosts
    const isOpen = (config: Readonly<Record<string, Readonly<Record<string, unknown>>>>) =>
      config['envoy.filters.http.ext_authz']?.['disabled'] === true
    const open = hosts.flatMap((host) =>
      host.routes
        .filter(
          (route) => isOpen(host.typed_per_filter_config) || isOpen(route.typed_per_filter_config),
        )
        .map((route) => [
          host.name,
          Object.values(route.match).join(),
          route.route?.cluster ?? route.direct_response?.status,
        ]),
    )
    expect(open).toEqual([
      ['sallyport', '/', 'sallyport'],
      ['mcp', '/.well-known/oauth-protected-resource', 'sallyport'],
      ['mcp', '/.well-known/oauth-authorization-server', 'sallyport'],
      ['mcp', '/.well-known/openid-configuration', 'sallyport'],
      ['nobody', '/', 421],
    ])
    const kept = Object.fromEntries(
      hosts.map((host) => [host.name, host.request_headers_to_remove]),
    )
    expect(kept).toMatchObject({
      app: ['authorization', 'dpop'],
      mcp: ['authorization', 'dpop', 'cookie'],
    })
    const used = hosts.flatMap(({ routes }) => routes.map(({ route }) => route?.cluster))
    expect(clusters).toEqual(
      expect.arrayContaining(used.filter((cluster) => cluster !== undefined)),
    )
  })
})

describe('istio.yaml', () => {
  test('says the same as envoy.yaml', () => {
    const { authorization_response: answer, path_prefix: prefix } = question.http_service
    expect(asking.pathPrefix).toBe(prefix)
    expect(asking.includeRequestHeadersInCheck).toEqual(
      [...question.allowed_headers, 'authorization'].sort(),
    )
    expect(asking.headersToUpstreamOnAllow).toEqual(answer.allowed_upstream_headers)
    expect(asking.headersToDownstreamOnDeny).toEqual(answer.allowed_client_headers)
    expect(istio.removed).toEqual(removed)
    expect(istio.asks).toBe(istio.provider.name)
  })

  const app = 'app.example.com'
  const mcp = 'mcp.example.com'
  const documents = [
    '/.well-known/oauth-protected-resource',
    '/.well-known/oauth-authorization-server',
    '/.well-known/openid-configuration',
  ].flatMap((path) => [path, `${path}/mcp`])
  type Case = { host: string; path: string; asked: boolean; to: string }
  const requests: readonly Case[] = [
    { host: app, path: '/', asked: true, to: 'app' },
    ...documents.map((path) => ({ host: app, path, asked: true, to: 'app' })),
    { host: 'auth.example.com', path: '/', asked: false, to: 'sallyport' },
    { host: 'auth.example.com', path: '/login', asked: false, to: 'sallyport' },
    { host: mcp, path: '/mcp', asked: true, to: 'mcp' },
    ...documents.map((path) => ({ host: mcp, path, asked: false, to: 'sallyport' })),
    { host: mcp, path: '/.well-known/oauth-protected-resources', asked: true, to: 'mcp' },
    { host: mcp, path: '/.well-known/', asked: true, to: 'mcp' },
    { host: 'other.example.com', path: '/', asked: true, to: 'nowhere' },
    ...documents.map((path) => ({ host: 'other.example.com', path, asked: true, to: 'nowhere' })),
  ]
  test.each(requests)('leads $host$path to $to, asked about: $asked (R13)', (one) => {
    expect(istio.isAsked(one)).toBe(one.asked)
    expect(istio.routeOf(one)?.to ?? 'nowhere').toBe(one.to)
  })

  test('keeps credentials from what is behind (R25)', () => {
    expect(istio.routeOf({ host: app, path: '/' })?.removed).toEqual(['authorization', 'dpop'])
    expect(istio.routeOf({ host: mcp, path: '/mcp' })?.removed).toEqual([
      'authorization',
      'dpop',
      'cookie',
    ])
  })
})
