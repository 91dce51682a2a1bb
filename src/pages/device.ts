// A device without a browser of its own: code in, code compared, done (RFC 8628 §3.3, §5.4).

import { html } from 'hono/html'
import type { PlainKey } from '../appearance/messages.ts'
import {
  clientFacts,
  clientName,
  resourceFact,
  type ShownClient,
  type ShownResource,
  type ShownScope,
  scopesFact,
  unverifiedNote,
} from './client-facts.ts'
import { type Frame, layout, type Markup, named, sayMarkup } from './layout.ts'

/** Where the form goes, with the token that it carries. */
export type DeviceForm = { readonly action: string; readonly csrf: string }

export type UserCodeFault = 'wrong-code' | 'cancelled' | 'failed'

const faults = {
  'wrong-code': 'device.wrong',
  cancelled: 'device.cancelled',
  failed: 'device.failed',
} as const satisfies Record<UserCodeFault, PlainKey>

export type UserCodeContent = DeviceForm & {
  /** What came with the address or was typed before: to be compared, not sent by itself. */
  readonly userCode: string
  readonly fault: UserCodeFault | undefined
}

/** Asks for the code that the device shows. */
export function userCodePage(frame: Frame, content: UserCodeContent): Markup {
  const { messages } = frame.language
  const { fault } = content
  const said = fault && messages[faults[fault]]
  const invalid =
    fault === 'wrong-code' ? html` aria-invalid="true" aria-describedby="problem" autofocus` : ''
  return layout(frame, {
    title: messages['device.title'],
    news: said,
    body: html`<p>${messages['device.explanation']}</p>
<form method="post" action="${content.action}">
${said === undefined ? '' : html`<p role="alert" id="problem">${said}</p>`}
<input type="hidden" name="xsrf" value="${content.csrf}">
<label for="code">${messages['device.code']}</label>
<input id="code" name="user_code" value="${content.userCode}" autocomplete="off" autocapitalize="characters"
 spellcheck="false" required maxlength="64"${invalid}>
<button class="go">${messages['action.continue']}</button>
</form>`,
  })
}

export type UserCodeConfirmContent = DeviceForm & {
  readonly client: ShownClient
  /** As the form sends it. */
  readonly userCode: string
  /** As the device shows it. */
  readonly shownCode: string
  readonly resource: ShownResource | undefined
  readonly scopes: readonly ShownScope[]
}

/** Asks whether this is the code of the person's own device: whoever sent a link did not have it before them. */
export function userCodeConfirmPage(frame: Frame, content: UserCodeConfirmContent): Markup {
  const { messages } = frame.language
  const { client, shownCode } = content
  const values = {
    client: named(clientName(client)),
    code: html`<br><code class="big">${shownCode}</code>`,
  }
  return layout(frame, {
    title: messages['device-confirm.title'],
    body: html`<p>${sayMarkup(frame, 'device-confirm.explanation', values)}</p>
${unverifiedNote(frame, client)}
<dl>${clientFacts(frame, client, undefined)}
${resourceFact(frame, content.resource)}
${scopesFact(frame, content.scopes)}</dl>
<p class="note">${messages['device-confirm.warning']}</p>
<form method="post" action="${content.action}">
<input type="hidden" name="xsrf" value="${content.csrf}">
<input type="hidden" name="user_code" value="${content.userCode}">
<button class="go" name="confirm" value="yes">${messages['device-confirm.yes']}</button>
<button class="go alt" name="abort" value="yes">${messages['device-confirm.no']}</button>
</form>`,
  })
}

/** The device has what it asked for. */
export function deviceDonePage(frame: Frame, client: ShownClient): Markup {
  const { messages } = frame.language
  const name = named(clientName(client))
  return layout(frame, {
    title: messages['device-done.title'],
    body: html`<p>${sayMarkup(frame, 'device-done.explanation', { client: name })}</p>`,
  })
}
