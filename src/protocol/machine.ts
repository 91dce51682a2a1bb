// Who a token stands for that an operator made for a program: an account of its own, that no person's rule names.

import { clientProvider, type Identity } from './identity.ts'

export const machineIssuer = 'urn:sallyport:machine'

/** 1 to 64 letters, digits, `.`, `_` and `-`, beginning with a letter or digit. */
export const isMachineName = (text: string): boolean => /^[A-Za-z0-9][\w.-]{0,63}$/.test(text)

/** The identity of a program. Allow lists name it under `clients`, as every client that acts for itself. */
export const machineIdentity = (name: string, scopes: readonly string[]): Identity => ({
  provider: clientProvider,
  issuer: machineIssuer,
  subject: `machine:${name}`,
  email: undefined,
  emailDomain: undefined,
  unverifiedEmail: undefined,
  name: undefined,
  preferredUsername: name,
  groups: [],
  scopes,
})
