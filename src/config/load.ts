// File, variables and flags to settings, or to everything that is wrong with them.

import type { Clock } from '../ports/runtime.ts'
import { deriveListen, deriveSettings } from './derive.ts'
import { warnOfEnded } from './derive-tokens.ts'
import { developmentLayer } from './development.ts'
import type { ReadFile } from './files.ts'
import { createFindings, type Findings, shown, unreadable } from './findings.ts'
import { flagLayer, readFlags } from './flags.ts'
import { parseTruth } from './given-text.ts'
import { formatIssues, unknownSetting } from './issues.ts'
import { type Layer, layerOf, mergeLayers, objectOf } from './layers.ts'
import { translateMcpauth } from './mcpauth.ts'
import { readConfigurationFile } from './read-file.ts'
import { type FileSettings, fileSchema, fileShape } from './schema.ts'
import type { ConfigurationWarning, Settings } from './settings.ts'
import {
  containerVariable,
  type Environment,
  readableSecretsVariable,
  readVariables,
  variable,
} from './variables.ts'

export type LoadInput = {
  /** Flags only: what `readArguments` leaves for the settings. */
  readonly argv: readonly string[]
  readonly env: Environment
  readonly readFile: ReadFile
  /** Only for what is worth saying: what is over stays a valid setting. */
  readonly now: Clock
}

export type Loading =
  | {
      readonly kind: 'settings'
      readonly settings: Settings
      readonly warnings: readonly ConfigurationWarning[]
      /** Path of the configuration file, or undefined when there is none. */
      readonly file: string | undefined
    }
  | {
      readonly kind: 'problems'
      readonly problems: readonly string[]
      readonly warnings: readonly ConfigurationWarning[]
    }

type Parsed = { readonly file: FileSettings; readonly broken: ReadonlySet<string> }

const isKnown = (key: string): key is keyof typeof fileShape => Object.hasOwn(fileShape, key)

/** Each setting by itself, so that one that cannot be read does not hide what is wrong with others. */
function parseSettings(given: Layer, findings: Findings): Parsed {
  const broken = new Set<string>()
  const readable: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(objectOf(given))) {
    if (!isKnown(key)) {
      findings.problem(unknownSetting([], key))
      continue
    }
    const result = fileShape[key].safeParse(value)
    if (result.success) {
      readable[key] = value
      continue
    }
    broken.add(key)
    const sourceOf = (member: PropertyKey | undefined) =>
      (given.get(`${key}.${String(member)}`) ?? given.get(key))?.source
    for (const problem of formatIssues(result.error.issues, value, key, sourceOf))
      findings.problem(problem)
  }
  return { file: fileSchema.parse(readable), broken }
}

/** Whether a variable that is no setting is switched on. */
function isOn(name: string, environment: Environment, findings: Findings): boolean {
  const text = variable(environment, name)
  if (text === undefined) return false
  const truth = parseTruth(text)
  if (truth === undefined) findings.problem(unreadable(name, 'true or false', shown(text)))
  return truth === true
}

function acceptsReadableSecrets(environment: Environment, findings: Findings): boolean {
  const on = isOn(readableSecretsVariable, environment, findings)
  if (on) findings.warn(`${readableSecretsVariable} is on: secret files may be readable by others`)
  return on
}

function containerLayer(environment: Environment, findings: Findings): Layer {
  const on = isOn(containerVariable, environment, findings)
  return layerOf(on ? { listen: { host: '::' } } : {})
}

/** An old name beside its new one in the same place: the new one counts, and that is said. */
function noticeOverruled(old: Layer, present: Layer, findings: Findings): void {
  for (const [path, { source }] of old) {
    const winner = present.get(path)
    if (winner !== undefined)
      findings.notice(`${source} is not used, because ${winner.source} is set`)
  }
}

function readGiven({ argv, env, readFile }: LoadInput, findings: Findings) {
  const flags = readFlags(argv, findings)
  const configuration = readConfigurationFile(flags, env, readFile, findings)
  const old = translateMcpauth(env, flags, configuration.layer, findings)
  const variables = readVariables(env, findings)
  const ownFlags = flagLayer(flags, findings)
  noticeOverruled(old.variables, variables, findings)
  noticeOverruled(old.flags, ownFlags, findings)
  const given = mergeLayers([configuration.layer, old.variables, variables, old.flags, ownFlags])
  const base = developmentLayer({
    hasFile: configuration.path !== undefined,
    hasGateway: old.gateway !== undefined,
    given,
    findings,
  })
  const ground = containerLayer(env, findings)
  const parsed = parseSettings(mergeLayers([ground, base, given]), findings)
  return { ...parsed, path: configuration.path, gateway: old.gateway }
}

/**
 * Reads the whole configuration. A flag beats a variable, a variable beats the file; mcpauth's names stand
 * just below ours. Never throws, whatever is in the file, the variables and the flags.
 *
 * Does no I/O but through `readFile`, and reads no clock but `now`.
 *
 * @returns `problems` when anything refuses the start: all of them, none showing a secret
 */
export function loadSettings(input: LoadInput): Loading {
  const findings = createFindings()
  const { file, broken, path, gateway } = readGiven(input, findings)
  const allowReadable = acceptsReadableSecrets(input.env, findings)
  const secrets = { readFile: input.readFile, allowReadable, findings }
  const settings = deriveSettings(file, { broken, gateway, secrets, findings })
  warnOfEnded(settings.staticTokens, input.now(), findings)
  const { problems, warnings } = findings
  if (problems.length > 0) return { kind: 'problems', problems, warnings }
  return { kind: 'settings', settings, warnings, file: path }
}

/**
 * Where the public listener of this configuration is, as far as it says, whatever else is wrong with it: a
 * service that runs on goes on running while its file is being written.
 *
 * Reads no secret. Never throws.
 */
export function findListen(input: LoadInput): Settings['listen'] {
  const { file } = readGiven(input, createFindings())
  return deriveListen(file, file.development ?? false)
}
