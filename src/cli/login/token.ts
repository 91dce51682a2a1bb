// `sallyport token`: prints an access token that is good for a while yet, and nothing else.

import * as openid from 'openid-client'
import { LoginFault } from './fault.ts'
import { withLock } from './lock.ts'
import type { Login, Tokens } from './logins.ts'
import { parsePlace } from './place.ts'
import { loginsOf, type Machine } from './ports.ts'
import { explainRefusal, findServer, readTokens } from './server.ts'

/** What is left of a token at least when it is handed out. */
const leastSeconds = 60

async function refresh({ issuer, origin, tokens }: Login, machine: Machine): Promise<Tokens> {
  const { configuration } = await findServer(issuer)
  try {
    const answer = await openid.refreshTokenGrant(configuration, tokens.refreshToken)
    return readTokens(answer, machine.now(), tokens.refreshToken)
  } catch (fault) {
    throw explainRefusal(fault, issuer, origin)
  }
}

/** @throws LoginFault */
export async function token(text: string, machine: Machine): Promise<void> {
  const { origin } = parsePlace(text)
  const logins = loginsOf(machine)
  const accessToken = await withLock(logins.lockFile(origin), async () => {
    const login = await logins.find(origin)
    if (login === undefined)
      throw new LoginFault(`Not signed in for ${origin}; run: sallyport login ${origin}`)
    if (login.tokens.expiresAt - leastSeconds > machine.now()) return login.tokens.accessToken
    const tokens = await refresh(login, machine)
    // Kept before it is used: the one it replaces is worth nothing from now on.
    await logins.keep({ ...login, tokens })
    return tokens.accessToken
  })
  machine.print(accessToken)
}
