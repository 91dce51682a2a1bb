// What a person adds to an own account, and takes away: passkeys, an authenticator app, recovery codes.

import type { Added, OwnFactors } from '../ports/own-accounts.ts'
import {
  formatRecoveryCode,
  matchOneTimeCode,
  newOneTimeSecret,
  newRecoveryCodes,
  oneTimeSecretUri,
} from './one-time-codes.ts'
import { creationOptions, verifyCreation } from './passkey-ceremonies.ts'
import { type FactorParts, findSecondFactors, recoveryHash } from './second-factors.ts'

export const mostPasskeys = 20

export function createOwnFactors(parts: FactorParts): OwnFactors {
  const { accounts, credentials, party, now, hashOf } = parts
  const { passkeys, oneTimeSecrets, recoveryCodes } = credentials

  const replaceCodes = async (accountId: string): Promise<readonly string[]> => {
    const codes = newRecoveryCodes()
    const hashes = codes.map((code) => recoveryHash(accountId, code, hashOf))
    await recoveryCodes.replace(accountId, hashes)
    return codes.map(formatRecoveryCode)
  }

  /** Codes come with the first second factor: who loses it would be locked out otherwise. */
  const added = async (accountId: string): Promise<Added> => {
    const account = await accounts.findById(accountId)
    // They stand in for what follows a password; without one they open nothing.
    const wanted = account?.passwordHash !== '' && (await recoveryCodes.countOf(accountId)) === 0
    return { kind: 'added', recoveryCodes: wanted ? await replaceCodes(accountId) : undefined }
  }

  /** Codes for nothing are removed: they would count again as soon as a factor is added. */
  const afterRemoval = async (accountId: string): Promise<void> => {
    const { passkey, code } = await findSecondFactors(accountId, credentials)
    if (!passkey && !code) await recoveryCodes.replace(accountId, [])
  }

  return {
    show: async (accountId) => {
      const account = await accounts.findById(accountId)
      if (account === undefined) return undefined
      return {
        hasPassword: account.passwordHash !== '',
        passkeys: await passkeys.listOf(accountId),
        offersApp: parts.sealing !== undefined,
        app: (await oneTimeSecrets.find(accountId)) !== undefined,
        recoveryCodes: await recoveryCodes.countOf(accountId),
      }
    },

    creationOptions: async (accountId, challenge) => {
      const account = await accounts.findById(accountId)
      return account && creationOptions(party, challenge, account, await passkeys.listOf(accountId))
    },

    addPasskey: async (accountId, { answer, name }, take) => {
      const made = await verifyCreation(party, answer, take, false)
      if (made.kind === 'refused') return made
      const { credentialId, publicKey, counter, transports } = made
      const facts = { credentialId, publicKey, counter, transports }
      const kept = { ...facts, accountId, name, createdAt: now(), lastUsedAt: undefined }
      const outcome = await passkeys.add(kept, mostPasskeys)
      return outcome === 'added' ? added(accountId) : { kind: 'refused', reason: outcome }
    },

    removePasskey: async (accountId, credentialId) => {
      const outcome = await passkeys.remove(accountId, credentialId)
      if (outcome === 'removed') await afterRemoval(accountId)
      return outcome
    },

    newSecret: (accountName) => {
      if (parts.sealing === undefined) return undefined
      const secret = newOneTimeSecret()
      return { secret, uri: oneTimeSecretUri(secret, accountName, party.name) }
    },

    addApp: async (accountId, secret, code) => {
      const sealed = parts.sealing?.seal(secret, accountId)
      const lastStep = matchOneTimeCode(secret, code.replace(/\s/g, ''), now())
      if (lastStep === undefined || sealed === undefined) return { kind: 'wrong' }
      await oneTimeSecrets.save({ accountId, sealed, createdAt: now(), lastStep })
      return added(accountId)
    },

    removeApp: async (accountId) => {
      const outcome = await oneTimeSecrets.remove(accountId)
      await afterRemoval(accountId)
      return outcome
    },

    renewRecoveryCodes: async (accountId) => {
      const { passkey, code } = await findSecondFactors(accountId, credentials)
      const account = await accounts.findById(accountId)
      const isOfUse = (passkey || code) && account !== undefined && account.passwordHash !== ''
      return isOfUse ? replaceCodes(accountId) : undefined
    },
  }
}
