// How I sign in: passkeys, authenticator app, recovery codes.

import { html } from 'hono/html'
import { type PlainKey, say } from '../appearance/messages.ts'
import type { ShownFactors, ShownPasskey } from '../ports/own-accounts.ts'
import { formatShownText } from '../protocol/display-text.ts'
import { epochSeconds } from '../protocol/time.ts'
import { fact } from './client-facts.ts'
import { formatDay } from './duration.ts'
import { type Frame, layout, literal, type Markup, named } from './layout.ts'
import { passkeyAttributes, passkeyButton, passkeyScriptTag } from './passkey-form.ts'
import { qrCode } from './qr-code.ts'

/** The part of the account page that leads here. */
export function factorsSection(frame: Frame, factors: ShownFactors, url: string): Markup {
  const { messages } = frame.language
  const yesNo = (is: boolean) => messages[is ? 'factors.yes' : 'factors.no']
  return html`<h2>${messages['factors.title']}</h2>
<dl>${fact(messages['factors.password'], yesNo(factors.hasPassword))}
${fact(messages['factors.passkeys'], String(factors.passkeys.length))}
${fact(messages['factors.app'], yesNo(factors.app))}</dl>
<a class="go alt" href="${url}">${messages['factors.change']}</a>`
}

export type FactorsPageContent = {
  readonly factors: ShownFactors
  /** Undefined: the last sign-in is too long ago to change anything. */
  readonly forms:
    | {
        readonly action: string
        readonly csrf: string
        readonly optionsUrl: string
        readonly scriptUrl: string
        readonly appUrl: string
      }
    | undefined
  readonly signInUrl: string
  readonly accountUrl: string
  readonly news: PlainKey | undefined
}

type Forms = NonNullable<FactorsPageContent['forms']>

const shownName = ({ name }: ShownPasskey): string => formatShownText(name, 64) ?? '?'

/** A button that does one thing, with its confirmation of origin. */
const oneButton = (
  { action, csrf }: Forms,
  task: string,
  label: string,
  extra: Markup | '' = '',
): Markup => html`<form method="post" action="${action}">
<input type="hidden" name="csrf" value="${csrf}">
<input type="hidden" name="task" value="${task}">
${extra}
<button class="go alt">${label}</button>
</form>`

function passkeyEntry(frame: Frame, passkey: ShownPasskey, forms: Forms | undefined): Markup {
  const { messages } = frame.language
  const { createdAt, lastUsedAt, credentialId } = passkey
  const name = shownName(passkey)
  const used =
    lastUsedAt === undefined
      ? messages['account.never']
      : formatDay(frame, epochSeconds(lastUsedAt))
  const hidden = html`<input type="hidden" name="credential" value="${credentialId}">`
  return html`<section class="entry">
<h3>${named(name)}</h3>
<dl>${fact(messages['factors.created'], formatDay(frame, epochSeconds(createdAt)))}
${fact(messages['account.last-use'], used)}</dl>
${forms === undefined ? '' : oneButton(forms, 'remove-passkey', say(messages, ['factors.remove', { name }]), hidden)}
</section>`
}

function addPasskey(frame: Frame, { action, csrf, optionsUrl }: Forms): Markup {
  const { messages } = frame.language
  const kind = { kind: 'create', from: { url: optionsUrl } } as const
  return html`<form method="post" action="${action}"${passkeyAttributes(kind)}>
<input type="hidden" name="csrf" value="${csrf}">
<input type="hidden" name="task" value="add-passkey">
<div data-with-passkeys hidden>
<label for="passkey-name">${messages['factors.passkey-name']}</label>
<input id="passkey-name" name="name" value="${messages['factors.passkey-suggestion']}" maxlength="64" autocomplete="off">
</div>
${passkeyButton(frame, 'factors.add-passkey', 'go')}
</form>
<noscript><p class="soft">${messages['factors.unsupported']}</p></noscript>`
}

function passkeys(frame: Frame, { factors, forms }: FactorsPageContent): Markup {
  const { messages } = frame.language
  return html`<h2>${messages['factors.passkeys']}</h2>
${factors.passkeys.length === 0 ? html`<p>${messages['factors.no-passkeys']}</p>` : ''}
${factors.passkeys.map((passkey) => passkeyEntry(frame, passkey, forms))}
${forms === undefined ? '' : addPasskey(frame, forms)}`
}

