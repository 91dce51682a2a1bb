// Passkeys as the browser brings them: what it is asked for, and whether its answer is good. WebAuthn Level 3 §7.

import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import type { Passkey } from '../ports/account-credentials.ts'
import type { TakeChallenge } from '../ports/own-accounts.ts'
import { isFramed, parseAssertion, parseAttestation } from './passkey-answers.ts'

/** Who asks. From the configuration only: a browser says which origin it was on, never which one is ours. */
export type RelyingParty = {
  /** The host of the public URL. */
  readonly id: string
  readonly origin: string
  readonly name: string
}

// EdDSA, ES256 and RS256 of COSE: what browsers bring today. Said, so that the library need not try out more.
const algorithms = [-8, -7, -257]

/** How long the browser lets a person take, in milliseconds; the challenge lives as long. */
const patience = 300_000

// Loaded when the first passkey is used: most logins are none, and the library brings parsers of certificates.
const library = () => import('@simplewebauthn/server')

export const userHandleOf = (accountId: string): string =>
  Buffer.from(accountId).toString('base64url')

/** Options for `navigator.credentials.get()`; `allowed` undefined: any passkey the person has for us. */
export async function requestOptions(
  party: RelyingParty,
  challenge: string,
  allowed: readonly Passkey[] | undefined,
): Promise<unknown> {
  const { generateAuthenticationOptions } = await library()
  return generateAuthenticationOptions({
    rpID: party.id,
    challenge,
    timeout: patience,
    // After the password, a key that only has to be touched is the second factor.
    userVerification: allowed === undefined ? 'required' : 'preferred',
    ...(allowed && { allowCredentials: allowed.map(descriptor) }),
  })
}

const descriptor = ({ credentialId: id, transports }: Passkey) => ({
  id,
  transports: [...transports],
})

/** Options for `navigator.credentials.create()`. */
export async function creationOptions(
  party: RelyingParty,
  challenge: string,
  account: { readonly id: string; readonly name: string; readonly displayName: string | undefined },
  known: readonly Passkey[],
): Promise<unknown> {
  const { generateRegistrationOptions } = await library()
  return generateRegistrationOptions({
    rpName: party.name,
    rpID: party.id,
    userID: new Uint8Array(Buffer.from(account.id)),
    userName: account.name,
    userDisplayName: account.displayName ?? account.name,
    challenge,
    timeout: patience,
    // Who made the key does not matter here, and asking would tell us what people own.
    attestationType: 'none',
    supportedAlgorithmIDs: algorithms,
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
    excludeCredentials: known.map(descriptor),
  })
}

export type Refused = { readonly kind: 'refused'; readonly reason: string }
const refused = (reason: string): Refused => ({ kind: 'refused', reason })

/** The library throws for what a browser sent wrong. Its message may quote that, so it is not handed on. */
async function orRefused<T>(verify: () => Promise<T>): Promise<T | undefined> {
  try {
    return await verify()
  } catch {
    return undefined
  }
}

export type NewPasskey = Pick<Passkey, 'credentialId' | 'publicKey' | 'counter' | 'transports'> & {
  readonly kind: 'passkey'
  readonly isVerified: boolean
}

/**
 * Checks the answer to `creationOptions`. Whether its id is known already is for the store to say.
 *
 * @param requireVerification for a key that has to do without a password
 */
export async function verifyCreation(
  party: RelyingParty,
  text: string,
  take: TakeChallenge,
  requireVerification: boolean,
): Promise<NewPasskey | Refused> {
  const parsed = parseAttestation(text)
  if (!parsed.success) return refused('malformed')
  const { clientDataJSON, attestationObject, transports: ways = [] } = parsed.data.response
  if (isFramed(clientDataJSON)) return refused('framed')
  const response: RegistrationResponseJSON = {
    ...parsed.data,
    response: { clientDataJSON, attestationObject },
    clientExtensionResults: {},
  }
  const { verifyRegistrationResponse } = await library()
  const challenge = watch(take)
  const result = await orRefused(() =>
    verifyRegistrationResponse({
      response,
      expectedChallenge: challenge.take,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: requireVerification,
      supportedAlgorithmIDs: algorithms,
    }),
  )
  challenge.rethrow()
  if (result?.verified !== true) return refused('not-verified')
  const { credential: made, userVerified } = result.registrationInfo
  return {
    kind: 'passkey',
    credentialId: made.id,
    publicKey: Buffer.from(made.publicKey).toString('base64url'),
    counter: made.counter,
    transports: ways,
    isVerified: userVerified,
  }
}

/** A fault of the store while the challenge was taken is not the browser's: it must not pass for a refusal. */
function watch(take: TakeChallenge) {
  let fault: { readonly thrown: unknown } | undefined
  return {
    take: async (challenge: string): Promise<boolean> => {
      try {
        return await take(Buffer.from(challenge, 'base64url').toString('utf8'))
      } catch (thrown) {
        fault = { thrown }
        return false
      }
    },
    rethrow: () => {
      if (fault !== undefined) throw fault.thrown
    },
  }
}

export type Assertion = {
  readonly kind: 'assertion'
  readonly passkey: Passkey
  readonly counter: number
  readonly isVerified: boolean
}

/**
 * Checks the answer to `requestOptions`. The counter is for the store to move on.
 *
 * @param find the passkey of an id, if it is one that may be used here
 * @param requireVerification when nothing else was shown
 */
export async function verifyAssertion(
  party: RelyingParty,
  text: string,
  take: TakeChallenge,
  rules: {
    readonly find: (credentialId: string) => Promise<Passkey | undefined>
    readonly requireVerification: boolean
  },
): Promise<Assertion | Refused> {
  const parsed = parseAssertion(text)
  if (!parsed.success) return refused('malformed')
  const { userHandle, ...answer } = parsed.data.response
  if (isFramed(answer.clientDataJSON)) return refused('framed')
  const passkey = await rules.find(parsed.data.id)
  if (passkey === undefined) return refused('unknown-passkey')
  // WebAuthn Level 3 §7.2 step 6: without a name that was typed before, the handle has to say whose it is.
  const owner = userHandleOf(passkey.accountId)
  if (userHandle ? userHandle !== owner : rules.requireVerification) return refused('other-account')
  const response: AuthenticationResponseJSON = {
    ...parsed.data,
    response: answer,
    clientExtensionResults: {},
  }
  const { verifyAuthenticationResponse } = await library()
  const challenge = watch(take)
  const result = await orRefused(() =>
    verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge.take,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      credential: {
        id: passkey.credentialId,
        publicKey: new Uint8Array(Buffer.from(passkey.publicKey, 'base64url')),
        counter: passkey.counter,
      },
      requireUserVerification: rules.requireVerification,
    }),
  )
  challenge.rethrow()
  if (result?.verified !== true) return refused('not-verified')
  const { newCounter: counter, userVerified: isVerified } = result.authenticationInfo
  return { kind: 'assertion', passkey, counter, isVerified }
}
