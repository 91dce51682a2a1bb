// The challenge of a passkey: for one browser and one purpose, good once and for five minutes. WebAuthn Level 3 §13.4.3

import type { TakeChallenge } from '../ports/own-accounts.ts'
import { seconds } from '../protocol/time.ts'
import {
  type FormPurpose,
  type FormTokenPorts,
  formatFormToken,
  takeFormToken,
} from './form-token.ts'

const lifetime = seconds(300)

/**
 * A new challenge. Nothing is stored before it is used, so that nobody fills the store by asking for many.
 *
 * @param purpose `sessionId`: a secret that only this browser has
 */
export const newChallenge = (
  { sessionId, about }: FormPurpose,
  ports: Omit<FormTokenPorts, 'spend'>,
): string => formatFormToken({ sessionId, about: `passkey:${about}` }, ports)

/** Takes a challenge of this browser and purpose, once. */
export const challengeTaker =
  ({ sessionId, about }: FormPurpose, ports: FormTokenPorts): TakeChallenge =>
  async (challenge) =>
    (await takeFormToken(challenge, { sessionId, about: `passkey:${about}`, lifetime }, ports)) ===
    'taken'
