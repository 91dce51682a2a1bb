// Do the Kubernetes manifests fit the image, the configuration beside them, and each other?

import { globSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import manifest from '../../../package.json' with { type: 'json' }
import { configVariable } from '../../../src/config/variables.ts'
import { dialects } from '../../../src/protocol/dialects.ts'
import { readHeaders } from '../../../src/protocol/raw-headers.ts'
import { parseDockerfile } from '../../e2e/support/dockerfile.ts'
import { readEnvoy } from '../../support/envoy-files.ts'
import { load, settingsOf } from '../../support/load-configuration.ts'
import { readShipped, readYaml, readYamlDocuments, root } from '../../support/shipped.ts'

const folder = 'deploy/kubernetes'
const base = `${folder}/base`
const object = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
  spec: z.unknown().optional(),
})
type KubernetesObject = z.output<typeof object>
const objectsOf = (path: string): readonly KubernetesObject[] =>
  readYamlDocuments(path).map((one) => object.parse(one))
const find = (path: string, kind: string, name: string): KubernetesObject => {
  const found = objectsOf(path).find((one) => one.kind === kind && one.metadata.name === name)
  if (found === undefined) throw new Error(`${path} has no ${kind} "${name}"`)
  return found
}

/** Kinds that our manifests use, with the API that has them. */
const apis: Readonly<Record<string, string>> = {
  ClientTrafficPolicy: 'gateway.envoyproxy.io/v1alpha1',
  Deployment: 'apps/v1',
  HTTPRoute: 'gateway.networking.k8s.io/v1',
  Ingress: 'networking.k8s.io/v1',
  Namespace: 'v1',
  NetworkPolicy: 'networking.k8s.io/v1',
  PersistentVolumeClaim: 'v1',
  PodDisruptionBudget: 'policy/v1',
  ReferenceGrant: 'gateway.networking.k8s.io/v1beta1',
  Secret: 'v1',
  SecurityPolicy: 'gateway.envoyproxy.io/v1alpha1',
  Service: 'v1',
}

const image = parseDockerfile(readShipped('Dockerfile')).at(-1)?.instructions ?? []
const inImage = (name: string) => image.find((one) => one.name === name)?.args ?? []
const secrets = { '/run/secrets/sallyport/client_secret': 'kFs82-mQpz71LxyW' }
const settings = settingsOf({ yaml: readShipped(`${base}/sallyport.yaml`), files: secrets })
const identityHeaders = settings.identityHeaders.map(({ name }) => name)
const lower = (list: readonly string[]) => list.map((name) => name.toLowerCase()).sort()

const mount = z.object({
  name: z.string(),
  mountPath: z.string(),
  readOnly: z.boolean().optional(),
})
const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.literal('public') }) })
const pod = z.object({
  automountServiceAccountToken: z.literal(false),
  enableServiceLinks: z.literal(false),
  terminationGracePeriodSeconds: z.number(),
  securityContext: z.unknown(),
  containers: z.tuple([
    z.object({
      image: z.literal('sallyport'),
      args: z.array(z.string()),
      env: z.array(z.strictObject({ name: z.string(), value: z.string() })),
      lifecycle: z.strictObject({
        preStop: z.strictObject({ sleep: z.strictObject({ seconds: z.number() }) }),
      }),
      ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
      securityContext: z.unknown(),
      livenessProbe: probe,
      readinessProbe: probe,
      startupProbe: probe,
      resources: z.object({ requests: z.unknown(), limits: z.object({ memory: z.string() }) }),
      volumeMounts: z.array(mount),
    }),
  ]),
  volumes: z.array(z.looseObject({ name: z.string() })),
})
const deployment = z.object({
  replicas: z.literal(1),
  strategy: z.object({ type: z.literal('Recreate') }),
  template: z.object({ spec: pod }),
})
const { spec: podSpec } = deployment.parse(
  find(`${base}/deployment.yaml`, 'Deployment', 'sallyport').spec,
).template
const [container] = podSpec.containers

const ports = new Map([
  ['public', settings.listen.port],
  ['decisions', settings.decision.kind === 'port' ? settings.decision.port : 0],
])

test('every object has the API of its kind, and every kustomization names files that are there', () => {
  const all = globSync(`${folder}/**/*.yaml`, { cwd: root })
  const plain = all.filter((path) => !/(kustomization|sallyport|replicas)\.yaml$/.test(path))
  expect(plain.length).toBeGreaterThan(7)
  for (const path of plain) {
    for (const { kind, apiVersion } of objectsOf(path)) expect(apis[kind], path).toBe(apiVersion)
  }
  const kustomization = z.object({ resources: z.array(z.string()) })
  for (const path of all.filter((one) => one.endsWith('kustomization.yaml'))) {
    const here = path.replace('/kustomization.yaml', '')
    for (const resource of kustomization.parse(readYaml(path)).resources) {
      const target = resource === '../base' ? `${base}/kustomization.yaml` : `${here}/${resource}`
      expect(all, path).toContain(target)
    }
  }
  expect(readYaml(`${base}/kustomization.yaml`)).toMatchObject({
    configMapGenerator: [{ name: 'sallyport', files: ['sallyport.yaml'] }],
    images: [{ name: 'sallyport', newTag: manifest.version }],
  })
})

