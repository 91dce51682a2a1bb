// The ways to a command line that need no script: a form that goes to it, and a code to copy (security.md R57).

import { html } from 'hono/html'
import { fact } from './client-facts.ts'
import { type Frame, layout, literal, type Markup, sayMarkup } from './layout.ts'

export type HandOverContent = {
  readonly port: number
  readonly code: string
  readonly token: string
}

// Command lines read JSON whatever the type says. A form of type text/plain sends "name=value", which this makes JSON.
function jsonField({ token, code }: HandOverContent): { name: string; value: string } {
  const text = JSON.stringify({ token, code, sent: '' })
  return { name: text.slice(0, -2), value: text.slice(-2) }
}

/** One button that loads the command line's own address with the token in the body; no address ever has it. */
export function handOverPage(frame: Frame, content: HandOverContent): Markup {
  const { messages } = frame.language
  const { port } = content
  const { name, value } = jsonField(content)
  const plain = { ...frame, branding: { ...frame.branding, logoUrl: undefined } }
  return layout(plain, {
    title: messages['relay.hand-over.title'],
    body: html`<p>${sayMarkup(frame, 'relay.hand-over.explanation', { port: literal(String(port)) })}</p>
<form method="post" enctype="text/plain" action="http://127.0.0.1:${port}/callback">
<input type="hidden" name="${name}" value="${value}">
<button class="go">${messages['relay.hand-over.send']}</button>
</form>`,
  })
}

export type OneTimeCodeContent = {
  readonly oneTimeCode: string
  readonly code: string
  readonly origin: string
}

/** A short code instead of the token. It is worth nothing without the one that the program began with. */
export function oneTimeCodePage(frame: Frame, content: OneTimeCodeContent): Markup {
  const { messages } = frame.language
  const { oneTimeCode, code, origin } = content
  const command = `curl -d one_time_code=${oneTimeCode} -d code=${code} ${origin}/auth/connect/token`
  const plain = { ...frame, branding: { ...frame.branding, logoUrl: undefined } }
  return layout(plain, {
    title: messages['relay.copy.title'],
    body: html`<p>${messages['relay.copy.explanation']}</p>
<dl>${fact(messages['relay.copy.code'], html`<strong class="big">${oneTimeCode}</strong>`)}
${fact(messages['relay.code'], literal(code))}</dl>
<p>${messages['relay.copy.by-hand']}</p>
<p>${literal(command)}</p>`,
  })
}
