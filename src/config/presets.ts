// Which kinds of identity provider are known, and which of them is this issuer?

import type { Preset } from './preset.ts'
import { auth0 } from './presets/auth0.ts'
import { authelia } from './presets/authelia.ts'
import { authentik } from './presets/authentik.ts'
import { cloudflareAccess } from './presets/cloudflare-access.ts'
import { cognito } from './presets/cognito.ts'
import { dex } from './presets/dex.ts'
import { entra } from './presets/entra.ts'
import { github } from './presets/github.ts'
import { gitlab } from './presets/gitlab.ts'
import { google } from './presets/google.ts'
import { keycloak } from './presets/keycloak.ts'
import { logto } from './presets/logto.ts'
import { oidc } from './presets/oidc.ts'
import { okta } from './presets/okta.ts'
import { pocketId } from './presets/pocket-id.ts'
import { zitadel } from './presets/zitadel.ts'

const known = {
  auth0,
  authelia,
  authentik,
  cognito,
  dex,
  entra,
  github,
  gitlab,
  google,
  keycloak,
  logto,
  oidc,
  okta,
  'pocket-id': pocketId,
  zitadel,
}

export type PresetName = keyof typeof known

export const presets: Readonly<Record<PresetName, Preset>> = known

export const presetNames: readonly PresetName[] = Object.keys(known).filter(
  (name): name is PresetName => Object.hasOwn(known, name),
)

/** The preset that knows an issuer by its URL, whatever it was configured with. */
export const recognisedName = (issuer: string): PresetName | undefined =>
  presetNames.find((name) => presets[name].recognises?.test(issuer))

/** What is known of an issuer's kind, also when it was configured as `oidc`. */
export function kindOfIssuer(issuer: string, configured: Preset): Preset {
  const name = configured === oidc ? recognisedName(issuer) : undefined
  return name === undefined ? configured : presets[name]
}

/** The preset of an issuer: of the provider that is configured with it, else the one that knows its URL, else `oidc`. */
export function presetOfIssuer(
  issuer: string,
  providers: readonly { readonly issuer: string; readonly preset: PresetName }[],
): Preset {
  const provider = providers.find((one) => one.issuer === issuer)
  if (provider !== undefined) return presets[provider.preset]
  if (cloudflareAccess.recognises?.test(issuer)) return cloudflareAccess
  return kindOfIssuer(issuer, oidc)
}
