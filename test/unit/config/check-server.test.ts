import { describe, expect, test } from 'vitest'
import {
  fileWith,
  load,
  problemsOf,
  settingsOf,
  warningsOf,
} from '../../support/load-configuration.ts'

const server = (publicUrl: string, lines = '') => ({
  yaml: `public_url: ${publicUrl}\nlocal_accounts: true\nallow: { anyone: true }\n${lines}`,
})

describe('public_url', () => {
  test.each([
    ['https://auth.example.com', 'https://auth.example.com', ''],
    ['https://auth.example.com/', 'https://auth.example.com', ''],
    ['https://Auth.Example.com:443', 'https://auth.example.com', ''],
    ['https://auth.example.com:8443', 'https://auth.example.com:8443', ''],
    ['https://app.example.com/_auth', 'https://app.example.com/_auth', '/_auth'],
    ['https://app.example.com/a/b/', 'https://app.example.com/a/b', '/a/b'],
    ['https://bücher.example', 'https://xn--bcher-kva.example', ''],
    ['https://[2001:db8::1]', 'https://[2001:db8::1]', ''],
  ])('loadSettings() reads %s', (written, href, basePath) => {
    expect(settingsOf(server(written)).publicUrl).toMatchObject({ href, basePath })
  })

  test.each([
    'auth.example.com',
    'https://',
    'https://u:p@auth.example.com',
    'https://auth.example.com/?a=b',
    'https://auth.example.com/#x',
    'https://auth.example.com/a/../b',
    'https://auth.example.com//a',
    'https://auth.example.com./',
    'ftp://auth.example.com',
    'https://*.example.com',
    'https://auth.*',
    'javascript:alert(1)',
    '[]',
    '5',
  ])('loadSettings() refuses %s', (written) => {
    expect(problemsOf(server(written))).toEqual([
      expect.stringMatching(/^Cannot read setting "public_url": expected an https URL/),
    ])
  })

  test.each([
    ['http://auth.example.com', '', 'expected an https URL, got'],
    ['http://auth.example.com', 'development: true', '"development" is refused'],
    ['https://auth.example.com', 'development: true', '"development" is refused'],
    ['http://localhost:11000', '', 'or development: true'],
    ['http://auth.test', '', 'or development: true'],
    ['http://localhost.example.com', 'development: true', '"development" is refused'],
    ['http://127.0.0.1.example.com', 'development: true', '"development" is refused'],
    ['http://10.0.0.1', 'development: true', '"development" is refused'],
  ])('loadSettings() refuses %s with "%s" (R144, R145)', (written, lines, problem) => {
    expect(problemsOf(server(written, lines))).toEqual([expect.stringContaining(problem)])
  })

  test.each([
    'http://localhost:11000',
    'http://127.0.0.1:11000',
    'http://[::1]:11000',
    'http://auth.localhost',
    'http://auth.test',
    'https://auth.test',
  ])('loadSettings() allows development on %s, with a warning (R145)', (written) => {
    const given = server(written, 'development: true')
    expect(settingsOf(given)).toMatchObject({ development: true, listen: { host: '127.0.0.1' } })
    expect(warningsOf(given)).toContainEqual(expect.stringContaining('Development mode is on'))
  })

  test('loadSettings() warns when development is reachable by others', () => {
    const given = server('http://localhost:1', 'development: true\nlisten: { host: "::" }')
    expect(settingsOf(given).listen.host).toBe('::')
    expect(warningsOf(given)).toContainEqual(expect.stringContaining('other machines may reach it'))
  })

  test('loadSettings() warns of a decision listener that others reach in development too (R145)', () => {
    const at = (host: string) =>
      warningsOf(
        server(
          'http://localhost:1',
          `development: true\ndecision_port: 9000\ndecision_host: ${host}`,
        ),
      ).join()
    expect(at('0.0.0.0')).toContain('Development mode listens on 0.0.0.0')
    expect(at('127.0.0.1')).not.toContain('listens on')
    const env = { SALLYPORT_DECISION_PORT: '9000', SALLYPORT_DECISION_HOST: '0.0.0.0' }
    expect(problemsOf({ env })).toEqual([
      expect.stringContaining('Setting "public_url" is needed to listen on 0.0.0.0'),
    ])
  })
})

