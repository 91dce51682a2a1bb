// In which browsers I am signed in, and the buttons that end that.

import { html } from 'hono/html'
import { say } from '../appearance/messages.ts'
import type { EpochSeconds } from '../protocol/time.ts'
import { fact } from './client-facts.ts'
import { formatMoment } from './duration.ts'
import { type Frame, literal, type Markup, named } from './layout.ts'

export type ShownSession = {
  readonly isThis: boolean
  /** Undefined: it did not say. */
  readonly browser: string | undefined
  /** The gateway, when it is no browser but a command line. */
  readonly commandLineAt?: string | undefined
  readonly signedInAt: EpochSeconds
  readonly lastSeenAt: EpochSeconds
  readonly twoFactors: boolean
  /** As the provider names them. */
  readonly methods: readonly string[]
  /** Hosts with a session of their own that came of this one. */
  readonly hosts: readonly string[]
  readonly id: string
  /** Of the form that ends it. */
  readonly csrf: string
}

export type AccountSessionsContent = {
  readonly sessions: readonly ShownSession[]
  readonly endAction: string
  readonly everywhereAction: string
  readonly everywhereCsrf: string
  /** Whether there are tokens for scripts, which end only when that is asked for. */
  readonly asksForTokens: boolean
}

function signedInWith(frame: Frame, { twoFactors, methods }: ShownSession): Markup | '' {
  const { messages } = frame.language
  if (!twoFactors && methods.length === 0) return ''
  const words = methods.map((method) => html` ${literal(method)}`)
  return fact(
    messages['sessions.with'],
    html`${twoFactors ? messages['sessions.two-factors'] : ''}${words}`,
  )
}

function titleOf({ language: { messages } }: Frame, session: ShownSession): string {
  const { commandLineAt: host } = session
  if (host !== undefined) return say(messages, ['sessions.command-line', { host }])
  const browser = session.browser ?? messages['sessions.unknown']
  return session.isThis ? say(messages, ['sessions.this', { browser }]) : browser
}

function entry(frame: Frame, session: ShownSession, at: number, endAction: string): Markup {
  const { messages } = frame.language
  const title = titleOf(frame, session)
  const id = `session-${at + 1}`
  // Signing out of this one is what the button at the top is for; it knows the way to the provider, too.
  const form = html`<form method="post" action="${endAction}">
<input type="hidden" name="csrf" value="${session.csrf}">
<input type="hidden" name="session" value="${session.id}">
<button class="go alt" aria-describedby="${id}">${messages['sessions.end']}</button>
</form>`
  return html`<section class="entry">
<h3 id="${id}">${named(title)}</h3>
<dl>${fact(messages['sessions.since'], formatMoment(frame, session.signedInAt))}
${fact(messages['sessions.seen'], formatMoment(frame, session.lastSeenAt))}
${signedInWith(frame, session)}
${session.hosts.length === 0 ? '' : fact(messages['sessions.also'], html`<ul>${session.hosts.map((host) => html`<li>${literal(host)}</li>`)}</ul>`)}</dl>
${session.isThis ? '' : form}
</section>`
}

const tokensBox = ({ language: { messages } }: Frame): Markup =>
  html`<label class="check"><input type="checkbox" name="tokens" value="yes">${messages['sessions.everywhere-tokens']}</label>`

/** The part of the account page about sessions. */
export function accountSessions(frame: Frame, content: AccountSessionsContent): Markup {
  const { messages } = frame.language
  return html`<h2>${messages['sessions.title']}</h2>
${content.sessions.map((session, at) => entry(frame, session, at, content.endAction))}
<form method="post" action="${content.everywhereAction}">
<input type="hidden" name="csrf" value="${content.everywhereCsrf}">
<p class="note">${messages['sessions.everywhere-note']}</p>
${content.asksForTokens ? tokensBox(frame) : ''}
<button class="go alt">${messages['sessions.everywhere']}</button>
</form>`
}
