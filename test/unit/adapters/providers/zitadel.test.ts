import { expect, test } from 'vitest'
import { loginAt, tokenAt } from '../../../support/provider-fixture.ts'

test('createOpenIdProvider() at zitadel makes groups of the roles that are members of an object', async () => {
  const { identity, logout } = await loginAt('zitadel')
  expect(identity).toMatchObject({ email: 'alice@example.com', groups: ['admin', 'editor'] })
  expect(logout?.pathname).toBe('/oidc/v1/end_session')
})

test.each([
  ['another application is the authorized party', { azp: 'other@home' }],
  ['it names no authorized party', { azp: undefined }],
  ['we are not among the audiences', { aud: ['other@home', '210000000000000001'] }],
])(
  'createOpenIdProvider() at zitadel refuses an ID token for a whole project when %s (R37)',
  async (...row) => {
    const entry = { client_id: 'sallyport@home' }
    const { answer } = await loginAt('zitadel', { entry, idToken: row[1] })
    expect(answer.kind).toBe('refused')
  },
)

test('authenticate() at zitadel wants the project as audience', async () => {
  const issuer = { audiences: ['210000000000000001'] }
  expect(await tokenAt('zitadel', { issuer })).toMatchObject({
    kind: 'authenticated',
    identity: { groups: ['admin'] },
  })
  expect(await tokenAt('zitadel', { issuer, claims: { aud: 'x' } })).toMatchObject({
    reason: 'wrong-audience',
  })
  await expect(tokenAt('zitadel')).rejects.toThrow('expected the id of the project')
})
