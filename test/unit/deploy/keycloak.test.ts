// Is the realm file safe to publish and to import as it is?

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'

const path = join(import.meta.dirname, '../../../deploy/keycloak/sallyport-realm.json')
const text = readFileSync(path, 'utf8')

const realm = z
  .looseObject({
    realm: z.string(),
    clients: z.array(
      z.looseObject({
        clientId: z.string(),
        secret: z.string(),
        redirectUris: z.array(z.string()),
        attributes: z.record(z.string(), z.string()),
      }),
    ),
  })
  .parse(JSON.parse(text))

test('the realm has the name that its file name promises, without which Keycloak refuses it', () => {
  expect(path.endsWith(`/${realm.realm}-realm.json`)).toBe(true)
})

test('the realm holds no users, no keys and no secret but a gap to fill (R116)', () => {
  expect(Object.keys(realm)).not.toContain('users')
  expect(Object.keys(realm)).not.toContain('components')
  expect(realm.clients.map(({ clientId, secret }) => [clientId, secret])).toEqual([
    ['sallyport', '$' + '{SALLYPORT_CLIENT_SECRET}'],
  ])
})

test('the realm leaves nothing open that a login through Sallyport does not need (R32)', () => {
  expect(realm.clients).toMatchObject([
    {
      publicClient: false,
      standardFlowEnabled: true,
      implicitFlowEnabled: false,
      directAccessGrantsEnabled: false,
      serviceAccountsEnabled: false,
      webOrigins: [],
      attributes: {
        'pkce.code.challenge.method': 'S256',
        'backchannel.logout.session.required': 'true',
      },
    },
  ])
  expect(realm).toMatchObject({ registrationAllowed: false, bruteForceProtected: true })
})

test('the realm names no address but those that are filled in, and no wildcard', () => {
  expect(text.match(/https?:\/\/[^"]*/g) ?? []).toEqual([])
  expect(realm.clients.flatMap(({ redirectUris }) => redirectUris).join()).not.toContain('*')
})
