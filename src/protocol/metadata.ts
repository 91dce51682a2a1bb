// Protected-resource metadata: where a client gets tokens for a resource, and which. RFC 9728 §2.

import { dpopAlgorithms } from './dpop.ts'
import { withoutOfflineAccess } from './scope.ts'

/** What the operator says about a resource. */
export type ResourceDescription = {
  readonly issuers: readonly string[]
  readonly scopes: readonly string[]
  /** What the metadata lists; defaults to `scopes`. */
  readonly scopesSupported?: readonly string[] | undefined
  readonly dpopRequired?: boolean | undefined
  readonly name?: string | undefined
  readonly documentation?: string | undefined
  readonly policyUri?: string | undefined
  readonly termsUri?: string | undefined
}

const listed = (values: readonly string[]) => (values.length === 0 ? undefined : values)

/**
 * The metadata document of a resource, ready for `JSON.stringify`: members without a value are undefined,
 * because an empty list must be left out (RFC 9728 §3.2).
 *
 * `jwks_uri` never appears: it would name keys of the resource itself, which signs nothing.
 *
 * @param resource the identifier exactly as clients are to send it
 */
export function protectedResourceMetadata(resource: string, about: ResourceDescription) {
  return {
    resource,
    authorization_servers: listed(about.issuers),
    scopes_supported: listed(withoutOfflineAccess(about.scopesSupported ?? about.scopes)),
    // A token in a query string ends in logs and histories (mcp.md RS-15).
    bearer_methods_supported: ['header'],
    dpop_signing_alg_values_supported: dpopAlgorithms,
    dpop_bound_access_tokens_required: about.dpopRequired === true ? true : undefined,
    resource_name: about.name,
    resource_documentation: about.documentation,
    resource_policy_uri: about.policyUri,
    resource_tos_uri: about.termsUri,
  }
}
