// The files that people copy, read as what they are.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments, parseDocument } from 'yaml'
import { z } from 'zod'

export const root = join(import.meta.dirname, '../..')

export const readShipped = (path: string): string => readFileSync(join(root, path), 'utf8')

/** A YAML file of one document. Throws on whatever YAML itself does not allow, warnings included. */
export function readYaml(path: string): unknown {
  const document = parseDocument(readShipped(path), { strict: true, uniqueKeys: true })
  const [fault] = [...document.errors, ...document.warnings]
  if (fault !== undefined) throw new Error(`${path}: ${fault.message}`)
  return document.toJS()
}

/** A YAML file of several documents, as for Kubernetes. */
export function readYamlDocuments(path: string): readonly unknown[] {
  return parseAllDocuments(readShipped(path), { strict: true, uniqueKeys: true }).map(
    (document) => {
      const [fault] = [...document.errors, ...document.warnings]
      if (fault !== undefined) throw new Error(`${path}: ${fault.message}`)
      return document.toJS()
    },
  )
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Every place that holds something, as a path of names: `http.middlewares.a.forwardAuth.address`. Members of lists
 * have no name of their own. Names below the given paths are chosen by us and appear as `*`.
 */
export function optionPaths(value: unknown, ours: readonly string[], path = ''): readonly string[] {
  if (Array.isArray(value))
    return [...new Set(value.flatMap((one) => optionPaths(one, ours, path)))]
  if (!isMap(value)) return [path]
  const entries = Object.entries(value)
  if (entries.length === 0) return [path]
  const found = entries.flatMap(([key, inner]) => {
    const name = ours.includes(path) ? '*' : key
    return optionPaths(inner, ours, path === '' ? name : `${path}.${name}`)
  })
  return [...new Set(found)]
}

const service = z.strictObject({
  image: z.string(),
  build: z.string().optional(),
  restart: z.literal('unless-stopped'),
  user: z.string().optional(),
  entrypoint: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  labels: z.record(z.string(), z.string()).optional(),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  secrets: z.array(z.string()).default([]),
  networks: z.union([
    z.array(z.string()),
    z.record(
      z.string(),
      z.strictObject({
        aliases: z.array(z.string()).optional(),
        ipv4_address: z.ipv4().optional(),
      }),
    ),
  ]),
  depends_on: z
    .record(
      z.string(),
      z.strictObject({ condition: z.enum(['service_healthy', 'service_started']) }),
    )
    .default({}),
  healthcheck: z
    .strictObject({
      test: z.array(z.string()).refine(([kind]) => kind === 'CMD', 'a shell is asked'),
      interval: z.string(),
      timeout: z.string(),
      retries: z.number(),
      start_period: z.string().optional(),
    })
    .optional(),
  sysctls: z.record(z.string(), z.string()).optional(),
  tmpfs: z.array(z.string()).optional(),
  read_only: z.boolean().optional(),
  cap_drop: z.array(z.string()),
  cap_add: z.array(z.string()).optional(),
  security_opt: z.array(z.string()),
})

const network = z.strictObject({
  name: z.string().optional(),
  internal: z.boolean().optional(),
  ipam: z
    .strictObject({
      config: z.tuple([z.strictObject({ subnet: z.cidrv4(), ip_range: z.cidrv4().optional() })]),
    })
    .optional(),
})

/** The parts of the compose specification that our files use, and no other. */
export const composeFile = z.strictObject({
  name: z.string().optional(),
  services: z.record(z.string(), service),
  secrets: z.record(z.string(), z.strictObject({ file: z.string() })).default({}),
  networks: z.record(z.string(), network),
  volumes: z.record(z.string(), z.strictObject({})).default({}),
})

/** A file that is laid over another one changes services that it does not describe whole. */
export const composeOverlay = z.strictObject({
  services: z.record(z.string(), service.partial()),
  networks: z.record(z.string(), network),
})

export type ComposeFile = z.output<typeof composeFile>
export type ComposeService = ComposeFile['services'][string]

export const networksOf = ({ networks }: Pick<ComposeService, 'networks'>): readonly string[] =>
  Array.isArray(networks) ? networks : Object.keys(networks)

export type Mount = { readonly source: string; readonly target: string; readonly mode: string }

export function mountsOf({ volumes }: Pick<ComposeService, 'volumes'>): readonly Mount[] {
  return volumes.map((text) => {
    const [source = '', target = '', mode = 'rw'] = text.split(':')
    return { source, target, mode }
  })
}
