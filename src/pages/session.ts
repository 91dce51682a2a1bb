// Signed in, signing out, signed out.

import { html } from 'hono/html'
import { layout, type Markup } from './layout.ts'

/** Who is signed in, when there is no application to go back to. */
export const signedInPage = (
  nonce: string,
  content: { readonly account: string; readonly switchUrl: string; readonly logoutUrl: string },
): Markup =>
  layout(
    nonce,
    'You are signed in',
    html`<p>Account: <strong>${content.account}</strong></p>
<p>You can open your applications now.</p>
<a class="go alt" href="${content.switchUrl}">Use another account</a>
<a class="go alt" href="${content.logoutUrl}">Sign out</a>`,
  )

/** For a browser without a session, also when it should have one because it just signed in. */
export const notSignedInPage = (
  nonce: string,
  content: { readonly loginUrl: string; readonly cookieName: string },
): Markup =>
  layout(
    nonce,
    'You are not signed in',
    html`<p>If you signed in a moment ago, your browser did not keep the cookie <code>${content.cookieName}</code>. Allow
cookies for this site, then sign in again.</p>
<a class="go" href="${content.loginUrl}">Sign in</a>`,
  )

/** Asks before signing out: the button is what ends the session, not the visit. */
export const logoutPage = (
  nonce: string,
  content: { readonly account: string; readonly action: string; readonly csrf: string },
): Markup =>
  layout(
    nonce,
    'Sign out?',
    html`<p>You are signed in as <strong>${content.account}</strong>. Signing out ends your access to all applications
here.</p>
<form method="post" action="${content.action}">
<input type="hidden" name="csrf" value="${content.csrf}">
<button class="go">Sign out</button>
</form>`,
  )

export const signedOutPage = (nonce: string, content: { readonly loginUrl: string }): Markup =>
  layout(
    nonce,
    'You are signed out',
    html`<p>Your session here has ended. On a shared computer, close the browser too.</p>
<a class="go alt" href="${content.loginUrl}">Sign in again</a>`,
  )
