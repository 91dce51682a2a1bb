// Who was given leave to register a client, and how often may it be used? RFC 7591 §1.2 "initial access token".
//
// The library checks that the token exists and has not expired; it knows no number of uses. Each use is a value that
// can be spent once, so that processes which count at the same time agree (security.md R100).

import { z } from 'zod'
import type { ArtifactStore } from '../ports/authorization-store.ts'
import type { Hash } from '../ports/hash.ts'
import { type EpochSeconds, later, type Seconds } from '../protocol/time.ts'

type Parts = {
  readonly artifacts: ArtifactStore
  readonly hashOf: (value: string) => Hash
}

const kind = 'InitialAccessToken'

export const mostUses = 100

const payloadShape = z.object({ uses: z.int().min(1).max(mostUses) })

/**
 * Stores an initial access token as the library's model has it, with the number of its uses.
 *
 * @param value 256 random bits
 * @param uses 1 to 100
 */
export async function issueInitialAccessToken(
  { artifacts, hashOf }: Parts,
  token: { readonly value: string; readonly uses: number; readonly lifetime: Seconds },
  now: EpochSeconds,
): Promise<void> {
  const expiresAt = later(now, token.lifetime)
  const payload = JSON.stringify({ kind, iat: now, exp: expiresAt, uses: token.uses })
  const nobody = { grantId: undefined, clientId: undefined, account: undefined }
  const noOtherKey = { uidHash: undefined, userCodeHash: undefined }
  const idHash = hashOf(token.value)
  await artifacts.save({ kind, idHash, payload, expiresAt, ...nobody, ...noOtherKey }, now)
}

/** What can be spent for a token; undefined when it does not exist or has expired. */
export async function findInitialAccessToken(
  { artifacts, hashOf }: Parts,
  value: string,
  now: EpochSeconds,
): Promise<
  | {
      /** Takes one use. At most as many callers as it has uses ever get `spent`; then the token is gone. */
      readonly spend: () => Promise<'spent' | 'used-up'>
    }
  | undefined
> {
  const idHash = hashOf(value)
  const found = await artifacts.find(kind, idHash)
  const expiresAt = found?.expiresAt
  if (found === undefined || expiresAt === undefined || expiresAt <= now) return undefined
  const { uses } = payloadShape.parse(JSON.parse(found.payload))
  return {
    spend: async () => {
      for (let use = 0; use < uses; use++) {
        const outcome = await artifacts.spend(hashOf(`${idHash} use ${use}`), expiresAt, now)
        if (outcome === 'fresh') return 'spent'
      }
      await artifacts.destroy(kind, idHash)
      return 'used-up'
    },
  }
}
