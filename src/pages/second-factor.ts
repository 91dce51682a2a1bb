// After the password: the second factor, or a recovery code instead of it.

import { html } from 'hono/html'
import { type Phrase, say } from '../appearance/messages.ts'
import { type Frame, layout, type Markup } from './layout.ts'
import { passkeyAttributes, passkeyButton, passkeyScriptTag } from './passkey-form.ts'

export type SecondFactorContent = {
  readonly action: string
  readonly csrf: string
  readonly state: string
  /** Undefined: the account has no passkey. */
  readonly passkey: { readonly options: unknown; readonly scriptUrl: string } | undefined
  /** Whether the account has an authenticator app; a recovery code always may be typed. */
  readonly hasApp: boolean
  readonly error: Phrase | undefined
  readonly startAgainUrl: string
}

const hidden = ({ csrf, state }: SecondFactorContent): Markup =>
  html`<input type="hidden" name="csrf" value="${csrf}">
<input type="hidden" name="state" value="${state}">`

export function secondFactorPage(frame: Frame, content: SecondFactorContent): Markup {
  const { messages } = frame.language
  const { passkey, hasApp, error, action } = content
  const explanation = hasApp ? 'second-factor.app' : 'second-factor.recovery'
  const invalid = error === undefined ? '' : html` aria-invalid="true" aria-describedby="problem"`
  return layout(frame, {
    title: messages['second-factor.title'],
    news: error && say(messages, error),
    body: html`${passkey === undefined ? '' : passkeyScriptTag(frame, passkey.scriptUrl)}
${error === undefined ? '' : html`<p role="alert" id="problem">${say(messages, error)}</p>`}
${
  passkey === undefined
    ? ''
    : html`<form method="post" action="${action}"${passkeyAttributes({ kind: 'get', from: { options: passkey.options } })}>
${hidden(content)}
${passkeyButton(frame, 'passkey.use', 'go')}
</form>`
}
<form method="post" action="${action}">
${hidden(content)}
<p>${messages[explanation]}</p>
<label for="code">${messages['second-factor.code']}</label>
<input id="code" name="code" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" required
 maxlength="64"${invalid}${hasApp && passkey === undefined ? html` autofocus` : ''}>
<button class="${passkey === undefined ? 'go' : 'go alt'}">${messages['action.sign-in']}</button>
</form>
<a class="go alt" href="${content.startAgainUrl}">${messages['action.start-again']}</a>`,
  })
}
