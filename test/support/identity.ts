// People for tables of cases.

import type { Identity } from '../../src/protocol/identity.ts'

/** Alice of the provider `home`, with whatever a case changes. */
export const identityOf = (changes: Partial<Identity> = {}): Identity => ({
  provider: 'home',
  issuer: 'https://sso.example.com',
  subject: 'alice-1',
  email: 'alice@example.com',
  emailDomain: 'example.com',
  unverifiedEmail: undefined,
  name: 'Alice',
  preferredUsername: 'alice',
  groups: ['users'],
  scopes: [],
  ...changes,
})
