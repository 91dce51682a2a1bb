// Several sources, one configuration: a higher source replaces what a lower one says about the same thing.

import { isSection, isSetting } from './catalogue.ts'
import { isPlainObject } from './yaml.ts'

/** One value as some source gave it. `source` is how the operator knows it; undefined for the file. */
export type Given = { readonly value: unknown; readonly source: string | undefined }

/** Values by setting path (`public_url`, `listen.host`). */
export type Layer = ReadonlyMap<string, Given>

// Two names of one thing: a higher layer that uses one of them takes the whole group over.
const groups: readonly (readonly string[])[] = [
  ['port', 'listen.port'],
  ['decision_port', 'decision_socket'],
  ['database_url', 'database_url_file'],
  ['accounts_secret', 'accounts_secret_file'],
  ['authorization_server.secret', 'authorization_server.secret_file'],
]

/** Settings by path: sections are taken apart into their members, whatever those are called. */
export function layerOf(settings: Readonly<Record<string, unknown>>, source?: string): Layer {
  const layer = new Map<string, Given>()
  for (const [key, value] of Object.entries(settings)) {
    // `rules:` with nothing after it is a setting left out; an unknown name stays, to be named.
    if (value === undefined || (value === null && isSetting(key))) continue
    if (!isSection(key) || !isPlainObject(value)) {
      layer.set(key, { value, source })
      continue
    }
    for (const [member, inner] of Object.entries(value))
      if (inner !== null || !isSetting(`${key}.${member}`))
        layer.set(`${key}.${member}`, { value: inner, source })
  }
  return layer
}

/** Later layers win. */
export function mergeLayers(layers: readonly Layer[]): Layer {
  const merged = new Map<string, Given>()
  for (const layer of layers) {
    for (const group of groups)
      if (group.some((path) => layer.has(path))) for (const path of group) merged.delete(path)
    for (const [path, given] of layer) merged.set(path, given)
  }
  return merged
}

/** The nested object that the schema reads. */
export function objectOf(layer: Layer): Readonly<Record<string, unknown>> {
  const root: Record<string, unknown> = {}
  const open = new Map<string, Record<string, unknown>>()
  for (const [path, { value }] of layer) {
    const dot = path.indexOf('.')
    if (dot === -1) {
      root[path] = value
      continue
    }
    const key = path.slice(0, dot)
    // `proxy: 5` stays as it is, to be refused.
    if (layer.has(key)) continue
    const section = open.get(key) ?? {}
    section[path.slice(dot + 1)] = value
    open.set(key, section)
    root[key] = section
  }
  return root
}