describe('cookie', () => {
  const cookie = (publicUrl: string, value: string, more = '') =>
    server(publicUrl, `cookie: ${value}\n${more}`)

  test.each([
    ['https://auth.example.com', '{ domain: example.com }', 'example.com', '__Secure-sallyport'],
    ['https://auth.example.com', '{ domain: .Example.com }', 'example.com', '__Secure-sallyport'],
    ['https://auth.example.com', '{}', undefined, '__Host-sallyport'],
    ['https://auth.example.com', '{ name: login }', undefined, '__Host-login'],
    ['https://auth.example.com', '{ name: __Host-login }', undefined, '__Host-login'],
    ['https://a.b.co.uk', '{ domain: b.co.uk }', 'b.co.uk', '__Secure-sallyport'],
    ['https://example.com', '{ domain: example.com }', 'example.com', '__Secure-sallyport'],
  ])('loadSettings() on %s reads %s (R16)', (publicUrl, value, domain, name) => {
    expect(settingsOf(cookie(publicUrl, value)).cookie).toEqual({ domain, name })
  })

  test.each([
    ['https://auth.example.com', 'other.com', 'a parent of it'],
    ['https://auth.example.com', 'ple.com', 'a parent of it'],
    ['https://auth.example.com', 'sub.auth.example.com', 'a parent of it'],
    ['https://auth.example.com', 'com', 'at least two labels'],
    ['https://auth.example.co.uk', 'co.uk', 'not a public suffix'],
    ['https://me.github.io', 'github.io', 'not a public suffix'],
    ['https://192.0.2.7', '192.0.2.7', 'not an address'],
    ['https://auth.test', 'test', 'at least two labels'],
    ['https://auth.example.com', '"*.example.com"', 'a domain'],
    ['https://auth.example.com', 'example.com:443', 'a domain'],
  ])('loadSettings() on %s refuses the cookie domain %s (R16)', (publicUrl, domain, wanted) => {
    expect(problemsOf(cookie(publicUrl, `{ domain: ${domain} }`))).toEqual([
      expect.stringMatching(
        new RegExp(`^Cannot read setting "cookie.domain": expected.*${wanted}`),
      ),
    ])
  })

  test('loadSettings() shares localhost in development only (R145)', () => {
    const development = cookie(
      'http://auth.localhost',
      '{ domain: localhost }',
      'development: true',
    )
    expect(settingsOf(development).cookie).toEqual({ domain: 'localhost', name: 'sallyport' })
    expect(problemsOf(cookie('https://auth.localhost', '{ domain: localhost }'))).toHaveLength(1)
  })

  test.each([
    ['https://auth.example.com', '{ domain: example.com, name: __Host-x }'],
    ['https://auth.example.com', '{ name: __Secure-x }'],
    ['https://auth.example.com', '{ name: __host-x }'],
    ['https://auth.example.com', '{ name: CF_Authorization }'],
    ['https://auth.example.com', '{ name: sallyport-csrf }'],
    ['https://auth.example.com', '{ name: __Host-Sallyport-loop }'],
    ['https://auth.example.com', '{ name: "a;b" }'],
  ])('loadSettings() on %s refuses %s (R16)', (publicUrl, value) => {
    expect(problemsOf(cookie(publicUrl, value))).toEqual([
      expect.stringContaining('Cannot read setting "cookie.name"'),
    ])
  })
})

