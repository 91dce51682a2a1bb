// Settings from environment variables: SALLYPORT_PUBLIC_URL and the like.

import { catalogue, type Entry, variablePrefix } from './catalogue.ts'
import { type Findings, shown } from './findings.ts'
import { givenValue } from './given-text.ts'
import { type Given, type Layer, layerOf } from './layers.ts'
import { suggestion } from './suggestion.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** The configuration file's path. */
export const configVariable = 'SALLYPORT_CONFIG'

/**
 * Accepts secret files that others on the machine can read. Files below `/run/secrets`, where container
 * engines mount secrets world-readable into one container only, need it not.
 */
export const readableSecretsVariable = 'SALLYPORT_ALLOW_READABLE_SECRETS'

/**
 * Set by the image. A container is reached from outside or not at all: it listens on every address unless
 * told otherwise, which development mode refuses as long as nobody says what the public URL is.
 */
export const containerVariable = 'SALLYPORT_CONTAINER'

const others: readonly string[] = [configVariable, readableSecretsVariable, containerVariable]
const byVariable: ReadonlyMap<string, Entry> = new Map(
  catalogue.map((entry) => [entry.variable, entry]),
)

// Kubernetes announces a Service named "sallyport" to its neighbours like this.
const serviceLink = /^SALLYPORT_(?:SERVICE_(?:HOST|PORT\w*)|PORT_\d+_\w+)$/
const isServiceLink = (name: string, value: string): boolean =>
  serviceLink.test(name) || (name === 'SALLYPORT_PORT' && /^(?:tcp|udp|sctp):\/\//.test(value))

/** The value of a variable; an empty one counts as not set, as compose files leave it. */
export function variable(environment: Environment, name: string): string | undefined {
  const value = Object.hasOwn(environment, name) ? environment[name] : undefined
  return value === '' ? undefined : value
}

/** Whether a setting gives the empty text a meaning of its own (`data_dir`: keep nothing). */
const keepsEmpty = (entry: Entry): boolean => entry.path === 'data_dir'

/** All settings that variables give. An unknown variable of ours is a problem. */
export function readVariables(environment: Environment, findings: Findings): Layer {
  const layer = new Map<string, Given>()
  // Sections first: their members have variables of their own, which say it more exactly.
  const names = Object.keys(environment).filter((name) => name.startsWith(variablePrefix))
  const depth = (name: string) => (byVariable.get(name)?.path.includes('.') ? 1 : 0)
  for (const name of names.sort((a, b) => depth(a) - depth(b))) {
    const text = environment[name]
    if (text === undefined || others.includes(name) || isServiceLink(name, text)) continue
    const entry = byVariable.get(name)
    if (entry === undefined) {
      const near = suggestion(name, [...byVariable.keys(), ...others])
      findings.problem(`Unknown setting ${shown(name)} in the environment${near}`)
      continue
    }
    if (text === '' && !keepsEmpty(entry)) continue
    const value = givenValue(entry, text, name, findings)
    for (const [path, given] of layerOf({ [entry.path]: value }, name)) layer.set(path, given)
  }
  return layer
}
