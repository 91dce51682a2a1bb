import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Allow, matchAllow } from '../../../src/access/policy.ts'
import { identityOf } from '../../support/identity.ts'

const alice = identityOf()
const local = identityOf({
  provider: 'local',
  preferredUsername: 'bob',
  email: undefined,
  emailDomain: undefined,
})
const machine = identityOf({
  provider: 'client',
  preferredUsername: 'ci',
  email: undefined,
  emailDomain: undefined,
})
const sub = identityOf({ email: 'a@eu.example.com', emailDomain: 'eu.example.com' })
const evil = identityOf({ email: 'a@exploitexample.com', emailDomain: 'exploitexample.com' })
const unverified = identityOf({
  email: undefined,
  emailDomain: undefined,
  unverifiedEmail: 'alice@example.com',
})
const noHostedDomain = identityOf({ emailDomain: undefined })

describe('matchAllow()', () => {
  test.each<[string, Allow, ReturnType<typeof identityOf>, string | undefined]>([
    ['nobody without a clause (R48)', [], alice, 'not-on-list'],
    ['nobody with an empty clause (R48)', [{}], alice, 'not-on-list'],
    ['everyone only when it is said (R48)', [{ anyone: true }], alice, undefined],
    ['a listed address', [{ emails: ['alice@example.com'] }], alice, undefined],
    ['a listed address in other case', [{ emails: ['Alice@Example.com'] }], alice, undefined],
    ['not another address', [{ emails: ['bob@example.com'] }], alice, 'not-on-list'],
    ['a domain', [{ emails: ['@example.com'] }], alice, undefined],
    ['not a sub-domain of it (R46)', [{ emails: ['@example.com'] }], sub, 'not-on-list'],
    ['a sub-domain with the explicit form (R46)', [{ emails: ['@*.example.com'] }], sub, undefined],
    [
      'not the domain itself with that form',
      [{ emails: ['@*.example.com'] }],
      alice,
      'not-on-list',
    ],
    [
      'not a longer name (GHSA-7cc2-r658-7xpf)',
      [{ emails: ['@example.com'] }],
      evil,
      'not-on-list',
    ],
    ['not a longer name by wildcard', [{ emails: ['@*.example.com'] }], evil, 'not-on-list'],
    ['no unverified address (R44)', [{ emails: ['@example.com'] }], unverified, 'unverified-email'],
    [
      'no domain the provider does not vouch for (R47)',
      [{ emails: ['@example.com'] }],
      noHostedDomain,
      'not-on-list',
    ],
    [
      'that address when it is listed itself',
      [{ emails: ['alice@example.com'] }],
      noHostedDomain,
      undefined,
    ],
    ['a group', [{ groups: ['admins', 'users'] }], alice, undefined],
    ['not another group', [{ groups: ['admins'] }], alice, 'not-on-list'],
    ['no part of a group name', [{ groups: ['user'] }], alice, 'not-on-list'],
    ['a provider', [{ providers: ['home'] }], alice, undefined],
    ['not another provider', [{ providers: ['google'] }], alice, 'not-on-list'],
    ['a local account by name', [{ users: ['bob'] }], local, undefined],
    ['not the same name from a provider', [{ users: ['alice'] }], alice, 'not-on-list'],
    ['a client that acts for itself', [{ clients: ['ci'] }], machine, undefined],
    ['not another client', [{ clients: ['other'] }], machine, 'not-on-list'],
    ['not a person of that name', [{ clients: ['alice'] }], alice, 'not-on-list'],
    ['no client by the name of a local account', [{ users: ['ci'] }], machine, 'not-on-list'],
    [
      'all kinds of a clause together',
      [{ emails: ['@example.com'], groups: ['admins'] }],
      alice,
      'not-on-list',
    ],
    ['any clause of several', [{ groups: ['admins'] }, { providers: ['home'] }], alice, undefined],
    [
      'no "anyone" beside a kind that fails',
      [{ anyone: true, groups: ['admins'] }],
      alice,
      'not-on-list',
    ],
  ])('lets in %s', (_, allow, identity, expected) => {
    expect(matchAllow(allow, identity)).toBe(expected)
  })

  test('never turns a refusal into an allow when a clause asks for more', () => {
    const names = fc.uniqueArray(fc.constantFrom('users', 'admins', 'home', '@example.com', 'x'))
    const clause = fc.record(
      { emails: names, groups: names, providers: names },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(
        clause,
        fc.constantFrom('emails', 'groups', 'providers'),
        names,
        (few, kind, more) => {
          if (few[kind] !== undefined || Object.keys(few).length === 0) return
          if (matchAllow([few], alice) === undefined) return
          expect(matchAllow([{ ...few, [kind]: more }], alice)).not.toBeUndefined()
        },
      ),
    )
  })
})
