// How the names of identity headers are written in the configuration.

import { z } from 'zod'
import { matching, oneOf, parsed } from './fields.ts'
import { type IdentityHeaderSetting, type IdentityValue, identityValues } from './settings.ts'

const headerName = matching('a header name of letters, digits and hyphens', /^[A-Za-z0-9-]{1,60}$/)
const identityHeader = z.strictObject(
  { name: headerName, value: oneOf(identityValues) },
  { error: 'a map with name and value' },
)

type HeaderChoice =
  | { readonly kind: 'set'; readonly name: 'forwarded' | 'remote' }
  | { readonly kind: 'list'; readonly headers: readonly IdentityHeaderSetting[] }

const wantedHeaders = `"forwarded", "remote", a list of {name, value}, or a map of header name to ${identityValues.join(', ')}`
const byName = z.record(headerName, oneOf(identityValues))

function parseHeaders(value: unknown): HeaderChoice | undefined {
  if (value === 'forwarded' || value === 'remote') return { kind: 'set', name: value }
  const asList = z.array(identityHeader).safeParse(value)
  if (asList.success) return { kind: 'list', headers: asList.data }
  const asMap = byName.safeParse(value)
  if (!asMap.success) return undefined
  const entries: [string, IdentityValue][] = Object.entries(asMap.data)
  return { kind: 'list', headers: entries.map(([name, what]) => ({ name, value: what })) }
}

/** A named set, or headers of one's own. */
export const headerChoice = parsed(wantedHeaders, parseHeaders)
