// The parts of a form that asks for a passkey; `passkey-script.ts` makes them work.

import { html } from 'hono/html'
import type { PlainKey } from '../appearance/messages.ts'
import type { Frame, Markup } from './layout.ts'

/** The attributes of the form. Without a script it is an ordinary form whose passkey stays empty. */
export type PasskeyForm = {
  readonly kind: 'get' | 'create'
  /** Where the options come from, or the options themselves. */
  readonly from: { readonly url: string } | { readonly options: unknown }
  /** Offers passkeys where the name is typed. */
  readonly isAutofill?: boolean
}

export const passkeyAttributes = ({ kind, from, isAutofill = false }: PasskeyForm): Markup =>
  html` data-passkey="${kind}"${
    'url' in from
      ? html` data-url="${from.url}"`
      : html` data-options="${JSON.stringify(from.options)}"`
  }${isAutofill ? html` data-autofill` : ''}`

/** The button, and what is said when the browser brings no passkey. */
export const passkeyButton = (
  { language: { messages } }: Frame,
  label: PlainKey,
  look: 'go' | 'go alt',
): Markup => html`<input type="hidden" name="passkey">
<button type="button" class="${look}" data-ask hidden>${messages[label]}</button>
<p role="alert" data-problem hidden>${messages['passkey.nothing']}</p>`

/** Before the forms; it waits until they are there. */
export const passkeyScriptTag = ({ nonce }: Frame, url: string): Markup =>
  html`<script nonce="${nonce}" src="${url}" defer></script>`
