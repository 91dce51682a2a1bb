// Tokens for scripts, as their owner sees them: the list, the form, and the one time a value is shown.

import { html } from 'hono/html'
import { type Phrase, type PlainKey, say } from '../appearance/messages.ts'
import type { PersonalToken } from '../ports/personal-tokens.ts'
import { fact, shownName } from './client-facts.ts'
import { formatDay } from './duration.ts'
import { type Frame, layout, literal, type Markup, named } from './layout.ts'

export type ShownToken = PersonalToken & {
  /** Of the form that ends it. */
  readonly csrf: string
}

export type TokensContent = {
  readonly tokens: readonly ShownToken[]
  readonly newUrl: string
  /** Where the forms that end one go. */
  readonly endAction: string
}

const codes = (texts: readonly string[]): Markup =>
  html`${texts.map((text, at) => html`${at > 0 ? ', ' : ''}${literal(text)}`)}`

function shownToken(frame: Frame, token: ShownToken, endAction: string): Markup {
  const { messages } = frame.language
  const { bounds, expiresAt, lastUsedAt } = token
  const name = shownName(token.name)
  return html`<section class="entry">
<h3>${named(name)}</h3>
<dl>${fact(messages['tokens.hosts'], codes(bounds.hosts))}
${bounds.path === undefined ? '' : fact(messages['tokens.path'], literal(bounds.path))}
${bounds.methods === undefined ? '' : fact(messages['tokens.methods'], codes(bounds.methods))}
${bounds.scopes.length === 0 ? '' : fact(messages['tokens.scopes'], codes(bounds.scopes))}
${expiresAt === undefined ? '' : fact(messages['tokens.until'], formatDay(frame, expiresAt))}
${fact(messages['account.last-use'], lastUsedAt === undefined ? messages['account.never'] : formatDay(frame, lastUsedAt))}</dl>
${token.madeBy === 'operator' ? html`<p class="soft">${messages['tokens.by-operator']}</p>` : ''}
<form method="post" action="${endAction}">
<input type="hidden" name="csrf" value="${token.csrf}">
<input type="hidden" name="token" value="${token.id}">
<button class="go alt">${say(messages, ['tokens.end', { name }])}</button>
</form>
</section>`
}

/** The part of the account page. */
export function tokensSection(frame: Frame, { tokens, newUrl, endAction }: TokensContent): Markup {
  const { messages } = frame.language
  return html`<h2>${messages['tokens.title']}</h2>
<p class="soft">${messages['tokens.explanation']}</p>
${tokens.length === 0 ? html`<p>${messages['tokens.none']}</p>` : ''}
<a class="go alt" href="${newUrl}">${messages['tokens.new']}</a>
${tokens.map((token) => shownToken(frame, token, endAction))}`
}

export type TokenFields = Readonly<
  Record<'name' | 'hosts' | 'path' | 'methods' | 'scopes' | 'days', string>
>

export type TokenFormContent = {
  readonly action: string
  readonly csrf: string
  /** As they were typed. */
  readonly fields: TokenFields
  readonly error: Phrase | undefined
  /** Scopes that can be had; empty: none is asked for anywhere. */
  readonly scopes: readonly string[]
  readonly mostDays: number
  readonly backUrl: string
}

/** The form for a new token. */
export function tokenFormPage(frame: Frame, content: TokenFormContent): Markup {
  const { messages } = frame.language
  const { fields, error, scopes, mostDays } = content
  const field = (name: keyof TokenFields, label: PlainKey, hint: string, more: Markup | '' = '') =>
    html`<label for="${name}">${messages[label]}</label>
<p class="soft" id="${name}-hint">${hint}</p>
<input id="${name}" name="${name}" value="${fields[name]}" aria-describedby="${name}-hint" autocomplete="off" autocapitalize="off" spellcheck="false"${more}>`
  const said = error === undefined ? undefined : say(messages, error)
  return layout(frame, {
    title: messages['tokens.new'],
    news: said,
    body: html`<p>${messages['tokens.explanation']}</p>
${said === undefined ? '' : html`<p role="alert">${said}</p>`}
<form method="post" action="${content.action}">
<input type="hidden" name="csrf" value="${content.csrf}">
${field('name', 'tokens.name', messages['tokens.name-hint'], html` required maxlength="80"`)}
${field('hosts', 'tokens.hosts', messages['tokens.hosts-hint'], html` required`)}
${field('path', 'tokens.path', messages['tokens.path-hint'])}
${field('methods', 'tokens.methods', messages['tokens.methods-hint'])}
${scopes.length === 0 ? '' : field('scopes', 'tokens.scopes', say(messages, ['tokens.scopes-hint', { scopes: scopes.join(', ') }]))}
${field('days', 'tokens.days', say(messages, ['tokens.days-hint', { days: String(mostDays) }]), html` required inputmode="numeric"`)}
<button class="go">${messages['tokens.make']}</button>
</form>
<a class="go alt" href="${content.backUrl}">${messages['account.back']}</a>`,
  })
}

/** The only page that ever shows a value. */
export function tokenMadePage(
  frame: Frame,
  {
    value,
    name,
    backUrl,
  }: { readonly value: string; readonly name: string; readonly backUrl: string },
): Markup {
  const { messages } = frame.language
  return layout(frame, {
    title: messages['tokens.made-title'],
    body: html`<p>${named(shownName(name))}</p>
<p>${literal(value)}</p>
<p class="note">${messages['tokens.made']}</p>
<p>${messages['tokens.use']}</p>
<a class="go alt" href="${backUrl}">${messages['account.back']}</a>`,
  })
}
