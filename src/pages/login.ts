// Where a person chooses how to sign in, or gives name and password of a local account.

import { html } from 'hono/html'
import { layout, type Markup } from './layout.ts'

export type LoginPageContent = {
  /** Ways through a provider: what the button says and where it leads. */
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
  readonly error: string | undefined
}

const localForm = (form: LocalForm): Markup => html`<form method="post" action="${form.action}">
${form.error === undefined ? '' : html`<p role="alert" id="problem">${form.error}</p>`}
<input type="hidden" name="csrf" value="${form.csrf}">
<input type="hidden" name="rd" value="${form.returnTo}">
<label for="name">Name</label>
<input id="name" name="name" value="${form.name}" autocomplete="username" autocapitalize="none" spellcheck="false" required
 maxlength="64"${form.error === undefined ? '' : html` aria-invalid="true" aria-describedby="problem"`}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required
 maxlength="1024"${form.error === undefined ? '' : html` aria-invalid="true" aria-describedby="problem"`}>
<button class="go">Sign in</button>
</form>`

/** All ways to sign in on one page; every button is a plain link or form. */
export function loginPage(nonce: string, content: LoginPageContent): Markup {
  const { providers, local, destination } = content
  return layout(
    nonce,
    'Sign in',
    html`${destination === undefined ? '' : html`<p>to continue to <strong>${destination}</strong></p>`}
${providers.map(({ label, url }) => html`<a class="go${local === undefined ? '' : ' alt'}" href="${url}">Continue with ${label}</a>`)}
${local !== undefined && providers.length > 0 ? html`<hr>` : ''}
${local === undefined ? '' : localForm(local)}`,
  )
}
