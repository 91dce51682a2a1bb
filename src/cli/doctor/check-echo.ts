// Signs somebody in for one request to an application that shows what it gets, and ends that session again.

import { formatIdentityHeaders } from '../../access/identity-headers.ts'
import type { Settings } from '../../config/settings.ts'
import type { Hash, Session, Store } from '../../ports/store.ts'
import { createReach } from '../../protocol/cookie-reach.ts'
import type { Identity } from '../../protocol/identity.ts'
import { type EpochSeconds, later, seconds } from '../../protocol/time.ts'
import { type Finding, notChecked, wrong } from './finding.ts'
import { judgeEcho } from './judge-echo.ts'
import type { ProbePorts } from './probe.ts'
import { createRouteOf } from './probe-targets.ts'

const lifetime = seconds(60)

/** In the log it is told from every real sign-in by provider, issuer and subject. */
const identityOf = (email: string): Identity => ({
  provider: 'doctor',
  issuer: 'urn:sallyport:doctor',
  subject: 'sallyport-doctor',
  email,
  emailDomain: email.slice(email.lastIndexOf('@') + 1),
  unverifiedEmail: undefined,
  name: 'Sallyport doctor',
  preferredUsername: 'sallyport-doctor',
  groups: ['sallyport-doctor'],
  scopes: [],
})

type EchoPorts = ProbePorts & { readonly store: Pick<Store, 'sessions'> }

const newSession = (idHash: Hash, identity: Identity, now: EpochSeconds): Session => ({
  idHash,
  identity,
  createdAt: now,
  lastSeenAt: now,
  expiresAt: later(now, lifetime),
  providerSession: undefined,
  sealedIdToken: undefined,
})

/** The value of the cookie that signs in on this host, from a login that was opened before. */
async function credentialFor(
  { hostname }: URL,
  login: string,
  { publicUrl, cookie, handOff }: Settings,
  { store, now, randomToken, hashOf }: EchoPorts,
): Promise<string> {
  const { domain } = cookie
  const reachOf = createReach({ loginHost: publicUrl.hostname, domain, scope: handOff.scope })
  const reach = reachOf(hostname)
  if (reach.kind !== 'own') return login
  const own = randomToken()
  const { audience } = reach
  const session = { idHash: hashOf(own), login: hashOf(login), audience, now: now() }
  await store.sessions.openForHost(session)
  return own
}

async function askSignedIn(
  settings: Settings,
  url: URL,
  identity: Identity,
  ports: EchoPorts,
): Promise<readonly Finding[]> {
  const { store, now, randomToken, hashOf } = ports
  const login = randomToken()
  await store.sessions.open(newSession(hashOf(login), identity, now()))
  try {
    const credential = await credentialFor(url, login, settings, ports)
    return await askEcho(settings, url, { identity, credential }, ports)
  } finally {
    await store.sessions.end(hashOf(login))
  }
}

async function askEcho(
  { identityHeaders, cookie }: Settings,
  url: URL,
  { identity, credential }: { readonly identity: Identity; readonly credential: string },
  { ask, randomToken }: EchoPorts,
): Promise<readonly Finding[]> {
  const names = identityHeaders.map(({ name }) => name)
  const flat = formatIdentityHeaders(identity, identityHeaders)
  const expected = new Map(names.map((name, at) => [name, flat[2 * at + 1] ?? '']))
  const forged = new Map(names.map((name) => [name, `forged-${randomToken()}`]))
  const control = randomToken()
  const asked = await ask(url, {
    ...Object.fromEntries(forged),
    Accept: 'application/json',
    'X-Doctor-Control': control,
    Cookie: `${cookie.name}=${credential}`,
  })
  if (asked.kind === 'fault')
    return [wrong(`identity headers: ${url.href} cannot be reached: ${asked.reason}`)]
  const { status, body } = asked
  return judgeEcho(identityHeaders, { url, status, body, control, forged, expected, credential })
}

/** Checks identity headers and the session cookie behind the gate, by one GET of `url` as `email`. */
export async function checkEcho(
  settings: Settings,
  { url, email }: { readonly url: URL; readonly email: string },
  ports: ProbePorts,
): Promise<readonly Finding[]> {
  const { store } = ports
  if (store === undefined)
    return [notChecked('identity headers, because there is no database that Sallyport shares')]
  const route = createRouteOf(settings)(url)
  if (route?.kind !== 'rule' || route.access === 'public')
    return [wrong(`--echo ${url.href}: expected an address that some rule wants a login for`)]
  return askSignedIn(settings, url, identityOf(email), { ...ports, store })
}
