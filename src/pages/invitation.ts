// Where somebody who was invited chooses how to sign in.

import { html } from 'hono/html'
import { type PlainKey, say } from '../appearance/messages.ts'
import { formatShownText } from '../protocol/display-text.ts'
import { type Frame, layout, type Markup, named, sayMarkup } from './layout.ts'
import { passkeyAttributes, passkeyButton, passkeyScriptTag } from './passkey-form.ts'

export type InvitationContent = {
  readonly name: string
  readonly displayName: string | undefined
  readonly action: string
  readonly csrf: string
  readonly passkey: { readonly optionsUrl: string; readonly scriptUrl: string }
  readonly error: PlainKey | undefined
}

export function invitationPage(frame: Frame, content: InvitationContent): Markup {
  const { messages } = frame.language
  const { action, csrf, passkey, error, name } = content
  const shown = formatShownText(content.displayName ?? '', 64) ?? name
  const kind = { kind: 'create', from: { url: passkey.optionsUrl } } as const
  const invalid = error === undefined ? '' : html` aria-describedby="problem"`
  const tie = html`<input type="hidden" name="csrf" value="${csrf}">`
  return layout(frame, {
    title: say(messages, ['invitation.title', { name: shown }]),
    news: error && messages[error],
    body: html`${passkeyScriptTag(frame, passkey.scriptUrl)}
${error === undefined ? '' : html`<p role="alert" id="problem">${messages[error]}</p>`}
<p>${sayMarkup(frame, 'invitation.explanation', { name: named(name) })}</p>
<form method="post" action="${action}"${passkeyAttributes(kind)}>
${tie}
<div data-with-passkeys hidden>
<h2>${messages['invitation.passkey']}</h2>
<p>${messages['invitation.passkey-explanation']}</p>
</div>
${passkeyButton(frame, 'invitation.create-passkey', 'go')}
</form>
<form method="post" action="${action}">
${tie}
<h2>${messages['invitation.password']}</h2>
<label for="name">${messages['login.name']}</label>
<input id="name" name="username" value="${name}" autocomplete="username" readonly>
<label for="password">${messages['invitation.new-password']}</label>
<input id="password" name="password" type="password" autocomplete="new-password" required maxlength="1024"${invalid}>
<label for="repeat">${messages['invitation.repeat']}</label>
<input id="repeat" name="repeat" type="password" autocomplete="new-password" required maxlength="1024"${invalid}>
<button class="go alt">${messages['invitation.set-password']}</button>
</form>`,
  })
}
