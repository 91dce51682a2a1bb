// The clients that an mcpauth deployment has from the start, as entries of ours.

import { type Findings, unreadable } from './findings.ts'
import type { OldValue } from './mcpauth-values.ts'
import { isPlainObject, parseYaml } from './yaml.ts'

const orNothing = (value: unknown): unknown =>
  value === '' || (Array.isArray(value) && value.length === 0) ? undefined : value

const clientOf = (entry: unknown): unknown =>
  isPlainObject(entry)
    ? {
        id: orNothing(entry['client_id']),
        name: orNothing(entry['client_name']),
        secret: entry['client_secret'],
        redirect_uris: entry['redirect_uris'],
        scopes: orNothing(entry['scopes']),
      }
    : entry

/**
 * The entries of MCPAUTH_BOOTSTRAP_CLIENTS, a list in JSON; undefined, with a problem, when it is none.
 *
 * Members that mcpauth does not know are left out, as it leaves them out. Judges nothing else.
 */
export function mcpauthClients(
  { text, source }: OldValue,
  findings: Findings,
): readonly unknown[] | undefined {
  const reading = parseYaml(text)
  if (reading.kind === 'value' && Array.isArray(reading.value)) return reading.value.map(clientOf)
  findings.problem(unreadable(source, 'a list of clients in JSON'))
  return undefined
}
