// Invitations: a link that makes an account, whose owner chooses how to sign in.

import { randomUUID } from 'node:crypto'
import type { Invitation, Passkey } from '../ports/account-credentials.ts'
import type { Hash } from '../ports/hash.ts'
import {
  type AcceptAnswer,
  invitationLifetime,
  type OwnInvitations,
  type TakeChallenge,
} from '../ports/own-accounts.ts'
import { type EpochSeconds, later } from '../protocol/time.ts'
import { identityOf } from './local-accounts.ts'
import { creationOptions, verifyCreation } from './passkey-ceremonies.ts'
import { hashPassword, refuseNewPassword } from './passwords.ts'
import { randomToken } from './random.ts'
import type { FactorParts } from './second-factors.ts'

const invitationHash = (token: string, hashOf: (value: string) => Hash): Hash =>
  hashOf(`invitation:${token}`)

/** A new invitation and the secret of its link, of which only the hash is kept. */
export function newInvitation(
  account: Omit<Invitation['account'], 'id'>,
  now: EpochSeconds,
  hashOf: (value: string) => Hash,
): { readonly token: string; readonly invitation: Invitation } {
  const token = randomToken()
  return {
    token,
    invitation: {
      tokenHash: invitationHash(token, hashOf),
      account: { ...account, id: randomUUID() },
      createdAt: now,
      expiresAt: later(now, invitationLifetime),
    },
  }
}

type Chosen = Parameters<OwnInvitations['accept']>[1]

// A passkey beside a password need not have verified anybody.
const assuranceOf = ({ password }: Chosen) =>
  password === ''
    ? ({ factors: 2, methods: ['pop', 'user', 'mfa'] } as const)
    : ({ factors: 1, methods: ['pwd'] } as const)

function judgeChoice({ password, passkey }: Chosen, name: string) {
  if (password === '') return passkey === '' ? 'nothing' : undefined
  return refuseNewPassword(password, name) === undefined ? undefined : 'weak-password'
}

export function createInvitations(parts: FactorParts): OwnInvitations {
  const { accounts, credentials, party, now, hashOf } = parts

  const find = (token: string) => credentials.invitations.find(invitationHash(token, hashOf), now())

  const readPasskey = async (
    { password, passkey: answer, passkeyName: name }: Chosen,
    take: TakeChallenge,
  ): Promise<Omit<Passkey, 'accountId'> | { readonly reason: string } | undefined> => {
    if (answer === '') return undefined
    // Alone it has to be two factors; beside a password it need not be.
    const made = await verifyCreation(party, answer, take, password === '')
    if (made.kind === 'refused') return made
    const { credentialId, publicKey, counter, transports } = made
    const facts = { credentialId, publicKey, counter, transports }
    return { ...facts, name, createdAt: now(), lastUsedAt: undefined }
  }

  const accept = async (
    token: string,
    chosen: Chosen,
    take: TakeChallenge,
  ): Promise<AcceptAnswer> => {
    const invitation = await find(token)
    if (invitation === undefined) return { kind: 'unknown' }
    const { password } = chosen
    const { id, name } = invitation.account
    const refusal = judgeChoice(chosen, name)
    if (refusal !== undefined) return { kind: refusal }
    const passkey = await readPasskey(chosen, take)
    if (passkey !== undefined && 'reason' in passkey)
      return { kind: 'bad-passkey', reason: passkey.reason }
    const passwordHash = password === '' ? '' : await hashPassword(password)
    const acceptance = { passwordHash, passkey }
    const outcome = await credentials.invitations.redeem(invitation.tokenHash, acceptance, now())
    if (outcome === 'passkey-exists') return { kind: 'bad-passkey', reason: outcome }
    if (outcome !== 'redeemed') return { kind: outcome }
    const account = { ...invitation.account, passwordHash, createdAt: now() }
    return {
      kind: 'identity',
      identity: identityOf(account),
      assurance: { ...assuranceOf(chosen), authenticatedAt: now() },
      holds: async () => (await accounts.findById(id))?.passwordHash === passwordHash,
    }
  }

  return {
    find: async (token) => (await find(token))?.account,
    creationOptions: async (token, challenge) => {
      const invitation = await find(token)
      return invitation && creationOptions(party, challenge, invitation.account, [])
    },
    accept,
  }
}
