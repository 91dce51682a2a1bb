// `sallyport logout`: the server ends the login and all its tokens, and this machine forgets it.

import * as openid from 'openid-client'
import { LoginFault } from './fault.ts'
import { withLock } from './lock.ts'
import type { Login, Logins } from './logins.ts'
import { parsePlace } from './place.ts'
import { loginsOf, type Machine } from './ports.ts'
import { explainRefusal, findServer } from './server.ts'

/** Ends a login at its server. Rejects when that could not be asked. RFC 7009 */
export async function endLogin({ issuer, origin, tokens }: Login): Promise<void> {
  const { configuration } = await findServer(issuer)
  await openid.tokenRevocation(configuration, tokens.refreshToken).catch((fault: unknown) => {
    throw explainRefusal(fault, issuer, origin)
  })
}

async function end(origin: string, logins: Logins): Promise<string | undefined> {
  const login = await logins.find(origin).catch(() => undefined)
  const fault =
    login &&
    (await endLogin(login).then(
      () => undefined,
      (reason: unknown) => reason,
    ))
  await logins.remove(origin)
  return fault instanceof Error ? fault.message : undefined
}

/**
 * @param text undefined: every login
 * @throws LoginFault when there is none, or a server could not be told
 */
export async function logout(text: string | undefined, machine: Machine): Promise<void> {
  const logins = loginsOf(machine)
  const all = await logins.list()
  const wanted = text === undefined ? all : [parsePlace(text).origin]
  const known = wanted.filter((origin) => all.includes(origin))
  if (known.length === 0)
    throw new LoginFault(
      text === undefined ? 'Not signed in anywhere' : `Not signed in for ${wanted}`,
    )
  const faults: string[] = []
  for (const origin of known) {
    const fault = await withLock(logins.lockFile(origin), () => end(origin, logins))
    if (fault === undefined) machine.printError(`Signed out of ${origin}.`)
    else
      faults.push(
        `Forgotten here, but not ended: ${origin}. ${fault}. End it on your account page.`,
      )
  }
  if (faults.length > 0) throw new LoginFault(faults.join('\n'))
}
