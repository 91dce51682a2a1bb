// The parts of `deploy/envoy/` that say what is asked and what is taken over.

import { z } from 'zod'
import { readYaml, readYamlDocuments } from './shipped.ts'

const patterns = z
  .object({ patterns: z.array(z.strictObject({ exact: z.string() })) })
  .transform((list) => list.patterns.map(({ exact }) => exact))

const extAuthz = z.object({
  failure_mode_allow: z.literal(false),
  status_on_error: z.object({ code: z.literal('ServiceUnavailable') }),
  encode_raw_headers: z.literal(true),
  allowed_headers: patterns,
  http_service: z.object({
    server_uri: z.object({ uri: z.url(), cluster: z.string(), timeout: z.string() }),
    path_prefix: z.string(),
    authorization_response: z.object({
      allowed_upstream_headers: patterns,
      allowed_client_headers: patterns,
    }),
  }),
})

const virtualHost = z.object({
  name: z.string(),
  domains: z.array(z.string()),
  request_headers_to_remove: z.array(z.string()).default([]),
  typed_per_filter_config: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  routes: z.array(
    z.object({
      match: z.record(z.string(), z.string()),
      route: z.object({ cluster: z.string() }).optional(),
      direct_response: z.object({ status: z.number() }).optional(),
      typed_per_filter_config: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
    }),
  ),
})

/** What keeps a path from having two readings, and claims of the client from arriving. */
const guards = z.object({
  normalize_path: z.literal(true),
  merge_slashes: z.literal(true),
  path_with_escaped_slashes_action: z.literal('REJECT_REQUEST'),
  common_http_protocol_options: z.object({
    headers_with_underscores_action: z.literal('REJECT_REQUEST'),
  }),
  early_header_mutation_extensions: z.tuple([
    z.object({
      typed_config: z.object({ mutations: z.array(z.strictObject({ remove: z.string() })) }),
    }),
  ]),
})

const manager = guards.extend({
  use_remote_address: z.literal(true),
  upgrade_configs: z.tuple([z.object({ upgrade_type: z.literal('websocket') })]),
  http_filters: z.array(
    z.object({ name: z.string(), typed_config: z.record(z.string(), z.unknown()) }),
  ),
  route_config: z.object({ virtual_hosts: z.array(virtualHost) }),
})

const bootstrap = z.object({
  static_resources: z.object({
    listeners: z.tuple([
      z.object({
        filter_chains: z.tuple([
          z.object({ filters: z.tuple([z.object({ typed_config: manager })]) }),
        ]),
      }),
    ]),
    clusters: z.array(z.object({ name: z.string() })),
  }),
})

const removedBy = ({ early_header_mutation_extensions: [extension] }: z.output<typeof guards>) =>
  extension.typed_config.mutations.map(({ remove }) => remove)

/** `envoy.yaml`, its connection manager and its question apart. Throws when a guard is missing. */
export function readEnvoy() {
  const { static_resources: all } = bootstrap.parse(readYaml('deploy/envoy/envoy.yaml'))
  const connections = all.listeners[0].filter_chains[0].filters[0].typed_config
  const filters = connections.http_filters.map(({ name }) => name.split('.').at(-1))
  const filter = connections.http_filters.find(({ name }) => name.endsWith('.ext_authz'))
  return {
    connections,
    removed: removedBy(connections),
    filters,
    question: extAuthz.parse(filter?.typed_config),
    clusters: all.clusters.map(({ name }) => name),
  }
}

const istioProvider = z.strictObject({
  service: z.string(),
  port: z.number(),
  timeout: z.string(),
  failOpen: z.literal(false),
  statusOnError: z.literal('503'),
  pathPrefix: z.string(),
  includeRequestHeadersInCheck: z.array(z.string()),
  headersToUpstreamOnAllow: z.array(z.string()),
  headersToDownstreamOnDeny: z.array(z.string()),
})
const mesh = z.object({
  spec: z.object({
    meshConfig: z.object({
      extensionProviders: z.tuple([
        z.object({ name: z.string(), envoyExtAuthzHttp: istioProvider }),
      ]),
    }),
  }),
})