test('sallyport.yaml is valid and has no warning; with PostgreSQL too', () => {
  const yaml = readShipped(`${base}/sallyport.yaml`)
  expect(load({ yaml, files: secrets })).toMatchObject({ kind: 'settings', warnings: [] })
  const shared = yaml.replace('# database_url_file:', 'database_url_file:')
  expect(shared).not.toBe(yaml)
  const files = { ...secrets, '/run/secrets/sallyport/database_url': 'postgres://db/sallyport' }
  expect(settingsOf({ yaml: shared, files }).database.kind).toBe('postgres')
})

test('the Secret that is shipped does not start (R149)', () => {
  const { stringData } = z
    .object({ stringData: z.record(z.string(), z.string()) })
    .parse(find(`${folder}/secret.example.yaml`, 'Secret', 'sallyport'))
  expect(Object.keys(stringData)).toEqual(['client_secret'])
  const files = { '/run/secrets/sallyport/client_secret': stringData['client_secret'] ?? '' }
  expect(load({ yaml: readShipped(`${base}/sallyport.yaml`), files }).kind).toBe('problems')
})

describe('the Deployment', () => {
  test('keeps to the restricted standard, as the user of the image (R146)', () => {
    const [user, group] = (inImage('USER')[0] ?? '').split(':').map(Number)
    expect(podSpec.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: group,
      fsGroup: group,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    })
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
    expect(find(`${base}/namespace.yaml`, 'Namespace', 'auth').metadata).toMatchObject({
      labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
    })
  })

  test('opens the ports of the configuration and asks the public one for health', () => {
    expect(container.ports).toEqual(
      [...ports].map(([name, containerPort]) => ({ name, containerPort })),
    )
    expect([...ports.values()].map(String)).toEqual(inImage('EXPOSE'))
    expect(container.livenessProbe.httpGet.path).toBe('/health')
    expect(container.startupProbe.httpGet.path).toBe('/health')
    expect(container.readinessProbe.httpGet.path).toBe('/ready')
  })

  test('closes its listeners after proxies have heard of it, and has time left to finish (R139)', () => {
    const { seconds } = container.lifecycle.preStop.sleep
    expect(seconds).toBeGreaterThanOrEqual(5)
    expect(podSpec.terminationGracePeriodSeconds).toBeGreaterThan(seconds + 10)
  })

  test('mounts what the configuration and the image name', () => {
    const places = Object.fromEntries(
      container.volumeMounts.map((one) => [one.name, one.mountPath]),
    )
    expect(Object.keys(places).sort()).toEqual(podSpec.volumes.map(({ name }) => name).sort())
    expect(places['data']).toBe(inImage('VOLUME')[0])
    expect(container.args).toEqual(inImage('CMD'))
    // Commands that are run in the container find it without being told.
    expect(container.env).toEqual([
      { name: configVariable, value: `${places['configuration']}/sallyport.yaml` },
    ])
    expect(Object.keys(secrets)).toEqual([`${places['secrets']}/client_secret`])
    const writable = container.volumeMounts.filter(({ readOnly }) => readOnly !== true)
    expect(writable.map(({ mountPath }) => mountPath)).toEqual(['/app/data', '/tmp'])
  })
})

test('the decision port has a Service of its own, and a NetworkPolicy lets in the proxy alone (R2)', () => {
  const services = objectsOf(`${base}/service.yaml`)
  expect(services.map(({ metadata, spec }) => [metadata.name, spec])).toEqual(
    [...ports].map(([name, port]) => [
      name === 'public' ? 'sallyport' : 'sallyport-decisions',
      {
        selector: { 'app.kubernetes.io/name': 'sallyport' },
        ports: [{ name, port, targetPort: name }],
      },
    ]),
  )
  expect(find(`${base}/networkpolicy.yaml`, 'NetworkPolicy', 'sallyport').spec).toEqual({
    podSelector: { matchLabels: { 'app.kubernetes.io/name': 'sallyport' } },
    policyTypes: ['Ingress'],
    ingress: [
      {
        from: [
          {
            namespaceSelector: {
              matchLabels: { 'kubernetes.io/metadata.name': 'envoy-gateway-system' },
            },
          },
        ],
        ports: [...ports.keys()].map((port) => ({ protocol: 'TCP', port })),
      },
    ],
  })
  // No way leads from outside to the decision port.
  const routes = [`${folder}/envoy-gateway.yaml`, `${folder}/ingress-nginx.yaml`].flatMap(objectsOf)
  const leading = routes.filter(({ kind }) => kind === 'HTTPRoute' || kind === 'Ingress')
  expect(leading).toHaveLength(6)
  expect(JSON.stringify(leading.map(({ spec }) => spec))).not.toMatch(/11001|decisions/)
})

