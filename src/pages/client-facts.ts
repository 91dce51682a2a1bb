// What every page says of a client before somebody lets it in (security.md R72, R76).

import { html } from 'hono/html'
import type { PlainKey } from '../appearance/messages.ts'
import { formatShownText, longestShownName } from '../protocol/display-text.ts'
import { describeRedirectUri, type RedirectTarget } from '../protocol/redirect-uri.ts'
import { type Frame, literal, type Markup, named } from './layout.ts'

export type ShownClient = {
  readonly id: string
  /** As the client gave it: shown cleaned and cut. */
  readonly name: string | undefined
  /** False: nobody but the client itself stands for the name. */
  readonly verified: boolean
  /** Host of a client-id document. */
  readonly documentHost: string | undefined
}

export type ShownResource = { readonly url: string; readonly name: string | undefined }

export type ShownScope = { readonly scope: string; readonly description: string | undefined }

const longestLine = 200

const shownLine = (text: string): string => formatShownText(text, longestLine) ?? ''

/** A name that somebody else chose; empty when nothing of it can be shown. */
export const shownName = (text: string): string => formatShownText(text, longestShownName) ?? ''

/** The client's name, else the host that publishes it, else its id. */
export const clientName = ({ name = '', documentHost = '', id }: ShownClient): string =>
  [name, documentHost, id].map(shownName).find((text) => text !== '') ?? ''

/** One row of a definition list. */
export const fact = (label: string, value: Markup | string): Markup =>
  html`<dt>${label}</dt>
<dd>${value}</dd>`

export const unverifiedNote = (
  { language: { messages } }: Frame,
  { verified }: Pick<ShownClient, 'verified'>,
): Markup | '' => (verified ? '' : html`<p class="note">${messages['client.unverified']}</p>`)

const warnings = {
  web: undefined,
  loopback: 'client.loopback',
  private: 'client.application',
  device: 'client.device',
} as const satisfies Record<RedirectTarget['kind'] | 'device', PlainKey | undefined>

/** A warning where the answer goes to something that no name on the internet stands for (AS-24). */
export function targetNote(
  { language: { messages } }: Frame,
  redirectUri: string | undefined,
): Markup | '' {
  const kind =
    redirectUri === undefined ? 'device' : (describeRedirectUri(redirectUri)?.kind ?? 'private')
  const key = warnings[kind]
  return key === undefined ? '' : html`<p class="note">${messages[key]}</p>`
}

/** Host and port; for a private-use URI its scheme, because any application may have claimed that. */
function formatTarget(redirectUri: string): string {
  const target = describeRedirectUri(redirectUri)
  if (target === undefined) return redirectUri
  const { host = '', port, scheme } = target
  if (target.kind === 'private') return host === '' ? `${scheme}:` : `${scheme}://${host}`
  return port === undefined ? host : `${host}:${port}`
}

/** Rows: who publishes the client, and where the answer goes (AS-23). */
export function clientFacts(
  { language: { messages } }: Frame,
  { documentHost }: ShownClient,
  redirectUri: string | undefined,
): Markup {
  const host = documentHost && fact(messages['client.host'], literal(shownLine(documentHost)))
  const target =
    redirectUri && fact(messages['client.target'], literal(shownLine(formatTarget(redirectUri))))
  return html`${host ?? ''}
${target ?? ''}`
}

export function resourceFact(
  { language: { messages } }: Frame,
  resource: ShownResource | undefined,
): Markup | '' {
  if (resource === undefined) return ''
  const { name, url } = resource
  const title = name === undefined ? '' : html`${named(name)}<br>`
  return fact(messages['client.resource'], html`${title}${literal(url)}`)
}

const ownScopes: ReadonlyMap<string, PlainKey> = new Map([
  ['openid', 'scope.openid'],
  ['profile', 'scope.profile'],
  ['email', 'scope.email'],
  ['groups', 'scope.groups'],
  ['offline_access', 'scope.offline'],
])

function scopeInWords(
  { language: { messages } }: Frame,
  { scope, description }: ShownScope,
): Markup | string {
  if (description !== undefined) return description
  const key = ownScopes.get(scope)
  return key === undefined ? literal(shownLine(scope)) : messages[key]
}

/** Row: what the client may do. The operator's words, ours for the scopes that OpenID Connect defines, else the scope. */
export const scopesFact = (frame: Frame, scopes: readonly ShownScope[]): Markup | '' =>
  scopes.length === 0
    ? ''
    : fact(
        frame.language.messages['client.scopes'],
        html`<ul>${scopes.map((one) => html`<li>${scopeInWords(frame, one)}</li>`)}</ul>`,
      )
