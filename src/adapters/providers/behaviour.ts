// What a provider does that data alone cannot say.

import type { ServerMetadata } from 'openid-client'
import type { Claims } from '../../protocol/claims.ts'

export type Behaviour = {
  /** Why this ID token is not accepted here, beyond what holds everywhere; undefined: it is. */
  readonly judgeIdToken?: (idToken: Claims, tenants: readonly string[]) => string | undefined
  /** What the operator should hear about a login that goes on. */
  readonly warningOf?: (idToken: Claims) => string | undefined
  /** The issuer of this ID token where the configured one stands for many. */
  readonly issuerOf?: (idToken: Claims, configured: string) => string
  /** The domain that the provider vouches for, given that of a verified address. */
  readonly vouchedDomain?: (emailDomain: string | undefined, document: Claims) => string | undefined
  /** How one of these authentication contexts is asked for, when not by `acr_values`. */
  readonly askForContext?: (contexts: readonly string[]) => Readonly<Record<string, string>>
  /** Where the provider ends its session, when not at `end_session_endpoint` in the usual form. */
  readonly logoutUrl?: (
    metadata: ServerMetadata,
    clientId: string,
    returnTo: string,
  ) => URL | undefined
}