test('with PostgreSQL there are several pods, without a volume', () => {
  const replicas = z.object({ replicas: z.number().min(2), strategy: z.unknown() })
  const patch = find(`${folder}/postgres/replicas.yaml`, 'Deployment', 'sallyport')
  expect(replicas.parse(patch.spec).strategy).toMatchObject({ type: 'RollingUpdate' })
  expect(JSON.stringify(patch.spec)).toContain('{"$patch":"delete","mountPath":"/app/data"}')
  const budget = find(
    `${folder}/postgres/disruption-budget.yaml`,
    'PodDisruptionBudget',
    'sallyport',
  )
  expect(budget.spec).toMatchObject({ minAvailable: 1 })
})

describe('envoy-gateway.yaml', () => {
  const path = `${folder}/envoy-gateway.yaml`
  const { extAuth } = z
    .object({
      extAuth: z.strictObject({
        failOpen: z.literal(false),
        statusOnError: z.literal(503),
        timeout: z.string(),
        headersToExtAuth: z.array(z.string()),
        http: z.strictObject({
          path: z.string(),
          backendRefs: z.array(z.unknown()),
          headersToBackend: z.array(z.string()),
        }),
      }),
      targetRefs: z.array(z.unknown()),
    })
    .parse(find(path, 'SecurityPolicy', 'app').spec)

  test('sends what a decision reads, and takes every identity header over (R11, R25)', () => {
    // Envoy sends these by itself; the others describe the request for other proxies.
    const own =
      /^(cf-access-.*|authorization|host|upgrade|x-forwarded-(host|method|uri)|x-original-.*)$/
    const read = new Set(['accept-language', ...Object.keys(readHeaders([]))])
    expect(lower(extAuth.headersToExtAuth)).toEqual(
      [...read].filter((name) => !own.test(name)).sort(),
    )
    expect(extAuth.http.path).toBe('/auth/envoy')
    expect(dialects).toContain('envoy')
    expect(extAuth.http.backendRefs).toEqual([
      { name: 'sallyport-decisions', namespace: 'auth', port: ports.get('decisions') },
    ])
    expect(lower(extAuth.http.headersToBackend)).toEqual(lower([...identityHeaders, 'cookie']))
  })

  test('removes what a client may not say before the question, and its token after it', () => {
    const { headers } = z
      .object({
        headers: z.object({
          withUnderscoresAction: z.literal('RejectRequest'),
          earlyRequestHeaders: z.object({ remove: z.array(z.string()) }),
        }),
      })
      .parse(find(path, 'ClientTrafficPolicy', 'edge').spec)
    const { remove } = headers.earlyRequestHeaders
    expect(remove).toEqual(readEnvoy().removed)
    // As many as Envoy Gateway 1.5 takes.
    expect(remove.length).toBeLessThanOrEqual(64)
    expect(find(path, 'HTTPRoute', 'app').spec).toMatchObject({
      rules: [
        {
          filters: [
            {
              type: 'RequestHeaderModifier',
              requestHeaderModifier: { remove: ['authorization', 'dpop'] },
            },
          ],
        },
      ],
    })
  })
})

describe('ingress-nginx.yaml', () => {
  const annotations = (name: string) =>
    z
      .object({ annotations: z.record(z.string(), z.string()).default({}) })
      .parse(find(`${folder}/ingress-nginx.yaml`, 'Ingress', name).metadata).annotations
  const prefix = 'nginx.ingress.kubernetes.io'

  test.each(['app', 'mcp'])(
    '%s asks in its dialect and takes every identity header over',
    (name) => {
      expect(annotations(name)).toMatchObject({
        [`${prefix}/auth-url`]: `http://sallyport-decisions.auth.svc.cluster.local:${ports.get('decisions')}/auth/ingress-nginx`,
        [`${prefix}/auth-method`]: 'GET',
        [`${prefix}/auth-response-headers`]: identityHeaders.join(','),
      })
      expect(dialects).toContain('ingress-nginx')
    },
  )

  test('leads clients of an MCP server to the metadata, without a decision (mcp.md M6)', () => {
    const paths = z.array(z.looseObject({ path: z.string(), pathType: z.literal('Prefix') }))
    const rule = z.object({ host: z.string(), http: z.object({ paths }) })
    const { rules } = z
      .looseObject({ rules: z.tuple([rule]) })
      .parse(find(`${folder}/ingress-nginx.yaml`, 'Ingress', 'mcp-metadata').spec)
    expect(rules[0].host).toBe('mcp.example.com')
    expect(rules[0].http.paths).toMatchObject(
      [
        '/.well-known/oauth-protected-resource',
        '/.well-known/oauth-authorization-server',
        '/.well-known/openid-configuration',
      ].map((path) => ({
        path,
        backend: { service: { name: 'sallyport', port: { name: 'public' } } },
      })),
    )
  })

  test('sends browsers to the login, and MCP clients nowhere', () => {
    expect(annotations('app')).toMatchObject({
      [`${prefix}/auth-signin`]: `${settings.publicUrl.href}/login`,
    })
    expect(annotations('mcp')).not.toHaveProperty([`${prefix}/auth-signin`])
    expect(annotations('mcp-metadata')).toEqual({})
    expect(annotations('sallyport')).toEqual({})
  })
})
