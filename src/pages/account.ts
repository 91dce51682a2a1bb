// Who I am here, and which applications I have let in (security.md R77).

import { html } from 'hono/html'
import { type PlainKey, say } from '../appearance/messages.ts'
import { formatShownText } from '../protocol/display-text.ts'
import type { EpochSeconds } from '../protocol/time.ts'
import { clientName, fact, scopesFact } from './client-facts.ts'
import { formatDay } from './duration.ts'
import { type Frame, layout, literal, type Markup, named } from './layout.ts'

export type LetIn = {
  readonly grantId: string
  readonly clientId: string
  readonly clientName: string | undefined
  readonly resource: string | undefined
  readonly scopes: readonly { readonly scope: string; readonly description: string | undefined }[]
  readonly createdAt: EpochSeconds
  readonly lastUsedAt: EpochSeconds | undefined
  /** Of the form that ends it. */
  readonly csrf: string
}

export type AccountPageContent = {
  readonly name: string | undefined
  readonly email: string | undefined
  /** Shown when there is no verified one. */
  readonly unverifiedEmail: string | undefined
  readonly username: string | undefined
  /** Undefined: a local account. */
  readonly provider: string | undefined
  /** Undefined: no application can be let in. */
  readonly grants: readonly LetIn[] | undefined
  /** What follows, each with a heading of its own. */
  readonly sections?: readonly ((frame: Frame) => Markup)[]
  /** What the visit before this one did. */
  readonly news: PlainKey | undefined
  /** Where the forms go. */
  readonly endAction: string
  readonly switchUrl: string
  readonly logoutUrl: string
}

function whoIAm(frame: Frame, content: AccountPageContent): Markup {
  const { messages } = frame.language
  const { unverifiedEmail } = content
  const unverified =
    unverifiedEmail && say(messages, ['account.unverified', { email: unverifiedEmail }])
  const rows = [
    ['account.name', content.name],
    ['account.email', content.email ?? unverified],
    ['account.username', content.username],
    ['account.provider', content.provider ?? messages['account.local']],
  ] as const
  return html`<dl>${rows.map(([key, value]) => {
    const shown = formatShownText(value ?? '', 254)
    return shown === undefined ? '' : fact(messages[key], named(shown))
  })}</dl>`
}

function letIn(frame: Frame, grant: LetIn, endAction: string): Markup {
  const { messages } = frame.language
  const client = clientName({
    id: grant.clientId,
    name: grant.clientName,
    verified: true,
    documentHost: undefined,
  })
  const { resource, lastUsedAt } = grant
  return html`<section class="entry">
<h3>${named(client)}</h3>
<dl>${resource === undefined ? '' : fact(messages['client.resource'], literal(resource))}
${scopesFact(frame, grant.scopes)}
${fact(messages['account.since'], formatDay(frame, grant.createdAt))}
${fact(messages['account.last-use'], lastUsedAt === undefined ? messages['account.never'] : formatDay(frame, lastUsedAt))}</dl>
<form method="post" action="${endAction}">
<input type="hidden" name="csrf" value="${grant.csrf}">
<input type="hidden" name="grant" value="${grant.grantId}">
<button class="go alt">${say(messages, ['account.end', { client }])}</button>
</form>
</section>`
}

function applications(frame: Frame, grants: readonly LetIn[], endAction: string): Markup {
  const { messages } = frame.language
  return html`<h2>${messages['account.applications']}</h2>
${grants.length === 0 ? html`<p>${messages['account.none']}</p>` : grants.map((grant) => letIn(frame, grant, endAction))}`
}

/** The page of one's own account. */
export function accountPage(frame: Frame, content: AccountPageContent): Markup {
  const { messages } = frame.language
  const { grants, sections = [], news, endAction } = content
  const said = news === undefined ? undefined : messages[news]
  return layout(frame, {
    title: messages['account.title'],
    news: said,
    body: html`${said === undefined ? '' : html`<p role="status"><strong>${said}</strong></p>`}
${whoIAm(frame, content)}
<a class="go alt" href="${content.switchUrl}">${messages['action.other-account']}</a>
<a class="go alt" href="${content.logoutUrl}">${messages['action.sign-out']}</a>
${grants === undefined ? '' : applications(frame, grants, endAction)}
${sections.map((section) => section(frame))}`,
  })
}
