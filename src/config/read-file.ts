// The configuration file: which one, and what it says.

import { isSetting } from './catalogue.ts'
import type { FileReading, ReadFile } from './files.ts'
import { type Findings, shown } from './findings.ts'
import type { Flags } from './flags.ts'
import { unknownSetting } from './issues.ts'
import { type Layer, layerOf } from './layers.ts'
import { holdsSecret } from './secret-settings.ts'
import { configVariable, type Environment, variable } from './variables.ts'
import { isPlainObject, parseYaml } from './yaml.ts'

export const defaultConfigFile = './sallyport.yaml'

export type ConfigurationFile = {
  /** Undefined when there is none. */
  readonly path: string | undefined
  readonly layer: Layer
}

function settingsIn(
  path: string,
  { text, mode }: Extract<FileReading, { kind: 'text' }>,
  findings: Findings,
): Layer {
  const reading = parseYaml(text)
  if (reading.kind === 'faults') {
    for (const fault of reading.faults) findings.problem(`Cannot read ${shown(path)}: ${fault}`)
    return layerOf({})
  }
  const value = reading.value ?? {}
  if (!isPlainObject(value)) {
    findings.problem(`Cannot read ${shown(path)}: expected a map of settings`)
    return layerOf({})
  }
  if ((mode & 0o077) !== 0 && holdsSecret(value))
    findings.warn(
      `${shown(path)} holds a secret and can be read by others; give it mode 0600, or keep the secret in a file of its own`,
    )
  const dotted = Object.keys(value).filter((key) => key.includes('.'))
  for (const key of dotted)
    findings.problem(
      isSetting(key)
        ? `Unknown setting ${shown(key)}; write it as ${key.replace('.', ': { ')}: ... }`
        : unknownSetting([], key),
    )
  return layerOf(Object.fromEntries(Object.entries(value).filter(([key]) => !dotted.includes(key))))
}

/** Reads the file named by `--config` or `SALLYPORT_CONFIG`, else `./sallyport.yaml` when it is there. */
export function readConfigurationFile(
  flags: Flags,
  environment: Environment,
  readFile: ReadFile,
  findings: Findings,
): ConfigurationFile {
  const named = flags.get('config')?.text ?? variable(environment, configVariable)
  const path = named ?? defaultConfigFile
  const reading = readFile(path)
  if (reading.kind === 'missing' && named === undefined)
    return { path: undefined, layer: layerOf({}) }
  if (reading.kind === 'text') return { path, layer: settingsIn(path, reading, findings) }
  const reason = reading.kind === 'missing' ? 'it does not exist' : reading.reason
  findings.problem(`Cannot read the configuration ${shown(path)}: ${reason}`)
  return { path, layer: layerOf({}) }
}
