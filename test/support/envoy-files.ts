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

const manager = z.object({
  use_remote_address: z.literal(true),
  normalize_path: z.literal(true),
  merge_slashes: z.literal(true),
  path_with_escaped_slashes_action: z.literal('REJECT_REQUEST'),
  common_http_protocol_options: z.object({
    headers_with_underscores_action: z.literal('REJECT_REQUEST'),
  }),
  upgrade_configs: z.tuple([z.object({ upgrade_type: z.literal('websocket') })]),
  early_header_mutation_extensions: z.tuple([
    z.object({
      typed_config: z.object({ mutations: z.array(z.strictObject({ remove: z.string() })) }),
    }),
  ]),
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

/** `envoy.yaml`, its connection manager and its question apart. Throws when a guard is missing. */
export function readEnvoy() {
  const { static_resources: all } = bootstrap.parse(readYaml('deploy/envoy/envoy.yaml'))
  const connections = all.listeners[0].filter_chains[0].filters[0].typed_config
  const filters = connections.http_filters.map(({ name }) => name.split('.').at(-1))
  const filter = connections.http_filters.find(({ name }) => name.endsWith('.ext_authz'))
  return {
    connections,
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

/** The provider in `istio.yaml`, and the other objects. */
export function readIstio() {
  const [first, ...others] = readYamlDocuments('deploy/envoy/istio.yaml')
  return { provider: mesh.parse(first).spec.meshConfig.extensionProviders[0], others }
}
