// Which tenant is this person of, and are these all of their groups? Microsoft Entra ID.

import type { Claims } from '../../protocol/claims.ts'
import type { Behaviour } from './behaviour.ts'

/** Above 200 groups the token holds a pointer to a list elsewhere, in one of two forms. */
function hasMoreGroups({ _claim_names: names, hasgroups }: Claims): boolean {
  const pointed = typeof names === 'object' && names !== null && Object.hasOwn(names, 'groups')
  return pointed || (hasgroups !== undefined && hasgroups !== false)
}

export const entra: Behaviour = {
  judgeIdToken: ({ tid }, tenants) =>
    tenants.length === 0 || (typeof tid === 'string' && tenants.includes(tid))
      ? undefined
      : 'account is of a tenant that is not listed',
  warningOf: (idToken) =>
    hasMoreGroups(idToken)
      ? 'the account has more groups than Entra ID puts into a token: none of them count here; use app roles, or groups assigned to the application'
      : undefined,
  // It has no `acr_values`, and answers in a claim of its own.
  askForContext: (values) => ({
    claims: JSON.stringify({ id_token: { acrs: { essential: true, values } } }),
  }),
  // The library has compared it with the template, and the tenant was on the list.
  issuerOf: ({ iss }, configured) => (typeof iss === 'string' ? iss : configured),
}
