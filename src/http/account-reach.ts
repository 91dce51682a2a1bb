// The part of the account page that says what its person may open.

import type { Opening } from '../access/openings.ts'
import { accountReach } from '../pages/account-reach.ts'
import type { Identity } from '../protocol/identity.ts'
import type { AccountSection } from './account.ts'
import type { LoginDependencies } from './login-context.ts'

/** @param openingsOf by the policy of this moment */
export const createReachSection =
  (
    openingsOf: (identity: Identity) => readonly Opening[],
    { providers }: Pick<LoginDependencies, 'providers'>,
  ): AccountSection =>
  async ({ identity }) => {
    const labels = new Map(providers.map(({ provider: { id, label } }) => [id, label]))
    const content = {
      groups: identity.groups,
      openings: openingsOf(identity),
      labelOf: (provider: string) => labels.get(provider) ?? provider,
    }
    return { render: (frame) => accountReach(frame, content) }
  }
