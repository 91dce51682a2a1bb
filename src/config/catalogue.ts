// All settings by their path in the file, with the variable and the flag of each. Follows from the schema.

import { type Description, descriptions } from './fields.ts'
import { fileShape } from './schema.ts'
import { sections } from './sections.ts'

export type Entry = Description & {
  /** `public_url`, `listen.host`. */
  readonly path: string
  /** `SALLYPORT_LISTEN_HOST`. */
  readonly variable: string
  /** `listen-host`, without hyphens in front. */
  readonly flag: string
}

export const variablePrefix = 'SALLYPORT_'

function entry(path: string, schema: Parameters<typeof descriptions.get>[0]): readonly Entry[] {
  const description = descriptions.get(schema)
  if (description === undefined) return []
  const name = path.replaceAll('.', '_')
  const variable = `${variablePrefix}${name.toUpperCase()}`
  return [{ ...description, path, variable, flag: name.replaceAll('_', '-') }]
}

const members = Object.entries(sections).flatMap(([section, shape]) =>
  Object.entries(shape).flatMap(([key, schema]) => entry(`${section}.${key}`, schema)),
)

/** Top-level settings; a section (`listen`) is followed by its members. */
export const catalogue: readonly Entry[] = Object.entries(fileShape).flatMap(([key, schema]) => [
  ...entry(key, schema),
  ...members.filter(({ path }) => path.startsWith(`${key}.`)),
])

export const isSection = (path: string): path is keyof typeof sections =>
  Object.hasOwn(sections, path)

const paths: ReadonlySet<string> = new Set(catalogue.map(({ path }) => path))

export const isSetting = (path: string): boolean => paths.has(path)
