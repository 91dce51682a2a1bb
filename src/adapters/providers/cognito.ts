// Where does Amazon Cognito end its session? In a form of its own.

import type { Behaviour } from './behaviour.ts'

export const cognito: Behaviour = {
  logoutUrl: (
    { authorization_endpoint: authorize, end_session_endpoint: end },
    clientId,
    returnTo,
  ) => {
    const known = end ?? authorize
    if (known === undefined) return undefined
    // Older documents do not name it; it stands beside `/oauth2/authorize` on the pool's own domain.
    const url = new URL('/logout', known)
    url.searchParams.set('client_id', clientId)
    url.searchParams.set('logout_uri', returnTo)
    return url
  },
}
