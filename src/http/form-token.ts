// A token for a form that may be sent once, by the session it was made for, for what it was made for (security.md R73).

import type { Clock, RandomToken } from '../ports/runtime.ts'
import type { Hash } from '../ports/store.ts'
import { type EpochSeconds, epochSeconds, later, type Seconds, seconds } from '../protocol/time.ts'
import { matchToken } from './own-form.ts'

const tenMinutes = seconds(600)

export type FormTokenPorts = {
  readonly now: Clock
  readonly randomToken: RandomToken
  readonly hashOf: (value: string) => Hash
  /** Over all processes one caller gets `fresh`. */
  readonly spend: (
    valueHash: Hash,
    expiresAt: EpochSeconds,
    now: EpochSeconds,
  ) => Promise<'fresh' | 'replayed'>
}

/**
 * What a token is for: a secret that only the browser has (the session's id, or a cookie's value), and the one
 * thing that it decides.
 */
export type FormPurpose = {
  readonly sessionId: string
  readonly about: string
  /** Default: ten minutes. */
  readonly lifetime?: Seconds
}

// The session id is known to nobody but its browser, and so is a hash that needs it.
const proofOf = (
  begin: string,
  { sessionId, about }: FormPurpose,
  ports: Pick<FormTokenPorts, 'hashOf'>,
): string => ports.hashOf(`form:${JSON.stringify([begin, about, sessionId])}`)

/** A new token. Nothing is stored before it is used. */
export function formatFormToken(
  purpose: FormPurpose,
  ports: Omit<FormTokenPorts, 'spend'> & Partial<FormTokenPorts>,
): string {
  const begin = `${ports.now()}.${ports.randomToken()}`
  return `${begin}.${proofOf(begin, purpose, ports)}`
}

/**
 * Takes a token, at most once.
 *
 * @returns `refused` for a token of another session or purpose, or one that is too old; `replayed` for one
 *   that was taken before
 * @throws when the store cannot be asked
 */
export async function takeFormToken(
  token: string | undefined,
  purpose: FormPurpose,
  ports: FormTokenPorts,
): Promise<'taken' | 'replayed' | 'refused'> {
  const [, begin = '', moment = '', proof = ''] =
    /^((\d{1,12})\.[\w-]{1,100})\.([\w-]{1,100})$/.exec(token ?? '') ?? []
  if (!matchToken(proof, proofOf(begin, purpose, ports))) return 'refused'
  const now = ports.now()
  const expiresAt = later(epochSeconds(Number(moment)), purpose.lifetime ?? tenMinutes)
  if (expiresAt <= now) return 'refused'
  const spent = await ports.spend(ports.hashOf(`form:${begin}`), expiresAt, now)
  return spent === 'fresh' ? 'taken' : 'replayed'
}
