// A device without a browser of its own: code in, code compared, done (RFC 8628 §3.3, §5.4).

import { html } from 'hono/html'
import type { PlainKey } from '../appearance/messages.ts'
import {
  resourceFact,
  type ShownResource,
  type ShownScope,
  scopesFact,
  shownName,
  unverifiedNote,
} from './client-facts.ts'
import { type Frame, layout, type Markup, named, sayMarkup } from './layout.ts'

/** Where the form goes, with the token that it carries. */
type DeviceForm = { readonly action: string; readonly token: string }

const faults = {
  'unknown-code': 'device.wrong',
  refused: 'device.cancelled',
} as const satisfies Record<string, PlainKey>

export type UserCodeContent = DeviceForm & {
  /** What came with the address or was typed before: to be compared, not sent by itself. */
  readonly code: string | undefined
  readonly fault: keyof typeof faults | undefined
}

/** Asks for the code that the device shows. */
export function userCodePage(frame: Frame, content: UserCodeContent): Markup {
  const { messages } = frame.language
  const { fault } = content
  const said = fault && messages[faults[fault]]
  const wrong = fault === 'unknown-code'
  const invalid = wrong ? html` aria-invalid="true" aria-describedby="problem" autofocus` : ''
  return layout(frame, {
    title: messages['device.title'],
    news: said,
    body: html`<p>${messages['device.explanation']}</p>
<form method="post" action="${content.action}">
${said === undefined ? '' : html`<p role="alert" id="problem">${said}</p>`}
<input type="hidden" name="xsrf" value="${content.token}">
<label for="code">${messages['device.code']}</label>
<input id="code" name="user_code" value="${content.code ?? ''}" autocomplete="off" autocapitalize="characters"
 spellcheck="false" required maxlength="64"${invalid}>
<button class="go">${messages['action.continue']}</button>
</form>`,
  })
}

export type UserCodeConfirmContent = DeviceForm & {
  readonly code: string
  readonly client: string
  readonly verified?: boolean
  readonly resource?: ShownResource | undefined
  readonly scopes?: readonly ShownScope[]
}

/** Asks whether this is the code of the person's own device: whoever was sent a link has none before them. */
export function userCodeConfirmPage(frame: Frame, content: UserCodeConfirmContent): Markup {
  const { messages } = frame.language
  const { client, code, verified = false, resource, scopes = [] } = content
  const values = {
    client: named(shownName(client)),
    code: html`<br><code class="big">${code}</code>`,
  }
  return layout(frame, {
    title: messages['device-confirm.title'],
    body: html`<p>${sayMarkup(frame, 'device-confirm.explanation', values)}</p>
${unverifiedNote(frame, { verified })}
<dl>${resourceFact(frame, resource)}
${scopesFact(frame, scopes)}</dl>
<p class="note">${messages['device-confirm.warning']}</p>
<form method="post" action="${content.action}">
<input type="hidden" name="xsrf" value="${content.token}">
<input type="hidden" name="user_code" value="${code}">
<button class="go" name="confirm" value="yes">${messages['device-confirm.yes']}</button>
<button class="go alt" name="abort" value="yes">${messages['device-confirm.no']}</button>
</form>`,
  })
}

/** The device has what it asked for. */
export function deviceDonePage(frame: Frame): Markup {
  const { messages } = frame.language
  return layout(frame, {
    title: messages['device-done.title'],
    body: html`<p>${messages['device-done.explanation']}</p>`,
  })
}
