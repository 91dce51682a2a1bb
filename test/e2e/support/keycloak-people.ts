// Who is in the realm while it is tested: the shipped file names nobody.

import { z } from 'zod'
import type { Keycloak } from './keycloak.ts'

const named = z.array(z.object({ id: z.string(), name: z.string() }))
const clients = z.array(z.object({ id: z.string() }))
const client = z.looseObject({ redirectUris: z.array(z.string()) })
const users = z.array(z.object({ id: z.string() }))

export const people = {
  mia: { email: 'mia@example.com', emailVerified: true, groups: ['/admins', '/family'] },
  /** Administrators make accounts like this one. */
  nomail: { groups: ['/family'] },
  unverified: { email: 'unverified@example.com', emailVerified: false },
} as const

export type Person = keyof typeof people

/** Also the password. */
const passwordOf = (person: Person): string => `password of ${person}`

export const credentialsOf = (person: Person) => ({
  username: person,
  password: passwordOf(person),
})

const idOf = async ({ admin }: Keycloak, clientId: string): Promise<string> => {
  const [found] = clients.parse(await admin('GET', `/clients?clientId=${clientId}`))
  if (found === undefined) throw new Error(`No client "${clientId}"`)
  return found.id
}

export async function userId({ admin }: Keycloak, person: Person): Promise<string> {
  const [found] = users.parse(await admin('GET', `/users?exact=true&username=${person}`))
  if (found === undefined) throw new Error(`No user "${person}"`)
  return found.id
}

const profile = z.looseObject({ attributes: z.array(z.looseObject({ name: z.string() })) })

/** Keycloak asks for an address at the next login unless the realm can do without. */
async function allowNoEmail({ admin }: Keycloak): Promise<void> {
  const known = profile.parse(await admin('GET', '/users/profile'))
  const attributes = known.attributes.map(({ required, ...attribute }) =>
    attribute.name === 'email' ? attribute : { ...attribute, required },
  )
  await admin('PUT', '/users/profile', { ...known, attributes })
}

async function addPeople(keycloak: Keycloak): Promise<void> {
  const { admin } = keycloak
  for (const [username, own] of Object.entries(people)) {
    const value = `password of ${username}`
    const credentials = [{ type: 'password', value, temporary: false }]
    const name = { firstName: 'Given', lastName: 'Family' }
    await admin('POST', '/users', { username, enabled: true, ...name, credentials, ...own })
  }
  const mia = await userId(keycloak, 'mia')
  const realmRoles = named.parse(await admin('GET', '/roles'))
  const members = realmRoles.filter(({ name }) => name === 'member')
  await admin('POST', `/users/${mia}/role-mappings/realm`, members)
  const sallyport = await idOf(keycloak, 'sallyport')
  const roles = named.parse(await admin('GET', `/clients/${sallyport}/roles`))
  await admin('POST', `/users/${mia}/role-mappings/clients/${sallyport}`, roles)
}

const tokenClient = (clientId: string, own: object) => ({
  clientId,
  publicClient: true,
  standardFlowEnabled: false,
  directAccessGrantsEnabled: true,
  ...own,
})

/** Clients that get tokens without a browser: as the realm has it, without its scope, and without the scope but with the audience. */
async function addTokenClients({ admin }: Keycloak, resource: string): Promise<void> {
  const bare = { defaultClientScopes: ['basic', 'profile', 'email', 'roles'] }
  const audience = {
    name: 'audience',
    protocol: 'openid-connect',
    protocolMapper: 'oidc-audience-mapper',
    config: { 'included.custom.audience': resource, 'access.token.claim': 'true' },
  }
  await admin('POST', '/clients', tokenClient('mcp-client', {}))
  await admin('POST', '/clients', tokenClient('other-client', bare))
  const scopeless = { ...bare, protocolMappers: [audience] }
  await admin('POST', '/clients', tokenClient('scopeless-client', scopeless))
}

/** Fills the realm: people, clients for tokens, and the redirect URIs of the test's providers. */
export async function populate(
  keycloak: Keycloak,
  wanted: { readonly resource: string; readonly redirectUris: readonly string[] },
): Promise<void> {
  await allowNoEmail(keycloak)
  await addPeople(keycloak)
  await addTokenClients(keycloak, wanted.resource)
  const path = `/clients/${await idOf(keycloak, 'sallyport')}`
  const shipped = client.parse(await keycloak.admin('GET', path))
  const redirectUris = [...shipped.redirectUris, ...wanted.redirectUris]
  await keycloak.admin('PUT', path, { ...shipped, redirectUris })
}

const token = z.object({ access_token: z.string() })

/** An access token of Mia's, from one of the clients. */
export async function accessToken(
  issuer: string,
  clientId: 'mcp-client' | 'other-client' | 'scopeless-client',
): Promise<string> {
  const answer = await fetch(`${issuer}/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'password',
      client_id: clientId,
      ...credentialsOf('mia'),
    }),
  })
  return token.parse(await answer.json()).access_token
}
