// Something did not work: what, in plain words, and what to do next.

import { html } from 'hono/html'
import { layout, type Markup } from './layout.ts'

export type ProblemPageContent = {
  readonly title: string
  /** One paragraph each. */
  readonly explanation: readonly string[]
  /** Also in the log. */
  readonly decisionId: string
  readonly next?: { readonly label: string; readonly url: string } | undefined
}

/** An error page; never shows more than it is given. */
export const problemPage = (nonce: string, content: ProblemPageContent): Markup =>
  layout(
    nonce,
    content.title,
    html`${content.explanation.map((text) => html`<p>${text}</p>`)}
${content.next === undefined ? '' : html`<a class="go" href="${content.next.url}">${content.next.label}</a>`}
<p class="soft">Number of this event: <code>${content.decisionId}</code></p>`,
  )

export type LoginLoopPageContent = {
  readonly cookieName: string
  /** Where the cookie does not arrive: here, or at the application. */
  readonly missingAt: 'here' | 'application'
  readonly applicationHost: string
  /** Possible causes, most likely first. */
  readonly causes: readonly string[]
  readonly retryUrl: string
  readonly decisionId: string
}

/** Shown instead of sending the browser around once more. */
export const loginLoopPage = (nonce: string, content: LoginLoopPageContent): Markup =>
  layout(
    nonce,
    'Signing in does not stick',
    html`<p>You signed in, but <strong>${content.applicationHost}</strong> keeps sending you back. The cookie
<code>${content.cookieName}</code> ${
      content.missingAt === 'here'
        ? 'does not come back from your browser.'
        : html`arrives here, but not with the requests to <strong>${content.applicationHost}</strong>.`
    }</p>
<p>Why that may be:</p>
<ul>${content.causes.map((cause) => html`<li>${cause}</li>`)}</ul>
<a class="go" href="${content.retryUrl}">Try again</a>
<p class="soft">Number of this event: <code>${content.decisionId}</code></p>`,
  )
