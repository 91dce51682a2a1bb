// sallyport users invite: a link instead of a password that somebody else has chosen.

import { newInvitation } from '../adapters/invitations.ts'
import { Refused } from './command-group.ts'
import { readProfile, refuseWhenOff, type UsersParts, type Values } from './user-arguments.ts'

export async function inviteUser(name: string, values: Values, parts: UsersParts): Promise<void> {
  const { store, publicUrl, hashOf, now, print } = parts
  const profile = readProfile(values)
  refuseWhenOff(name, parts)
  const { token, invitation } = newInvitation({ name, ...profile }, now(), hashOf)
  const issued = await store.accountCredentials.invitations.issue(invitation)
  if (issued === 'name-taken') throw new Refused(`The account "${name}" exists already`)
  const until = new Date(invitation.expiresAt * 1000).toISOString().slice(0, 16).replace('T', ' ')
  print(`Send this link to "${name}" alone; it is good once, until ${until} UTC:`)
  print(`${publicUrl}/invitation?code=${token}`)
}
