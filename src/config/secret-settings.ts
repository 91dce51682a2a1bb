// Which settings are secret, and where in the file they stand. Follows from the schema.

import { z } from 'zod'
import { descriptions } from './fields.ts'
import { fileSchema } from './schema.ts'
import { isPlaceholder } from './secrets.ts'
import { isPlainObject } from './yaml.ts'

type Member = readonly [name: string, schema: z.core.$ZodType]

/** The members of a map, also of one that is optional or stands in a list. */
function membersOf(schema: z.core.$ZodType): readonly Member[] {
  if (schema instanceof z.ZodOptional) return membersOf(schema.unwrap())
  if (schema instanceof z.ZodArray) return membersOf(schema.element)
  if (schema instanceof z.ZodPipe) return membersOf(schema.out)
  return schema instanceof z.ZodObject ? Object.entries(schema.shape) : []
}

function secretPathsIn(schema: z.core.$ZodType): readonly (readonly string[])[] {
  return membersOf(schema).flatMap(([name, inner]) =>
    descriptions.get(inner)?.secret === true
      ? [[name]]
      : secretPathsIn(inner).map((path) => [name, ...path]),
  )
}

/** Paths of all secret settings, without positions: `providers.client_secret`. */
export const secretPaths: readonly (readonly string[])[] = secretPathsIn(fileSchema)

// A key set should hold public keys only; the one that is refused is the one that does not.
const names: ReadonlySet<PropertyKey> = new Set([
  'jwks',
  ...secretPaths.flatMap((path) => path.at(-1) ?? []),
])

/** `providers`, `authorization_server.clients`: where a value of the wrong kind may be the secret alone. */
const holders: ReadonlySet<string> = new Set(
  secretPaths.flatMap((path) => path.slice(1).map((_, at) => path.slice(0, at + 1).join('.'))),
)

/** Whether what stands at a path of the configuration must not be shown, whatever it is. */
export const isSecretPlace = (path: readonly PropertyKey[]): boolean =>
  path.some((part) => names.has(part)) ||
  holders.has(path.filter((part) => typeof part === 'string').join('.'))

/** Whether a value of the configuration has a secret in it, filled in. Names of secrets count at any depth. */
export function holdsSecret(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsSecret)
  if (!isPlainObject(value)) return false
  return Object.entries(value).some(([key, inner]) =>
    names.has(key) && typeof inner === 'string' ? !isPlaceholder(inner) : holdsSecret(inner),
  )
}
