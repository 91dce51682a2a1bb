// Where people prove who they are: an OpenID provider that a browser is sent to.

import type { Demand, SignInAssurance } from '../protocol/assurance.ts'
import type { Identity } from '../protocol/identity.ts'

/** The per-login values that tie the provider's answer to our request. All independent, used once. */
export type LoginChecks = {
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
}

export type LoginOptions = {
  readonly selectAccount: boolean
  /** What the person should show there. What they did show is judged by the answer. Undefined: nothing in particular. */
  readonly demand?: Demand | undefined
}

export type LoginStart =
  | { readonly kind: 'redirect'; readonly url: URL }
  | { readonly kind: 'unavailable'; readonly reason: string }

export type LoginAnswer =
  | {
      readonly kind: 'identity'
      readonly identity: Identity
      readonly idToken: string | undefined
      readonly providerSession: string | undefined
      /** What the provider says of how and when the person signed in there. */
      readonly assurance?: SignInAssurance | undefined
    }
  /** The provider or its answer said no. `reason` goes to the log; `cancelled`: the person declined there. */
  | { readonly kind: 'refused'; readonly reason: string; readonly cancelled: boolean }
  | { readonly kind: 'unavailable'; readonly reason: string }

export type IdentityProvider = {
  /** Id in the configuration; part of the callback path. */
  readonly id: string
  /** What the chooser shows. */
  readonly label: string
  readonly issuer: string
  /**
   * Builds the authorization request: code flow, PKCE S256, state and nonce.
   * Answers `unavailable` within 6 seconds when discovery cannot be had; never throws for that.
   */
  readonly begin: (
    redirectUri: string,
    checks: LoginChecks,
    options: LoginOptions,
  ) => Promise<LoginStart>
  /**
   * Checks the provider's answer and redeems the code. `iss` of the answer is compared before the code
   * is sent anywhere (RFC 9207 §2.4). The upstream access token is used for UserInfo at most and dropped.
   *
   * @param answer the full callback URL, scheme and host ours, query as the browser brought it
   */
  readonly complete: (answer: URL, checks: LoginChecks) => Promise<LoginAnswer>
  /**
   * The provider's end-session URL, or undefined when it has none or discovery was never had.
   * @see OpenID Connect RP-Initiated Logout 1.0 §2
   */
  readonly logoutUrl: (idToken: string | undefined, returnTo: string) => URL | undefined
  /** The origin of `logoutUrl`, for the page's form-action. */
  readonly logoutOrigin: () => string | undefined
}
