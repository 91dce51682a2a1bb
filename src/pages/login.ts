// Where a person chooses how to sign in, or gives name and password of a local account.

import { html } from 'hono/html'
import { type Phrase, say } from '../appearance/messages.ts'
import { type Frame, layout, type Markup, named, sayMarkup } from './layout.ts'
import { passkeyAttributes, passkeyButton, passkeyScriptTag } from './passkey-form.ts'

export type LoginPageContent = {
  /** Ways through a provider: its name and where the button leads. */
  readonly providers: readonly { readonly label: string; readonly url: string }[]
  /** Undefined: no local accounts. */
  readonly local: LocalForm | undefined
  /** Host the person is on the way to, undefined for our own pages. */
  readonly destination: string | undefined
}

export type LocalForm = {
  readonly action: string
  readonly csrf: string
  readonly returnTo: string
  /** What was typed before; shown again after a failure. */
  readonly name: string
  readonly error: Phrase | undefined
  /** Signing in with a passkey alone. */
  readonly passkey?:
    | { readonly action: string; readonly optionsUrl: string; readonly scriptUrl: string }
    | undefined
}

function passkeyForm(frame: Frame, form: LocalForm): Markup | '' {
  const { passkey, csrf, returnTo } = form
  if (passkey === undefined) return ''
  const { action, optionsUrl, scriptUrl } = passkey
  const kind = { kind: 'get', from: { url: optionsUrl }, isAutofill: true } as const
  return html`${passkeyScriptTag(frame, scriptUrl)}
<form method="post" action="${action}"${passkeyAttributes(kind)}>
<input type="hidden" name="csrf" value="${csrf}">
<input type="hidden" name="rd" value="${returnTo}">
${passkeyButton(frame, 'passkey.sign-in', 'go alt')}
</form>`
}

function localForm(frame: Frame, form: LocalForm): Markup {
  const { messages } = frame.language
  const faulty = form.error !== undefined
  const invalid = faulty ? html` aria-invalid="true" aria-describedby="problem"` : ''
  // After a failure the password is what is typed anew; landing on it, a screen reader says the problem too.
  const focus = faulty ? html` autofocus` : ''
  return html`<form method="post" action="${form.action}">
${form.error === undefined ? '' : html`<p role="alert" id="problem">${say(messages, form.error)}</p>`}
<input type="hidden" name="csrf" value="${form.csrf}">
<input type="hidden" name="rd" value="${form.returnTo}">
<label for="name">${messages['login.name']}</label>
<input id="name" name="name" value="${form.name}" autocomplete="username webauthn" autocapitalize="none" spellcheck="false" required
 maxlength="64"${invalid}>
<label for="password">${messages['login.password']}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required
 maxlength="1024"${invalid}${focus}>
<button class="go">${messages['action.sign-in']}</button>
</form>
${passkeyForm(frame, form)}`
}

/** All ways to sign in on one page; every button is a plain link or form. */
export function loginPage(frame: Frame, content: LoginPageContent): Markup {
  const { providers, local, destination } = content
  const { messages } = frame.language
  const continueWith = (provider: string) => say(messages, ['login.provider', { provider }])
  const look = local === undefined ? 'go' : 'go alt'
  return layout(frame, {
    title: messages['login.title'],
    news: local?.error && say(messages, local.error),
    body: html`${
      destination === undefined
        ? ''
        : html`<p>${sayMarkup(frame, 'login.destination', { host: named(destination) })}</p>`
    }
${providers.map(({ label, url }) => html`<a class="${look}" href="${url}">${continueWith(label)}</a>`)}
${local !== undefined && providers.length > 0 ? html`<hr>` : ''}
${local === undefined ? '' : localForm(frame, local)}`,
  })
}
