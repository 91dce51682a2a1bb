// The client with an id that we were told before: it may be gone since, or refused.

import type Provider from 'oidc-provider'
import { type Client, errors } from 'oidc-provider'

const isAbsence = (fault: unknown): boolean =>
  fault instanceof errors.InvalidClient || fault instanceof errors.InvalidClientMetadata

/** The client; undefined when there is none, or none that may be one. Rejects when the store cannot be asked. */
export async function findClient(provider: Provider, id: string): Promise<Client | undefined> {
  try {
    return await provider.Client.find(id)
  } catch (fault) {
    if (isAbsence(fault)) return undefined
    throw fault
  }
}
