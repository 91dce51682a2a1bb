// Lets a command line in: who, where, for which program (security.md R55). Nothing from request headers is shown.

import { html, raw } from 'hono/html'
import { fact } from './client-facts.ts'
import { type Frame, layout, literal, type Markup, named, sayMarkup } from './layout.ts'
import { relayScript } from './relay-script.ts'

export type RelayPageContent = {
  readonly account: string
  /** The configured name of the gateway. */
  readonly gateway: string
  readonly port: number
  readonly code: string
  readonly action: string
  /** Says which question is answered; good once, in this browser. */
  readonly state: string
}

// Without script the first button is a form like the others.
const question = ({ language: { messages } }: Frame): Markup => html`<div id="ask">
<button class="go" id="connect" name="way" value="form">${messages['relay.connect']}</button>
</div>
<p id="busy" role="status" hidden>${messages['relay.busy']}</p>
<p id="done" role="status" hidden><strong>${messages['relay.done']}</strong></p>
<p id="failed" role="alert" hidden>${messages['relay.start-again']}</p>
<div id="other" role="status" hidden>
<p class="note">${messages['relay.unreachable']}</p>
<button class="go" name="way" value="form">${messages['relay.other-way']}</button>
<button class="go alt" name="way" value="code">${messages['relay.show-code']}</button>
</div>`

/** Asks the person who looks at it; a click is needed, and the page holds no token. */
export function relayPage(frame: Frame, content: RelayPageContent): Markup {
  const { messages } = frame.language
  const { account, gateway, port, code, action, state } = content
  const callback = `http://127.0.0.1:${port}/callback`
  // On a gateway's host the path of the logo is the gateway's.
  const plain = { ...frame, branding: { ...frame.branding, logoUrl: undefined } }
  return layout(plain, {
    title: messages['relay.title'],
    body: html`<p>${sayMarkup(frame, 'relay.explanation', { gateway: named(gateway) })}</p>
<dl>${fact(messages['relay.gateway'], named(gateway))}
${fact(messages['relay.account'], named(account))}
${fact(messages['relay.port'], literal(String(port)))}
${fact(messages['relay.code'], html`<strong class="big">${code}</strong>`)}</dl>
<p>${messages['relay.compare']}</p>
<p class="note"><strong>${messages['relay.warning']}</strong></p>
<form id="relay" method="post" action="${action}" data-callback="${callback}">
<input type="hidden" name="state" value="${state}">
${question(frame)}
</form>
<script nonce="${frame.nonce}">${raw(relayScript)}</script>`,
  })
}
