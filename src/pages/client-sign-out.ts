// Signing out because an application asked for it (OpenID Connect RP-Initiated Logout 1.0 §2).

import { html } from 'hono/html'
import { shownName } from './client-facts.ts'
import { type Frame, layout, type Markup, named, sayMarkup } from './layout.ts'

export type ClientSignOutContent = {
  readonly action: string
  readonly token: string
  /** Undefined: it did not say who it is. */
  readonly client?: string | undefined
}

/** Asks first: a link in any page could have led here. */
export function clientSignOutPage(frame: Frame, content: ClientSignOutContent): Markup {
  const { messages } = frame.language
  const { client } = content
  const explanation =
    client === undefined
      ? messages['client-sign-out.plain']
      : sayMarkup(frame, 'client-sign-out.explanation', { client: named(shownName(client)) })
  return layout(frame, {
    title: messages['client-sign-out.title'],
    body: html`<p>${explanation}</p>
<form method="post" action="${content.action}">
<input type="hidden" name="xsrf" value="${content.token}">
<button class="go" name="logout" value="yes">${messages['action.sign-out']}</button>
<button class="go alt">${messages['client-sign-out.stay']}</button>
</form>`,
  })
}

export function clientSignedOutPage(frame: Frame): Markup {
  const { messages } = frame.language
  return layout(frame, {
    title: messages['client-signed-out.title'],
    body: html`<p>${messages['client-signed-out.explanation']}</p>`,
  })
}

/** After "stay signed in": the session here goes on, whatever the client has ended. */
export function clientStayedPage(frame: Frame): Markup {
  const { messages } = frame.language
  return layout(frame, {
    title: messages['client-stayed.title'],
    body: html`<p>${messages['client-stayed.explanation']}</p>`,
  })
}
