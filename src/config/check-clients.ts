// Whether each client of the operator's own can do what it is for, and show who it is (R60, R85, R109).

import { commandLineClientId } from '../protocol/command-line.ts'
import { hasPrivatePart, parsePublicJwk } from '../protocol/public-jwk.ts'
import { isNative, judgeRedirectUri, redirectUriFaults } from '../protocol/redirect-uri.ts'
import type { ClientEntry } from './client-schema.ts'
import { authMethodOf, grantTypesOf } from './derive-clients.ts'
import { type Findings, shown, unreadable } from './findings.ts'
import { isLoopbackHost } from './hosts.ts'

type Check = (entry: ClientEntry, setting: string, findings: Findings) => void

const hasSecret = ({ secret, secret_file: file }: ClientEntry): boolean =>
  secret !== undefined || file !== undefined

const checkAuthentication: Check = (entry, setting, findings) => {
  const method = authMethodOf(entry)
  const wantsSecret = method === 'client_secret_basic' || method === 'client_secret_post'
  if (wantsSecret && !hasSecret(entry))
    findings.problem(unreadable(`${setting}.secret`, `a secret, for auth_method ${method}`))
  if (!wantsSecret && hasSecret(entry))
    findings.problem(`Setting "${setting}.secret" has no meaning with auth_method ${method}`)
  if (method === 'private_key_jwt' && entry.jwks === undefined)
    findings.problem(
      unreadable(`${setting}.jwks`, `the client's public keys, for auth_method ${method}`),
    )
  if (method !== 'private_key_jwt' && entry.jwks !== undefined)
    findings.problem(`Setting "${setting}.jwks" has no meaning with auth_method ${method}`)
}

const checkGrants: Check = (entry, setting, findings) => {
  const grants = grantTypesOf(entry)
  const redirects = entry.redirect_uris ?? []
  const wantsRedirects = grants.includes('authorization_code')
  if (grants.includes('client_credentials') && authMethodOf(entry) === 'none')
    findings.problem(
      `Setting "${setting}.grant_types" holds client_credentials, which needs a client with "secret" or "jwks" (RFC 6749 §4.4)`,
    )
  if (wantsRedirects && redirects.length === 0)
    findings.problem(
      unreadable(`${setting}.redirect_uris`, 'at least one, for authorization_code', 'nothing'),
    )
  if (!wantsRedirects && redirects.length > 0)
    findings.problem(`Setting "${setting}.redirect_uris" has no meaning without authorization_code`)
  const people = ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code']
  if (grants.includes('refresh_token') && !grants.some((grant) => people.includes(grant)))
    findings.problem(
      `Setting "${setting}.grant_types" holds refresh_token, which comes only with authorization_code or device_code`,
    )
}

const mostRedirects = 10

const checkRedirects: Check = ({ redirect_uris: uris = [] }, setting, findings) => {
  if (uris.length > mostRedirects)
    findings.problem(
      unreadable(`${setting}.redirect_uris`, `at most ${mostRedirects}`, `${uris.length}`),
    )
  for (const [index, uri] of uris.entries()) {
    // What the operator writes down is listed by that, schemes of applications too.
    const judgement = judgeRedirectUri(uri, { hosts: undefined, privateUris: uris })
    if (judgement.kind === 'refused')
      findings.problem(
        `Setting "${setting}.redirect_uris[${index}]": ${shown(uri)} ${redirectUriFaults[judgement.reason]}`,
      )
  }
}

const checkTrust: Check = (entry, setting, findings) => {
  const { trusted = false, redirect_uris: uris = [] } = entry
  if (!trusted || authMethodOf(entry) !== 'none') return
  for (const uri of uris.filter(isNative))
    findings.warn(
      `Setting "${setting}.trusted" leaves nothing out at ${shown(uri)}: any program on the device could ask in the name of a client without "secret" or "jwks", so people are asked for consent (RFC 8252 §8.6)`,
    )
}

const mostKeys = 5

const checkKeys: Check = ({ jwks }, setting, findings) => {
  if (jwks === undefined) return
  const refuse = (place: string, wanted: string) => findings.problem(unreadable(place, wanted))
  if (jwks.keys.length === 0 || jwks.keys.length > mostKeys)
    refuse(`${setting}.jwks.keys`, `1 to ${mostKeys} keys`)
  for (const [index, key] of jwks.keys.entries()) {
    const place = `${setting}.jwks.keys[${index}]`
    if (hasPrivatePart(key))
      refuse(place, 'a public key; this one has private parts, so replace it')
    else if (parsePublicJwk(key) === undefined)
      refuse(place, 'a public key with kty RSA, EC or OKP, of at most 4096 bits')
  }
}

const isWebUrl = (text: string, insecure: boolean): boolean => {
  const url = URL.parse(text)
  if (url === null || url.username !== '' || url.password !== '' || text.includes('#')) return false
  return url.protocol === 'https:' || (insecure && url.protocol === 'http:')
}

function checkAddresses(
  entry: ClientEntry,
  setting: string,
  development: boolean,
  findings: Findings,
): void {
  const wanted = 'an https URL without user name and fragment'
  const { backchannel_logout_uri: told, post_logout_redirect_uris: after = [] } = entry
  const isHere = (uri: string) => isLoopbackHost(URL.parse(uri)?.hostname ?? '')
  if (told !== undefined && !isWebUrl(told, development && isHere(told)))
    findings.problem(unreadable(`${setting}.backchannel_logout_uri`, wanted, shown(told)))
  for (const [index, uri] of after.entries())
    if (!isWebUrl(uri, isHere(uri)))
      findings.problem(
        unreadable(`${setting}.post_logout_redirect_uris[${index}]`, wanted, shown(uri)),
      )
}

/** Everything about clients that a single value does not show; secrets are judged where they are read. */
export function checkClients(
  clients: readonly ClientEntry[],
  development: boolean,
  findings: Findings,
): void {
  for (const [index, entry] of clients.entries()) {
    const setting = `authorization_server.clients[${index}]`
    const first = clients.findIndex(({ id }) => id === entry.id)
    if (first !== index)
      findings.problem(
        `Settings "authorization_server.clients[${first}].id" and "${setting}.id" are the same client`,
      )
    if (entry.id === commandLineClientId)
      findings.problem(
        `Setting "${setting}.id" is the id of Sallyport's own command line: choose another`,
      )
    for (const check of [checkAuthentication, checkGrants, checkRedirects, checkTrust, checkKeys])
      check(entry, setting, findings)
    checkAddresses(entry, setting, development, findings)
  }
}
