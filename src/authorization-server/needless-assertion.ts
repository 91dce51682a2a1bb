// Does a client show a key where it is public? A document may say "none or private_key_jwt"; since keys at `jwks_uri`
// are never fetched (R104), its client counts as public, is not told so, and sends an assertion all the same.

import { decodeJwt } from 'jose'
import type { EngineParts } from './dependencies.ts'
import type { Endpoint } from './endpoints.ts'
import type { Fields } from './normalise-request.ts'

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** Where the document is in the store, and nothing is fetched. */
const afterTheStart: readonly string[] = ['token', 'revocation']

const fieldOf = (fields: Fields, wanted: string): string | undefined =>
  fields.find(([name]) => name === wanted)?.[1]

/** Whom an assertion is about, by its own word: as good as a `client_id`, which nobody vouches for either. */
function subjectOf(fields: Fields): string | undefined {
  if (fieldOf(fields, 'client_assertion_type') !== assertionType) return undefined
  try {
    const { sub, iss } = decodeJwt(fieldOf(fields, 'client_assertion') ?? '')
    return sub === iss ? sub : undefined
  } catch {
    return undefined
  }
}

/**
 * The fields without an assertion of a public client that is known by its document, and with its `client_id`; all
 * others as they are, for the library to judge: an assertion besides another method, of a client that registered and
 * was told to use none, or of one with keys (R85).
 *
 * Gives nobody anything: whoever leaves the assertion out is answered the same, and the code's verifier, the key of a
 * proof and the owner of a token are checked as for every public client.
 */
export async function withoutNeedlessAssertion(
  fields: Fields,
  { name }: Endpoint,
  authorization: string | undefined,
  { settings, dependencies }: EngineParts,
): Promise<Fields> {
  const { store, clientDocuments, log } = dependencies
  if (!afterTheStart.includes(name) || clientDocuments === undefined) return fields
  if (authorization !== undefined || fieldOf(fields, 'client_secret') !== undefined) return fields
  const client = subjectOf(fields)
  if (client === undefined || client !== (fieldOf(fields, 'client_id') ?? client)) return fields
  // They come first, also where their id is an address.
  if (settings.clients.some(({ id }) => id === client)) return fields
  if (!/^https?:\/\//.test(client) || (await store.clients.find(client))) return fields
  const metadata = await clientDocuments.find(client, false).catch(() => undefined)
  if (metadata?.['token_endpoint_auth_method'] !== 'none') return fields
  log.debug('client_assertion.dropped', { client })
  const others = fields.filter(
    ([field]) => !['client_id', 'client_assertion', 'client_assertion_type'].includes(field),
  )
  return [...others, ['client_id', client]]
}
