// What I may open, by which rule, and why.

import { html } from 'hono/html'
import type { Because, Opening } from '../access/openings.ts'
import { type Phrase, say } from '../appearance/messages.ts'
import { formatShownText } from '../protocol/display-text.ts'
import { fact } from './client-facts.ts'
import { formatDuration } from './duration.ts'
import { type Frame, literal, type Markup, named } from './layout.ts'

export type AccountReachContent = {
  readonly groups: readonly string[]
  readonly openings: readonly Opening[]
  /** What people call a provider. */
  readonly labelOf: (provider: string) => string
}

const longestGroup = 100
const mostGroups = 100

function reasons(why: Because, labelOf: AccountReachContent['labelOf']): readonly Phrase[] {
  if (why.kind !== 'conditions') return [`reach.${why.kind}`]
  return [
    ...why.emails.map(
      (entry): Phrase => [entry.startsWith('@') ? 'reach.domain' : 'reach.email', { entry }],
    ),
    ...why.groups.map((entry): Phrase => ['reach.group', { entry }]),
    ...why.providers.map((entry): Phrase => ['reach.provider', { entry: labelOf(entry) }]),
    ...why.users.map((entry): Phrase => ['reach.user', { entry }]),
  ]
}

const listed = (items: readonly (Markup | string)[]): Markup =>
  html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`

function wants(frame: Frame, { demand }: Opening): readonly string[] {
  const { messages } = frame.language
  const { factor, maxAge } = demand ?? {}
  return [
    ...(factor === 2 ? [messages['reach.wants-factor']] : []),
    ...(maxAge === undefined
      ? []
      : [say(messages, ['reach.wants-fresh', { time: formatDuration(frame, maxAge) }])]),
  ]
}

function entry(frame: Frame, opening: Opening, labelOf: AccountReachContent['labelOf']): Markup {
  const { messages } = frame.language
  const { because, methods, place, rule } = opening
  const wanted = wants(frame, opening)
  return html`<section class="entry">
<h3>${literal(place)}</h3>
<dl>${fact(messages['reach.rule'], named(rule))}
${methods === undefined ? '' : fact(messages['reach.methods'], literal(methods.join(', ')))}
${because === undefined ? '' : fact(messages['reach.why'], listed(reasons(because, labelOf).map((phrase) => say(messages, phrase))))}
${wanted.length === 0 || because === undefined ? '' : fact(messages['reach.wants'], listed(wanted))}</dl>
${because === undefined ? html`<p>${messages['reach.not']}</p>` : ''}
</section>`
}

function ownGroups(frame: Frame, groups: readonly string[]): Markup | '' {
  const shown = groups
    .slice(0, mostGroups)
    .flatMap((group) => formatShownText(group, longestGroup) ?? [])
  if (shown.length === 0) return ''
  return html`<dl>${fact(frame.language.messages['reach.groups'], listed(shown.map(named)))}</dl>`
}

/** The part of the account page about rules. */
export function accountReach(frame: Frame, content: AccountReachContent): Markup {
  const { messages } = frame.language
  const { groups, openings, labelOf } = content
  return html`<h2>${messages['reach.title']}</h2>
${ownGroups(frame, groups)}
${openings.length === 0 ? html`<p>${messages['reach.none']}</p>` : openings.map((opening) => entry(frame, opening, labelOf))}`
}
