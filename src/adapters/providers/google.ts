// Which domain does Google vouch for?

import type { Behaviour } from './behaviour.ts'

const consumerDomains = ['gmail.com', 'googlemail.com']

/** `hd` for a Workspace, Google's own domains for everyone else: anybody can have an account with any address (R47). */
export const google: Behaviour = {
  vouchedDomain: (emailDomain, { hd }) => {
    if (emailDomain === undefined) return undefined
    if (typeof hd === 'string') return hd.toLowerCase() === emailDomain ? emailDomain : undefined
    return consumerDomains.includes(emailDomain) ? emailDomain : undefined
  },
}
