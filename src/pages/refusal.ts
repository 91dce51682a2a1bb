// Signed in, but not let in: who, why, and what helps.

import { html } from 'hono/html'
import { layout, type Markup } from './layout.ts'

export type RefusalReason = 'not-on-list' | 'unverified-email' | 'other-account'

export type RefusalPageContent = {
  readonly account: string
  readonly reason: RefusalReason
  /** Also in the log: what a person tells the administrator. */
  readonly decisionId: string
  readonly switchUrl: string
  readonly logoutUrl: string
}

const explanations: Readonly<Record<RefusalReason, string>> = {
  'not-on-list': 'This account is not on the list of those who may open this page.',
  'unverified-email':
    'The e-mail address of this account has not been verified. Verify it where you have the account, then sign in again.',
  'other-account':
    'This e-mail address was first used here with a different account. Please sign in with that one.',
}

const longestAccount = 120
const longestLink = 1200

const shorten = (text: string): string =>
  text.length > longestAccount ? `${text.slice(0, longestAccount)}...` : text

// Without the return URL the link still works; with a long one the page would not fit the proxy's buffer.
const shortenLink = (url: string): string =>
  url.length > longestLink ? (url.split('&rd=', 1)[0] ?? '') : url

/** The 403 page; stays below 4 KiB whatever is put in, because proxies buffer it. */
export const refusalPage = (nonce: string, content: RefusalPageContent): Markup =>
  layout(
    nonce,
    'No access',
    html`<p>You are signed in as <strong>${shorten(content.account)}</strong>.</p>
<p>${explanations[content.reason]}</p>
<a class="go" href="${shortenLink(content.switchUrl)}">Use another account</a>
<a class="go alt" href="${content.logoutUrl}">Sign out</a>
<p class="soft">If you think this is wrong, tell your administrator this number: <code>${content.decisionId}</code></p>`,
  )
