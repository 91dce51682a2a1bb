// Who a caller is, as far as rules and applications may know.

/** `provider` of a client of ours that acts for itself (RFC 6749 §4.4); its id is the preferred username. */
export const clientProvider = 'client'

/**
 * A person or machine that was authenticated.
 *
 * The account key is (`issuer`, `subject`); every other member is an attribute that the issuer may
 * change at any time.
 */
export type Identity = {
  /** Id of the provider in the configuration, `local` for local accounts, `''` for a token issuer that is no provider. */
  readonly provider: string
  readonly issuer: string
  readonly subject: string
  /** Verified and in canonical form (`parseEmail`), or undefined. The only address that rules see. */
  readonly email: string | undefined
  /** The domain that `@domain` rules compare with; undefined when the provider does not vouch for one (Google without `hd`). */
  readonly emailDomain: string | undefined
  /** The claimed address when it was not verified: shown to the person, never used by a rule. */
  readonly unverifiedEmail: string | undefined
  readonly name: string | undefined
  readonly preferredUsername: string | undefined
  readonly groups: readonly string[]
  readonly scopes: readonly string[]
}
