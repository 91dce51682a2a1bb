// Something did not work: what, in plain words, and what to do next.

import { html } from 'hono/html'
import { type Phrase, type PlainKey, say } from '../appearance/messages.ts'
import { type Frame, layout, literal, type Markup, named, sayMarkup } from './layout.ts'

export type ProblemPageContent = {
  readonly title: PlainKey
  /** One paragraph each. */
  readonly explanation: readonly Phrase[]
  /** Also in the log. */
  readonly decisionId: string
  readonly next?: { readonly label: PlainKey; readonly url: string } | undefined
}

const numberOf = (frame: Frame, id: string): Markup =>
  html`<p class="soft">${sayMarkup(frame, 'problem.number', { id: literal(id) })}</p>`

/** An error page; never shows more than it is given. */
export function problemPage(frame: Frame, content: ProblemPageContent): Markup {
  const { explanation, next, decisionId } = content
  const { messages } = frame.language
  return layout(frame, {
    title: messages[content.title],
    body: html`${explanation.map((phrase) => html`<p>${say(messages, phrase)}</p>`)}
${next === undefined ? '' : html`<a class="go" href="${next.url}">${messages[next.label]}</a>`}
${numberOf(frame, decisionId)}`,
  })
}

export type LoginLoopPageContent = {
  readonly cookieName: string
  /** Where the cookie does not arrive: here, or at the application. */
  readonly missingAt: 'here' | 'application'
  readonly applicationHost: string
  /** Possible causes, most likely first. */
  readonly causes: readonly Phrase[]
  readonly retryUrl: string
  readonly decisionId: string
}

/** Shown instead of sending the browser around once more. */
export function loginLoopPage(frame: Frame, content: LoginLoopPageContent): Markup {
  const { messages } = frame.language
  const { applicationHost, causes, cookieName, decisionId, missingAt, retryUrl } = content
  const key = missingAt === 'here' ? 'loop.here' : 'loop.application'
  const values = { host: named(applicationHost), cookie: literal(cookieName) }
  return layout(frame, {
    title: messages['loop.title'],
    body: html`<p>${sayMarkup(frame, key, values)}</p>
<p>${messages['loop.causes']}</p>
<ul>${causes.map((cause) => html`<li>${say(messages, cause)}</li>`)}</ul>
<a class="go" href="${retryUrl}">${messages['action.try-again']}</a>
${numberOf(frame, decisionId)}`,
  })
}
