// Do the compose files fit the image, the configurations and the proxy files they start?

import { execFileSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { join, resolve } from 'node:path'
import ipaddr from 'ipaddr.js'
import { describe, expect, test } from 'vitest'
import manifest from '../../../package.json' with { type: 'json' }
import { parseDockerfile } from '../../e2e/support/dockerfile.ts'
import { load, settingsOf } from '../../support/load-configuration.ts'
import {
  type ComposeFile,
  composeFile,
  composeOverlay,
  mountsOf,
  networksOf,
  readShipped,
  readYaml,
  root,
} from '../../support/shipped.ts'

const overlays = ['deploy/compose.traefik-labels.yaml']
const files = globSync('deploy/compose.*.yaml', { cwd: root })
  .filter((path) => !overlays.includes(path))
  .sort()
const read = (path: string): ComposeFile => composeFile.parse(readYaml(path))
const atDeploy = (path: string) => join('deploy', path)

/** Path of Sallyport's configuration file in the repository. */
function configurationOf({ services }: ComposeFile): string {
  const mount = mountsOf(services['sallyport'] ?? { volumes: [] }).find(
    ({ target }) => target === '/app/sallyport.yaml',
  )
  return atDeploy(mount?.source ?? '')
}

/** What is configured, with the secrets that the file names filled in. */
function settingsFor(file: ComposeFile) {
  const secrets = Object.keys(file.secrets).map((name) => [
    `/run/secrets/${name}`,
    'kFs82-mQpz71LxyW',
  ])
  return settingsOf({
    yaml: readShipped(configurationOf(file)),
    files: Object.fromEntries(secrets),
  })
}

const image = parseDockerfile(readShipped('Dockerfile')).at(-1)?.instructions ?? []
const inImage = (name: string) => image.find((one) => one.name === name)?.args ?? []

test('there is a compose file for each set-up that README.md promises', () => {
  expect(files).toEqual([
    'deploy/compose.nginx-local.yaml',
    'deploy/compose.traefik-google.yaml',
    'deploy/compose.traefik-keycloak.yaml',
    'deploy/compose.traefik-mcp.yaml',
  ])
})

describe.each(files)('%s', (path) => {
  const file = read(path)
  const services = Object.entries(file.services)
  const sallyport = file.services['sallyport']
  const [proxyName = '', proxy] = services[0] ?? []

  test('gives no service more than it needs (R146, C24)', () => {
    for (const [name, service] of services) {
      expect(service.cap_drop, name).toEqual(['ALL'])
      expect(service.security_opt, name).toEqual(['no-new-privileges:true'])
      expect(service.cap_add ?? [], name).toEqual(name === 'traefik' ? ['NET_BIND_SERVICE'] : [])
      // Keycloak builds itself for its database when it starts.
      expect(service.read_only ?? false, name).toBe(name !== 'keycloak')
      for (const mount of mountsOf(service)) {
        const isVolume = !mount.source.startsWith('.')
        expect(mount.mode, `${name} ${mount.source}`).toBe(isVolume ? 'rw' : 'ro')
        expect(mount.source).not.toContain('docker.sock')
      }
    }
  })

  test('names an exact version of each image', () => {
    for (const [name, service] of services)
      expect(service.image, name).toMatch(/:v?\d+(\.\d+)*(-alpine)?$|^\$\{\w+:\?/)
    expect(sallyport?.image).toBe(`sallyport:${manifest.version}`)
    expect(sallyport?.build).toBe('..')
  })

  test('mounts, joins and waits for nothing that is not there', () => {
    for (const [name, service] of services) {
      for (const { source } of mountsOf(service)) {
        if (source.startsWith('.')) {
          expect(existsSync(resolve(root, 'deploy', source)), `${name} ${source}`).toBe(true)
        } else expect(Object.keys(file.volumes), name).toContain(source)
      }
      for (const secret of service.secrets)
        expect(Object.keys(file.secrets), name).toContain(secret)
      for (const network of networksOf(service))
        expect(Object.keys(file.networks), name).toContain(network)
      for (const [other, { condition }] of Object.entries(service.depends_on)) {
        const awaited = file.services[other]
        const reports = awaited?.healthcheck !== undefined || other === 'sallyport'
        expect(awaited, `${name} -> ${other}`).toBeDefined()
        expect(condition === 'service_started' || reports, `${name} -> ${other}`).toBe(true)
      }
    }
    const used = services.flatMap(([, service]) => [
      ...service.secrets,
      ...networksOf(service),
      ...mountsOf(service).map(({ source }) => source),
    ])
    for (const name of [file.secrets, file.networks, file.volumes].flatMap(Object.keys))
      expect(used).toContain(name)
  })

  test('keeps every secret in a file that is not shipped (R149)', () => {
    for (const { file: source } of Object.values(file.secrets)) {
      expect(source).toMatch(/^\.\/secrets\/[a-z_.]+$/)
    }
    for (const [name, { environment }] of services)
      for (const [variable, value] of Object.entries(environment))
        if (/PASSWORD|SECRET|TOKEN/.test(variable))
          expect(value, `${name} ${variable}`).toMatch(/^\/run\/secrets\//)
    expect(readShipped('.gitignore').split('\n')).toContain('/deploy/secrets/')
    expect(manifest.files).toContain('!deploy/secrets')
  })

  test('publishes the proxy and no port of Sallyport or the application', () => {
    const published = services.filter(([, { ports }]) => ports.length > 0)
    expect(published.map(([name]) => name).filter((name) => name !== 'keycloak')).toEqual([
      proxyName,
    ])
    expect(proxy?.ports).toEqual(['80:80', '443:443'])
    expect(file.services['keycloak']?.ports ?? ['127.0.0.1:']).toEqual([
      expect.stringMatching(/^127\.0\.0\.1:/),
    ])
  })

  test('lets nobody but the proxy ask for decisions, and trusts nobody else (R2)', () => {
    const onGate = services.filter(([, service]) => networksOf(service).includes('gate'))
    expect(onGate.map(([name]) => name)).toEqual([proxyName, 'sallyport'])
    expect(networksOf(sallyport ?? { networks: [] })).toEqual(['gate'])
    const { proxy: trust, decision } = settingsFor(file)
    expect(trust.trusted).toEqual([file.networks['gate']?.ipam?.config[0].subnet])
    expect(trust.dialect).toBe(proxyName)
    expect(decision).toMatchObject({ kind: 'port', port: 11001 })
  })

  test('starts Sallyport with what the image has', () => {
    const [workdir = ''] = inImage('WORKDIR')
    const [volume = ''] = inImage('VOLUME')
    const targets = mountsOf(sallyport ?? { volumes: [] }).map(({ target }) => target)
    expect(targets).toEqual([`${workdir}/sallyport.yaml`, volume])
    expect(sallyport).toMatchObject({ environment: {}, ports: [] })
    expect(sallyport).not.toHaveProperty('command')
    expect(sallyport).not.toHaveProperty('user')
    expect(inImage('HEALTHCHECK')).toContain('health')
    const { dataDirectory, listen } = settingsFor(file)
    expect(resolve(workdir, dataDirectory)).toBe(volume)
    expect(inImage('EXPOSE')).toEqual([String(listen.port), '11001'])
  })

  test('comes with a configuration that is valid and has no warning', () => {
    const secrets = Object.keys(file.secrets).map((name) => [
      `/run/secrets/${name}`,
      'kFs82-mQpz71LxyW',
    ])
    const loading = load({
      yaml: readShipped(configurationOf(file)),
      files: Object.fromEntries(secrets),
      env: { SALLYPORT_CONTAINER: 'true' },
    })
    expect(loading).toMatchObject({ kind: 'settings' })
    expect(loading.warnings.filter(({ severity }) => severity === 'warning')).toEqual([])
    if (loading.kind !== 'settings') return
    // Only what the file uses is mounted into Sallyport.
    const named = [...readShipped(configurationOf(file)).matchAll(/\/run\/secrets\/(\w+)/g)]
    expect(sallyport?.secrets).toEqual(named.map(([, name]) => name))
    expect(loading.settings.listen.host).toBe('::')
  })

  test('has no start without an answer about who may sign in (R149)', () => {
    const { policy } = settingsFor(file)
    expect(policy.allow.length).toBeGreaterThan(0)
    expect(policy.rules.filter(({ access }) => access === 'public')).toEqual([])
  })
})

test('compose.traefik-mcp.yaml has a router for the one resource, whose tokens are of our own', () => {
  const { authorizationServer, publicUrl } = settingsFor(read('deploy/compose.traefik-mcp.yaml'))
  expect(authorizationServer?.resources).toMatchObject([{ scopes: ['mcp:tools'] }])
  const hosts = [publicUrl.origin, ...(authorizationServer?.resources ?? []).map(({ url }) => url)]
  const rules = ['traefik/dynamic.yml', 'traefik/mcp.yml'].map(readShipped)
  for (const [at, address] of hosts.entries())
    expect(rules[at]).toContain(`Host(\`${new URL(address).hostname}\`)`)
  expect(Object.keys(authorizationServer?.scopeDescriptions ?? {})).toEqual(['mcp:tools'])
})

describe('compose.traefik-keycloak.yaml', () => {
  const file = read('deploy/compose.traefik-keycloak.yaml')
  const settings = settingsFor(file)
  const [provider] = settings.providers
  const { keycloak, traefik } = file.services
  const { hostname, origin, pathname } = new URL(provider?.issuer ?? '')

  test('lets Sallyport and Keycloak reach each other by their public names', () => {
    expect(traefik?.networks).toMatchObject({
      gate: { aliases: [hostname] },
      sso: { aliases: [settings.publicUrl.hostname] },
    })
    expect(keycloak?.environment).toMatchObject({
      KC_HOSTNAME: origin,
      KC_PROXY_TRUSTED_ADDRESSES: file.networks['sso']?.ipam?.config[0].subnet,
    })
    expect(networksOf(keycloak ?? { networks: [] })).toContain('sso')
  })

  test('imports the realm, with every gap in it filled', () => {
    const realm = readShipped('deploy/keycloak/sallyport-realm.json')
    const [, name] = /"realm": "(\w+)"/.exec(realm) ?? []
    expect(pathname).toBe(`/realms/${name}`)
    expect(realm).toContain(`"clientId": "${provider?.clientId}"`)
    expect(keycloak?.command).toEqual(['start', '--import-realm'])
    expect(mountsOf(keycloak ?? { volumes: [] }).map(({ target }) => target)).toEqual([
      '/opt/keycloak/data/import/sallyport-realm.json',
    ])
    const gaps = [...realm.matchAll(/\$\{([A-Z_]+)\}/g)].map(([, gap = '']) => gap)
    const filled = [
      ...Object.keys(keycloak?.environment ?? {}),
      ...[...(keycloak?.entrypoint?.[2] ?? '').matchAll(/(\w+)="\$\$\(/g)].map(([, key]) => key),
    ]
    expect(gaps.length).toBeGreaterThan(2)
    expect(gaps.filter((gap) => !filled.includes(gap))).toEqual([])
    expect(keycloak?.environment).toMatchObject({ SALLYPORT_URL: settings.publicUrl.href })
  })

  test('hands Keycloak its secrets, as a shell of ours shows', () => {
    const [, option = '', script = ''] = keycloak?.entrypoint ?? []
    const run = script
      .replaceAll('$$', '$')
      .replace(/\/run\/secrets\/(\w+)/g, (_, name) => `<(echo "value of ${name}")`)
      .replaceAll('<<(', '< <(')
      .replace('/opt/keycloak/bin/kc.sh', '/usr/bin/env')
    const output = execFileSync('bash', [option, run, 'kc.sh'], { encoding: 'utf8' })
    expect(output.split('\n')).toEqual(
      expect.arrayContaining([
        'KC_DB_PASSWORD=value of keycloak_db_password',
        'SALLYPORT_CLIENT_SECRET=value of keycloak_client_secret',
      ]),
    )
  })
})

test('compose.nginx-local.yaml has Sallyport where its nginx asks', () => {
  const { services, networks } = read('deploy/compose.nginx-local.yaml')
  const shipped = readShipped('nginx/sallyport-upstreams.conf')
  const own = readShipped('deploy/nginx/sallyport-upstreams.conf')
  const upstreams = (text: string) => text.split('\n').filter((line) => !/^(#|$)/.test(line))
  expect(services['sallyport']?.networks).toEqual({ gate: { ipv4_address: '172.31.250.3' } })
  expect(upstreams(own)).toEqual(
    upstreams(shipped).map((line) => line.replace('127.0.0.1', '172.31.250.3')),
  )
  const { subnet = '', ip_range: range = '' } = networks['gate']?.ipam?.config[0] ?? {}
  const isIn = (network: string) =>
    ipaddr.IPv4.parse('172.31.250.3').match(ipaddr.IPv4.parseCIDR(network))
  // Docker gives an address of this range to nginx, which starts first when Sallyport is made anew.
  expect([isIn(subnet), isIn(range)]).toEqual([true, false])
})

test('commands are run in the container that is there, by the names of the image', () => {
  const program = inImage('ENTRYPOINT').join(' ').replace('/usr/local/bin/', '')
  const pages = ['README.md', 'sallyport.mcp.yaml', 'sallyport.nginx-local.yaml'].map(atDeploy)
  for (const page of pages) {
    const text = readShipped(page)
    const commands = [...text.matchAll(/docker compose -f (\S+) (\w+)(?: --rm)? sallyport (.*)$/gm)]
    expect(commands.length, page).toBeGreaterThan(0)
    for (const [line, file = '', verb, command] of commands) {
      expect(files, line).toContain(atDeploy(file))
      // Another container would want the same fixed address, and write to the same database.
      expect(verb, line).toBe('exec')
      expect(command, line).toMatch(new RegExp(`^${program} users add \\w+`))
    }
  }
})

test('compose.traefik-labels.yaml adds a read-only view of the containers to Traefik, and nothing else', () => {
  const { services, networks } = composeOverlay.parse(
    readYaml('deploy/compose.traefik-labels.yaml'),
  )
  expect(Object.keys(services)).toEqual(['traefik', 'socket-proxy', 'labelled'])
  expect(services['traefik']?.volumes).toEqual([
    '../traefik/traefik.labels.yml:/etc/traefik/traefik.yml:ro',
  ])
  const withSocket = Object.entries(services).filter(([, { volumes = [] }]) =>
    volumes.some((volume) => volume.includes('docker.sock')),
  )
  expect(withSocket.map(([name]) => name)).toEqual(['socket-proxy'])
  const proxy = services['socket-proxy']
  expect(proxy?.volumes).toEqual(['/var/run/docker.sock:/var/run/docker.sock:ro'])
  expect(proxy?.environment).toEqual({
    CONTAINERS: '1',
    EVENTS: '1',
    PING: '1',
    VERSION: '1',
    POST: '0',
  })
  expect(proxy?.networks).toEqual(['socket'])
  expect(proxy?.ports).toEqual([])
  expect(networks['socket']).toEqual({ internal: true })
  for (const name of ['socket-proxy', 'labelled'])
    expect(services[name]).toMatchObject({ read_only: true, cap_drop: ['ALL'] })
})
