// Which adapter keeps which of oidc-provider's models.

import type { AdapterFactory } from 'oidc-provider'
import type { ArtifactKind } from '../ports/authorization-store.ts'
import { createArtifactAdapter } from './artifact-adapter.ts'
import { createClientAdapter } from './client-adapter.ts'
import type { EngineParts } from './dependencies.ts'

const kinds: Readonly<Record<ArtifactKind, true>> = {
  AccessToken: true,
  AuthorizationCode: true,
  ClientCredentials: true,
  DeviceCode: true,
  Grant: true,
  InitialAccessToken: true,
  Interaction: true,
  PushedAuthorizationRequest: true,
  RefreshToken: true,
  RegistrationAccessToken: true,
  ReplayDetection: true,
  Session: true,
}

const isKind = (name: string): name is ArtifactKind => Object.hasOwn(kinds, name)

/** The library asks by the name of the model. */
export const createStoreAdapter =
  (parts: EngineParts): AdapterFactory =>
  (name) => {
    if (name === 'Client') return createClientAdapter(parts)
    if (isKind(name)) return createArtifactAdapter(name, parts)
    throw new Error(`No place to keep "${name}"`)
  }
