// Before a client gets in: who asks, where the answer goes, for what (security.md R72, mcp.md AS-20, AS-23, AS-24).

import { html } from 'hono/html'
import type { Seconds } from '../protocol/time.ts'
import {
  clientFacts,
  clientName,
  fact,
  resourceFact,
  type ShownClient,
  type ShownResource,
  type ShownScope,
  scopesFact,
  targetNote,
  unverifiedNote,
} from './client-facts.ts'
import { formatDuration } from './duration.ts'
import { type Frame, layout, type Markup, named, sayMarkup } from './layout.ts'

export type AccessRequest = {
  readonly client: ShownClient
  /** Undefined: a device that asks for the answer itself. */
  readonly redirectUri: string | undefined
  readonly resource: ShownResource | undefined
}

export type SignInFirstContent = AccessRequest & { readonly loginUrl: string }

/** For a browser in which nobody fit is signed in: says who asks before anybody gives a password. */
export function signInFirstPage(frame: Frame, content: SignInFirstContent): Markup {
  const { messages } = frame.language
  const { client, redirectUri } = content
  const name = named(clientName(client))
  return layout(frame, {
    title: messages['sign-in-first.title'],
    body: html`<p>${sayMarkup(frame, 'sign-in-first.explanation', { client: name })}</p>
${unverifiedNote(frame, client)}
<dl>${clientFacts(frame, client, redirectUri)}
${resourceFact(frame, content.resource)}</dl>
${targetNote(frame, redirectUri)}
<a class="go" href="${content.loginUrl}">${messages['sign-in-first.title']}</a>`,
  })
}

export type ConsentPageContent = AccessRequest & {
  readonly scopes: readonly ShownScope[]
  readonly lifetime: Seconds
  readonly mayRemember: boolean
  readonly account: string
  readonly switchUrl: string
  readonly action: string
  readonly csrf: string
}

const rememberBox = ({ language: { messages } }: Frame): Markup =>
  html`<label class="check"><input type="checkbox" name="remember" value="yes">${messages['consent.remember']}</label>`

/** Asks. Nothing is ticked beforehand, and neither button is pressed by a key that was meant for another page. */
export function consentPage(frame: Frame, content: ConsentPageContent): Markup {
  const { messages } = frame.language
  const { client, redirectUri, lifetime } = content
  const name = named(clientName(client))
  return layout(frame, {
    title: messages['consent.title'],
    body: html`<p>${sayMarkup(frame, 'consent.explanation', { client: name })}</p>
${unverifiedNote(frame, client)}
<dl>${clientFacts(frame, client, redirectUri)}
${resourceFact(frame, content.resource)}
${scopesFact(frame, content.scopes)}
${fact(messages['client.lifetime'], formatDuration(frame, lifetime))}
${fact(messages['client.account'], named(content.account))}</dl>
${targetNote(frame, redirectUri)}
<form method="post" action="${content.action}">
<input type="hidden" name="csrf" value="${content.csrf}">
${content.mayRemember ? rememberBox(frame) : ''}
<button class="go" name="decision" value="allow">${messages['consent.allow']}</button>
<button class="go alt" name="decision" value="deny">${messages['consent.deny']}</button>
</form>
<p class="soft">${messages['consent.withdraw']}</p>
<a class="go alt" href="${content.switchUrl}">${messages['consent.not-you']}</a>`,
  })
}

/** For a moment, where nothing has to be asked; the button is for browsers that do not go on by themselves. */
export function goOnPage(
  frame: Frame,
  content: { readonly client: ShownClient; readonly url: string },
): Markup {
  const { messages } = frame.language
  const client = named(clientName(content.client))
  return layout(frame, {
    title: messages['signed-in.title'],
    body: html`<p>${sayMarkup(frame, 'interaction.go-on', { client })}</p>
<a class="go" href="${content.url}">${messages['action.continue']}</a>`,
  })
}