describe('proxy', () => {
  const trusted = (value: string, more = '') => ({
    yaml: fileWith(`proxy: { trusted: ${value}${more} }`),
  })

  test.each([
    ['[10.0.0.1]', ['10.0.0.1/32']],
    ['[10.0.0.0/8, "fd00::/8", "::1"]', ['10.0.0.0/8', 'fd00::/8', '::1/128']],
    ['[]', []],
  ])('loadSettings() reads the networks %s', (value, networks) => {
    expect(settingsOf(trusted(value)).proxy.trusted).toEqual(networks)
  })

  test.each([
    '[10/8]',
    '[10.0.0.0/33]',
    '[proxy.local]',
    '[0x7f.1]',
    '[10.0.0.0/8/8]',
    '["::/129"]',
    '[""]',
  ])('loadSettings() refuses the networks %s', (value) => {
    expect(problemsOf(trusted(value))).toEqual([
      expect.stringContaining('"proxy.trusted[0]": expected an address or a network'),
    ])
  })

  test.each([
    '0.0.0.0/0',
    '::/0',
    '0.0.0.0/1',
    '128.0.0.0/1',
    '2000::/3',
    '::ffff:0:0/96',
    '1.2.3.4/0',
  ])('loadSettings() wants %s acknowledged, and warns at each start (R2)', (network) => {
    expect(problemsOf(trusted(`["${network}"]`))).toEqual([
      expect.stringContaining('lets everyone'),
    ])
    const acknowledged = trusted(`["${network}"]`, ', trust_everyone: true')
    expect(problemsOf(acknowledged)).toEqual([])
    expect(warningsOf(acknowledged)).toContainEqual(
      expect.stringContaining('can claim any host, path and method'),
    )
  })

  test('loadSettings() refuses the dialect without a proxy outside development (R1)', () => {
    expect(problemsOf({ yaml: fileWith('proxy: { dialect: direct }') })).toEqual([
      'Cannot read setting "proxy.dialect": expected one of traefik, nginx, caddy, haproxy, envoy, ingress-nginx, got "direct"',
    ])
    const development = 'development: true\nproxy: { dialect: direct }'
    expect(problemsOf(server('http://localhost:11000', development))).toEqual([])
  })

  test('loadSettings() refuses an acknowledgement of nothing', () => {
    expect(problemsOf(trusted('[10.0.0.0/8]', ', trust_everyone: true'))).toHaveLength(1)
  })
})

describe('listeners', () => {
  test.each([
    ['decision_port: 9000', { kind: 'port', host: '::', port: 9000 }],
    [
      'decision_port: 9000\ndecision_host: 127.0.0.1',
      { kind: 'port', host: '127.0.0.1', port: 9000 },
    ],
    [
      'decision_port: 9000\nlisten: { host: 10.0.0.2 }',
      { kind: 'port', host: '10.0.0.2', port: 9000 },
    ],
    ['decision_socket: /run/sallyport.sock', { kind: 'socket', path: '/run/sallyport.sock' }],
  ])('loadSettings() reads %j', (lines, decision) => {
    expect(settingsOf({ yaml: fileWith(lines) }).decision).toEqual(decision)
  })

  test.each([
    ['decision_port: 9000\ndecision_socket: /run/s', 'contradict each other'],
    ['decision_host: 127.0.0.1', 'has no meaning without'],
    ['port: 9000\nlisten: { port: 9001 }', 'contradict each other'],
    ['decision_port: 11000', 'decisions need their own'],
    ['decision_socket: run/s', 'an absolute path'],
    [`decision_socket: /${'x'.repeat(107)}`, 'at most 107 bytes'],
    ['listen: { host: example.com }', 'an IP address'],
    ['port: 0', 'a port from 1 to 65535'],
    ['port: 1.5', 'a port from 1 to 65535'],
    ['protected_path: /login', 'not a page of Sallyport'],
    ['protected_path: /.well-known/x', 'not a page of Sallyport'],
    ['protected_path: /invitation', 'not a page of Sallyport'],
    ['protected_path: /passkeys.js', 'not a page of Sallyport'],
    ['protected_path: /auth/nginx', 'not a page of Sallyport'],
    ['protected_path: sse', 'a path that starts with "/"'],
    ['protected_path: /a/../b', 'a path that starts with "/"'],
    ['protected_path: /a?b', 'a path that starts with "/"'],
  ])('loadSettings() refuses %j (R144)', (lines, problem) => {
    expect(problemsOf({ yaml: fileWith(lines) })).toEqual([expect.stringContaining(problem)])
  })
})