function app(frame: Frame, { factors, forms }: FactorsPageContent): Markup {
  const { messages } = frame.language
  const set = factors.app ? 'factors.replace-app' : 'factors.add-app'
  return html`<h2>${messages['factors.app']}</h2>
<p>${messages[factors.app ? 'factors.app-on' : 'factors.app-off']}</p>
${forms === undefined || !factors.offersApp ? '' : html`<a class="go alt" href="${forms.appUrl}">${messages[set]}</a>`}
${forms !== undefined && factors.app ? oneButton(forms, 'remove-app', messages['factors.remove-app']) : ''}`
}

function recovery(frame: Frame, { factors, forms }: FactorsPageContent): Markup | '' {
  const { messages } = frame.language
  const stands = factors.app || factors.passkeys.length > 0
  if (!factors.hasPassword || !stands) return ''
  const count = String(factors.recoveryCodes)
  return html`<h2>${messages['factors.recovery']}</h2>
<p>${messages['factors.recovery-explanation']}</p>
<p>${say(messages, ['factors.recovery-left', { count }])}</p>
${forms === undefined ? '' : oneButton(forms, 'renew-codes', messages['factors.renew'])}`
}

export function factorsPage(frame: Frame, content: FactorsPageContent): Markup {
  const { messages } = frame.language
  const { forms, news, factors } = content
  const said = news === undefined ? undefined : messages[news]
  return layout(frame, {
    title: messages['factors.title'],
    news: said,
    body: html`${forms === undefined ? '' : passkeyScriptTag(frame, forms.scriptUrl)}
${said === undefined ? '' : html`<p role="status"><strong>${said}</strong></p>`}
<p>${messages['factors.explanation']}</p>
${forms === undefined ? html`<p class="note">${messages['factors.fresh']}</p><a class="go" href="${content.signInUrl}">${messages['factors.sign-in-again']}</a>` : ''}
<dl>${fact(messages['factors.password'], messages[factors.hasPassword ? 'factors.yes' : 'factors.no'])}</dl>
${passkeys(frame, content)}
${factors.hasPassword && (factors.app || factors.offersApp) ? app(frame, content) : ''}
${recovery(frame, content)}
<hr>
<a class="go alt" href="${content.accountUrl}">${messages['account.back']}</a>`,
  })
}

/** The codes, this once. */
export function recoveryCodesPage(
  frame: Frame,
  content: { readonly codes: readonly string[]; readonly doneUrl: string },
): Markup {
  const { messages } = frame.language
  return layout(frame, {
    title: messages['recovery.title'],
    body: html`<p>${messages['recovery.explanation']}</p>
<ol>${content.codes.map((code) => html`<li>${literal(code)}</li>`)}</ol>
<a class="go" href="${content.doneUrl}">${messages['recovery.done']}</a>`,
  })
}

export type AppSetupContent = {
  readonly action: string
  readonly csrf: string
  /** The secret, sealed: it comes back with the code. */
  readonly sealed: string
  readonly secret: string
  readonly uri: string
  readonly error: PlainKey | undefined
  readonly backUrl: string
}

/** Hands a new secret to an authenticator app. */
export function appSetupPage(frame: Frame, content: AppSetupContent): Markup {
  const { messages } = frame.language
  const { error, secret } = content
  const invalid = error === undefined ? '' : html` aria-invalid="true" aria-describedby="problem"`
  return layout(frame, {
    title: messages['app-setup.title'],
    news: error && messages[error],
    body: html`<p>${messages['app-setup.explanation']}</p>
<p>${qrCode(content.uri, messages['app-setup.picture'])}</p>
<p>${literal(secret.replace(/.{4}(?=.)/g, '$& '))}</p>
<a class="go alt" href="${content.uri}">${messages['app-setup.open']}</a>
<form method="post" action="${content.action}">
${error === undefined ? '' : html`<p role="alert" id="problem">${messages[error]}</p>`}
<input type="hidden" name="csrf" value="${content.csrf}">
<input type="hidden" name="task" value="add-app">
<input type="hidden" name="sealed" value="${content.sealed}">
<p>${messages['app-setup.confirm']}</p>
<label for="code">${messages['second-factor.code']}</label>
<input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" required maxlength="16"${invalid}>
<button class="go">${messages['app-setup.finish']}</button>
</form>
<a class="go alt" href="${content.backUrl}">${messages['account.back']}</a>`,
  })
}
