// In what does one identity provider differ from the others? As data, filled in by its preset.

/** Everything absent: as OpenID Connect has it. */
export type ProviderQuirks = {
  /** JWS algorithms of its tokens besides the usual ones. */
  readonly furtherAlgorithms?: readonly string[]
  /** ID tokens name other audiences beside us; `azp` must be us then (OpenID Connect Core 1.0 §3.1.3.7). */
  readonly furtherAudiences?: true
  /** Its UserInfo says nothing that would count here, and is not asked. */
  readonly withoutUserInfo?: true
  /** The groups claim is an object whose member names are the groups. */
  readonly groupsAreMembers?: true
  /** The claim that says whether the address is verified, when `email_verified` is absent. */
  readonly verifiedBy?: string
}
