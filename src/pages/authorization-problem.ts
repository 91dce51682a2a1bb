// What went wrong between an application and us, for the person in between (RFC 6749 §4.1.2.1).

import { html } from 'hono/html'
import { type PlainKey, say } from '../appearance/messages.ts'
import { formatShownText } from '../protocol/display-text.ts'
import { type Frame, layout, literal, type Markup, sayMarkup } from './layout.ts'

export type AuthorizationProblemContent = {
  /** Error code: `invalid_client`, `invalid_redirect_uri` ... Anything else than a code is not shown. */
  readonly error: string
  /** In technical words, for whoever writes the application; may hold what the application sent. */
  readonly description: string | undefined
  /** Also in the log. */
  readonly id: string
}

const explanations: ReadonlyMap<string, PlainKey> = new Map([
  ['invalid_client', 'authorization.client'],
  ['unauthorized_client', 'authorization.client'],
  ['invalid_client_metadata', 'authorization.client'],
  ['invalid_redirect_uri', 'authorization.redirect'],
  ['invalid_target', 'authorization.resource'],
  ['session_not_found', 'authorization.expired'],
  ['expired_token', 'authorization.expired'],
  ['access_denied', 'authorization.denied'],
  ['slow_down', 'authorization.limited'],
  ['temporarily_unavailable', 'authorization.fault'],
  ['server_error', 'authorization.fault'],
])

/** The page instead of a redirect, where there is no address that may be trusted with the answer (R59, AS-17). */
export function authorizationProblemPage(
  frame: Frame,
  { error, description, id }: AuthorizationProblemContent,
): Markup {
  const { messages } = frame.language
  const code = /^[a-z][a-z_]{0,39}$/.test(error) ? error : 'invalid_request'
  const said = description === undefined ? undefined : formatShownText(description, 300)
  return layout(frame, {
    title: messages['authorization.title'],
    body: html`<p>${messages[explanations.get(code) ?? 'authorization.request']}</p>
${said === undefined ? '' : html`<p class="soft">${say(messages, ['authorization.said', { text: said }])}</p>`}
<p class="soft">${sayMarkup(frame, 'authorization.code', { code: literal(code) })}</p>
<p class="soft">${sayMarkup(frame, 'problem.number', { id: literal(id) })}</p>`,
  })
}
