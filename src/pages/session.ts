// Signed in, signing out, signed out.

import { html } from 'hono/html'
import { type Frame, layout, literal, type Markup, named, sayMarkup } from './layout.ts'

/** Who is signed in, when there is no application to go back to. */
export function signedInPage(
  frame: Frame,
  content: {
    readonly account: string
    readonly accountUrl: string
    readonly switchUrl: string
    readonly logoutUrl: string
  },
): Markup {
  const { messages } = frame.language
  return layout(frame, {
    title: messages['signed-in.title'],
    body: html`<p>${sayMarkup(frame, 'signed-in.account', { account: named(content.account) })}</p>
<p>${messages['signed-in.explanation']}</p>
<a class="go alt" href="${content.accountUrl}">${messages['action.account']}</a>
<a class="go alt" href="${content.switchUrl}">${messages['action.other-account']}</a>
<a class="go alt" href="${content.logoutUrl}">${messages['action.sign-out']}</a>`,
  })
}

/** For a browser without a session, also when it should have one because it just signed in. */
export function notSignedInPage(
  frame: Frame,
  content: { readonly loginUrl: string; readonly cookieName: string },
): Markup {
  const { messages } = frame.language
  const cookie = literal(content.cookieName)
  return layout(frame, {
    title: messages['not-signed-in.title'],
    body: html`<p>${sayMarkup(frame, 'not-signed-in.explanation', { cookie })}</p>
<a class="go" href="${content.loginUrl}">${messages['action.sign-in']}</a>`,
  })
}

/** Asks before signing out: the button is what ends the session, not the visit. */
export function logoutPage(
  frame: Frame,
  content: { readonly account: string; readonly action: string; readonly csrf: string },
): Markup {
  const { messages } = frame.language
  const account = named(content.account)
  return layout(frame, {
    title: messages['sign-out.title'],
    body: html`<p>${sayMarkup(frame, 'sign-out.explanation', { account })}</p>
<form method="post" action="${content.action}">
<input type="hidden" name="csrf" value="${content.csrf}">
<button class="go">${messages['action.sign-out']}</button>
</form>`,
  })
}

export function signedOutPage(frame: Frame, content: { readonly loginUrl: string }): Markup {
  const { messages } = frame.language
  return layout(frame, {
    title: messages['signed-out.title'],
    body: html`<p>${messages['signed-out.explanation']}</p>
<a class="go alt" href="${content.loginUrl}">${messages['signed-out.again']}</a>`,
  })
}
