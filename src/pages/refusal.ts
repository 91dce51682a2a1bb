// Signed in, but not let in: who, why, and what helps.

import { html } from 'hono/html'
import { type Frame, layout, literal, type Markup, named, sayMarkup } from './layout.ts'

export type RefusalReason = 'not-on-list' | 'unverified-email' | 'other-account'

export type RefusalPageContent = {
  readonly account: string
  readonly reason: RefusalReason
  /** Also in the log: what a person tells the administrator. */
  readonly decisionId: string
  readonly switchUrl: string
  readonly logoutUrl: string
}

const longestAccount = 120
const longestPage = 4095

const shorten = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length)}...` : text

// Without the return URL the link still works.
const withoutReturn = (url: string): string => url.split('&rd=', 1)[0] ?? ''

function render(frame: Frame, content: RefusalPageContent): Markup {
  const { messages } = frame.language
  return layout(frame, {
    title: messages['refusal.title'],
    small: true,
    body: html`<p>${sayMarkup(frame, 'refusal.account', { account: named(content.account) })}</p>
<p>${messages[`refusal.${content.reason}`]}</p>
<a class="go" href="${content.switchUrl}">${messages['action.other-account']}</a>
<a class="go alt" href="${content.logoutUrl}">${messages['action.sign-out']}</a>
<p class="soft">${sayMarkup(frame, 'refusal.number', { id: literal(content.decisionId) })}</p>`,
  })
}

/**
 * The 403 page; stays below 4 KiB whatever is put in, because proxies buffer it: what does not fit is left
 * out, first the way back, then most of the account's name, then the brand.
 *
 * The logo is left out always: the page may stand on an application's host, where there is none.
 */
export async function refusalPage(frame: Frame, content: RefusalPageContent): Promise<string> {
  const branding = { ...frame.branding, logoUrl: undefined }
  const whole = { ...content, account: shorten(content.account, longestAccount) }
  const switchUrl = withoutReturn(content.switchUrl)
  const brief = { ...whole, switchUrl, account: shorten(content.account, 30) }
  const choices: readonly (readonly [Frame['branding'], RefusalPageContent])[] = [
    [branding, whole],
    [branding, { ...whole, switchUrl }],
    [branding, brief],
    [{ ...branding, name: undefined }, brief],
  ]
  let page = ''
  for (const [own, shown] of choices) {
    page = String(await render({ ...frame, branding: own }, shown))
    if (new TextEncoder().encode(page).length <= longestPage) return page
  }
  return page
}