describe('session', () => {
  test.each([
    ['{ lifetime: 7d, idle: 0 }', 604_800, 0],
    ['{ lifetime: 3600 }', 3600, 3600],
    ['{ lifetime: 90s }', 90, 90],
    ['{ lifetime: 12 h, idle: 30m }', 43_200, 1800],
  ])('loadSettings() reads %s (R21)', (value, lifetime, idle) => {
    expect(settingsOf({ yaml: fileWith(`session: ${value}`) }).session).toEqual({ lifetime, idle })
  })

  test.each([
    '{ lifetime: 8d }',
    '{ lifetime: 0 }',
    '{ idle: -1 }',
    '{ idle: 1w }',
    '{ idle: "" }',
    '{ idle: "1e3" }',
  ])('loadSettings() refuses %s (R21)', (value) => {
    expect(problemsOf({ yaml: fileWith(`session: ${value}`) })).toEqual([
      expect.stringContaining('expected a duration'),
    ])
  })

  test('loadSettings() warns of an idle time without effect', () => {
    const yaml = fileWith('session: { lifetime: 1h, idle: 2h }')
    expect(warningsOf({ yaml })).toContainEqual(expect.stringContaining('has no effect'))
  })
})

describe('database', () => {
  const url = 'postgres://sallyport:pass@db/sallyport'

  test('loadSettings() takes PostgreSQL from a value or a file', () => {
    const settings = [
      settingsOf({ yaml: fileWith(`database_url: ${url}`) }),
      settingsOf({ yaml: fileWith('database_url_file: /s'), files: { '/s': `${url}\n` } }),
      settingsOf({
        yaml: fileWith(''),
        env: { SALLYPORT_DATABASE_URL_FILE: '/s' },
        files: { '/s': url },
      }),
    ]
    for (const { database } of settings)
      expect(database.kind === 'postgres' && database.url.reveal()).toBe(url)
  })

  test('loadSettings() refuses another kind of URL, without showing it', () => {
    const given = [
      { yaml: fileWith('database_url: mysql://u:hidden@db/x') },
      { yaml: fileWith('database_url_file: /s'), files: { '/s': 'mysql://u:hidden@db/x' } },
    ]
    for (const one of given)
      expect(problemsOf(one)).toEqual([
        'Cannot read setting "database_url": expected a postgres:// URL',
      ])
  })

  test('loadSettings() warns that a flag shows the URL in process lists (R116)', () => {
    const outcome = load({ yaml: fileWith(''), argv: ['--database-url', url] })
    expect(outcome.warnings).toContainEqual({
      severity: 'warning',
      text: '--database-url is visible to everyone who can list processes; use SALLYPORT_DATABASE_URL_FILE',
    })
  })
})

describe('in a container', () => {
  const env = { SALLYPORT_CONTAINER: 'true' }

  test('loadSettings() refuses to start without configuration, and says what is missing (R149)', () => {
    expect(problemsOf({ env })).toEqual([
      expect.stringMatching(/^Setting "public_url" is needed to listen on ::: expected the https/),
    ])
    expect(problemsOf({ env: { ...env, DEV_MODE: 'true' } })).toHaveLength(1)
    expect(problemsOf({ env: { SALLYPORT_CONTAINER: 'false' } })).toEqual([])
  })

  test.each([
    ['', '::'],
    ['listen: { host: 127.0.0.1 }', '127.0.0.1'],
    ['listen: { port: 8080 }', '::'],
  ])('loadSettings() with "%s" listens on %s: what is configured counts more', (lines, host) => {
    expect(settingsOf({ yaml: fileWith(lines), env }).listen.host).toBe(host)
  })

  test('loadSettings() lets development mode out of the container when it has a public URL', () => {
    const yaml = 'public_url: http://localhost:11000\ndevelopment: true\nlocal_accounts: true'
    expect(settingsOf({ yaml, env }).listen.host).toBe('::')
    expect(warningsOf({ yaml, env })).toContain(
      'Development mode listens on ::, where other machines may reach it',
    )
  })

  test('loadSettings() refuses SALLYPORT_CONTAINER that is neither true nor false', () => {
    expect(problemsOf({ yaml: fileWith(''), env: { SALLYPORT_CONTAINER: 'perhaps' } })).toEqual([
      'Cannot read setting "SALLYPORT_CONTAINER": expected true or false, got "perhaps"',
    ])
  })
})
