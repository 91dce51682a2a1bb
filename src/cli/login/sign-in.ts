// Asks the person for a login: in the browser of this machine, or with a code on any device.

import * as openid from 'openid-client'
import { openBrowser } from './browser.ts'
import { LoginFault } from './fault.ts'
import type { Tokens } from './logins.ts'
import { listenForAnswer } from './loopback.ts'
import type { Machine } from './ports.ts'
import { readTokens, type Server } from './server.ts'

const patienceSeconds = 120

async function addressOf(
  { configuration, issuer }: Server,
  parameters: Readonly<Record<string, string>>,
): Promise<URL> {
  // Sent ahead, what is wrong is said here and not on a page in the browser (RFC 9126).
  const isTakenAhead =
    configuration.serverMetadata().pushed_authorization_request_endpoint !== undefined
  const address = isTakenAhead
    ? await openid.buildAuthorizationUrlWithPAR(configuration, { ...parameters })
    : openid.buildAuthorizationUrl(configuration, { ...parameters })
  if (address.origin !== issuer)
    throw new LoginFault(`${issuer} sends people elsewhere: not trusted`)
  return address
}

/** Authorization code with PKCE over a loopback address. RFC 8252, RFC 7636 */
export async function signInWithBrowser(
  server: Server,
  origin: string,
  machine: Machine,
): Promise<Tokens> {
  const { configuration } = server
  const state = openid.randomState()
  const pkceCodeVerifier = openid.randomPKCECodeVerifier()
  const loopback = await listenForAnswer(state, patienceSeconds)
  try {
    const address = await addressOf(server, {
      redirect_uri: loopback.redirectUri,
      code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      state,
      resource: origin,
    })
    machine.printError(`If no browser opens, open this address on this machine:\n  ${address.href}`)
    void openBrowser(address, machine.platform, machine.run)
    const answer = await loopback.answer
    const checks = { pkceCodeVerifier, expectedState: state }
    const tokens = await openid.authorizationCodeGrant(configuration, answer, checks)
    return readTokens(tokens, machine.now())
  } finally {
    loopback.close()
  }
}

/** Device flow: nothing has to reach this machine. RFC 8628 */
export async function signInWithCode(
  { configuration, issuer }: Server,
  origin: string,
  machine: Machine,
): Promise<Tokens> {
  const begun = await openid.initiateDeviceAuthorization(configuration, { resource: origin })
  const address = URL.parse(begun.verification_uri)
  if (address?.origin !== issuer)
    throw new LoginFault(`${issuer} sends people elsewhere: not trusted`)
  if (!/^[A-Z0-9-]{4,20}$/.test(begun.user_code))
    throw new LoginFault(`${issuer} gave a code that is none`)
  machine.printError(`Open this address on any device and enter the code ${begun.user_code}:`)
  machine.printError(`  ${address.href}`)
  const tokens = await openid.pollDeviceAuthorizationGrant(configuration, begun)
  return readTokens(tokens, machine.now())
}