const names = z.array(z.string()).optional()
const operation = z.strictObject({ hosts: names, notHosts: names, paths: names, notPaths: names })
const policy = z.object({
  kind: z.literal('AuthorizationPolicy'),
  spec: z.strictObject({
    selector: z.unknown(),
    action: z.literal('CUSTOM'),
    provider: z.strictObject({ name: z.string() }),
    rules: z.array(z.strictObject({ to: z.array(z.strictObject({ operation })) })),
  }),
})
const filter = z.object({
  kind: z.literal('EnvoyFilter'),
  spec: z.object({
    configPatches: z.tuple([
      z.object({
        applyTo: z.literal('NETWORK_FILTER'),
        patch: z.object({
          operation: z.literal('MERGE'),
          value: z.object({ typed_config: guards }),
        }),
      }),
    ]),
  }),
})
const pathMatch = z.strictObject({
  uri: z.union([z.strictObject({ exact: z.string() }), z.strictObject({ prefix: z.string() })]),
})
const virtualService = z.object({
  kind: z.literal('VirtualService'),
  spec: z.strictObject({
    hosts: z.tuple([z.string()]),
    gateways: z.unknown(),
    http: z.array(
      z.strictObject({
        match: z.array(pathMatch).optional(),
        route: z.tuple([
          z.strictObject({
            destination: z.object({ host: z.string() }),
            headers: z
              .strictObject({ request: z.strictObject({ remove: z.array(z.string()) }) })
              .optional(),
          }),
        ]),
      }),
    ),
  }),
})
type Operation = z.output<typeof operation>
type Request = { readonly host: string; readonly path: string }

/** How Istio compares: exactly, by `beginning*` or by `*end`. */
function isOneOf(value: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    if (pattern.endsWith('*')) return value.startsWith(pattern.slice(0, -1))
    if (pattern.startsWith('*')) return value.endsWith(pattern.slice(1))
    return value === pattern
  })
}

/** All that an operation names has to hold. */
function isMeant({ hosts, notHosts, paths, notPaths }: Operation, { host, path }: Request) {
  return (
    (hosts === undefined || isOneOf(host, hosts)) &&
    (notHosts === undefined || !isOneOf(host, notHosts)) &&
    (paths === undefined || isOneOf(path, paths)) &&
    (notPaths === undefined || !isOneOf(path, notPaths))
  )
}

/** `istio.yaml`, and what Istio makes of its rules and routes. Throws when a guard is missing. */
export function readIstio() {
  const [first, ...others] = readYamlDocuments('deploy/envoy/istio.yaml')
  const [second, third, ...routes] = others
  const { spec } = policy.parse(second)
  const operations = spec.rules.flatMap(({ to }) => to.map((one) => one.operation))
  const services = routes.map((one) => virtualService.parse(one).spec)
  return {
    provider: mesh.parse(first).spec.meshConfig.extensionProviders[0],
    asks: spec.provider.name,
    removed: removedBy(filter.parse(third).spec.configPatches[0].patch.value.typed_config),
    /** One operation that is meant is enough. */
    isAsked: (request: Request) => operations.some((one) => isMeant(one, request)),
    /** Where a request goes, and what is removed from it. */
    routeOf({ host, path }: Request) {
      const service = services.find(({ hosts }) => isOneOf(host, hosts))
      const route = service?.http.find(
        ({ match }) =>
          match?.some(({ uri }) =>
            'exact' in uri ? path === uri.exact : path.startsWith(uri.prefix),
          ) ?? true,
      )?.route[0]
      return (
        route && {
          to: route.destination.host.split('.')[0] ?? '',
          removed: route.headers?.request.remove ?? [],
        }
      )
    },
  }
}
