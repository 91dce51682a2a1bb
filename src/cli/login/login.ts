// `sallyport login`: a person, a host, and a token for that host alone.

import { hasDisplay } from './browser.ts'
import { discoverIssuer } from './discover.ts'
import { withLock } from './lock.ts'
import { endLogin } from './logout.ts'
import { parsePlace } from './place.ts'
import { loginsOf, type Machine } from './ports.ts'
import { explainRefusal, findServer } from './server.ts'
import { signInWithBrowser, signInWithCode } from './sign-in.ts'

export type LoginWish = {
  readonly place: string
  /** Undefined: the place says it. */
  readonly issuer: string | undefined
  /** With a code on any device, whatever this machine could do. */
  readonly device: boolean
}

/** @throws LoginFault */
export async function login(wish: LoginWish, machine: Machine): Promise<void> {
  const place = parsePlace(wish.place)
  const { origin } = place
  const logins = loginsOf(machine)
  // A login that cannot be kept is worth nothing: said before anybody signs in.
  await withLock(logins.lockFile(origin), async () => undefined)
  const issuer =
    wish.issuer === undefined ? await discoverIssuer(place, fetch) : parsePlace(wish.issuer).origin
  machine.printError(`Sign in at ${issuer}, for a token that is good for ${origin} alone.`)
  const server = await findServer(issuer)
  const isHere = !wish.device && hasDisplay(machine.platform, machine.env)
  const signIn = isHere ? signInWithBrowser : signInWithCode
  const tokens = await signIn(server, origin, machine).catch((fault: unknown) => {
    throw explainRefusal(fault, issuer, origin)
  })
  const kept = await withLock(logins.lockFile(origin), async () => {
    const earlier = await logins.find(origin).catch(() => undefined)
    const where = await logins.keep({ origin, issuer, tokens })
    // What is replaced is worth nothing to its owner, and should be to nobody else.
    if (earlier !== undefined) await endLogin(earlier).catch(() => undefined)
    return where
  })
  const where = kept === 'keychain' ? 'in the keychain' : 'in a file that only you can read'
  machine.printError(`Signed in; the login is kept ${where}.`)
  machine.printError(
    `Use it: curl -H "Authorization: Bearer $(sallyport token ${origin})" ${place.href}`,
  )
}
