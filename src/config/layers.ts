// Several sources, one configuration: a higher source replaces what a lower one says about the same thing.

import { catalogue, isSection, isSetting } from './catalogue.ts'
import { isPlainObject } from './yaml.ts'

/** One value as some source gave it. `source` is how the operator knows it; undefined for the file. */
export type Given = { readonly value: unknown; readonly source: string | undefined }

/** Values by setting path (`public_url`, `listen.host`). */
export type Layer = ReadonlyMap<string, Given>

const filed = catalogue.flatMap(({ path }): [string, readonly string[]][] => {
  const file = `${path}_file`
  return isSetting(file)
    ? [
        [path, [file]],
        [file, [path]],
      ]
    : []
})

/** What a higher layer takes back by saying something else about the same thing. */
const replaced: ReadonlyMap<string, readonly string[]> = new Map([
  ['port', ['listen.port']],
  ['listen.port', ['port']],
  ['decision_port', ['decision_socket']],
  ['decision_socket', ['decision_port', 'decision_host']],
  ...filed,
])

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
    for (const path of layer.keys())
      for (const other of replaced.get(path) ?? []) merged.delete(other)
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
