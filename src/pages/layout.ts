// The frame of every page: one style, no script, nothing from another origin, readable in light and dark.

import { html, raw } from 'hono/html'
import { type Accent, cards, onAccent } from '../appearance/colours.ts'
import type { Look } from '../appearance/look.ts'
import type { MessageKey, Places } from '../appearance/messages.ts'
import { cutAtPlaces } from '../appearance/messages.ts'

/** Markup made by `hono/html`: what is put into it is escaped. */
export type Markup = ReturnType<typeof html>

/** What a page needs besides its content. */
export type Frame = Look & {
  /** Of the Content-Security-Policy, for the one style element. */
  readonly nonce: string
}

// Colours were parsed, so nothing can leave the style element through them.
const colours = ({ light, dark }: Accent): string =>
  `:root{color-scheme:light dark;--back:#f4f5f7;--card:${cards.light};--text:#1c2430;--soft:#566173;--line:#ccd2db;--main:${light};--on:${onAccent.light};--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--back:#12161c;--card:${cards.dark};--text:#e8ecf2;--soft:#a3aebd;--line:#3a4453;--main:${dark};--on:${onAccent.dark};--bad:#ff9d94}}`

// Account names come from others: isolated, they cannot turn the sentence around them.
const style = `
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:16px;background:var(--back);color:var(--text);font:16px/1.5 system-ui,sans-serif}
main{width:100%;max-width:26rem;padding:24px;background:var(--card);border:1px solid var(--line);border-radius:12px;overflow-wrap:anywhere}
h1{margin:0 0 12px;font-size:1.4rem;line-height:1.25}
p,ul,form{margin:0 0 14px}
.soft{color:var(--soft);font-size:.875rem}main>:last-child{margin-bottom:0}
.go{display:block;width:100%;min-height:44px;margin:0 0 10px;padding:9px 16px;border:1px solid var(--main);border-radius:8px;background:var(--main);color:var(--on);font:inherit;font-weight:600;text-align:center;text-decoration:none;cursor:pointer}
.go.alt{background:none;color:var(--main)}
:focus-visible{outline:3px solid var(--main);outline-offset:2px}
strong,code{unicode-bidi:plaintext}
code{font:.9375em ui-monospace,monospace}
.brand{display:flex;align-items:center;gap:10px;font-weight:600}`

const richStyle = `
.brand img{max-width:50%;height:40px}
@media(prefers-color-scheme:dark){.brand img{padding:4px;border-radius:6px;background:#fff}}
[hidden]{display:none!important}
ul{padding-inline-start:1.2em}ol{padding-inline-start:2em}
label{display:block;margin:0 0 4px;font-weight:600}
input{width:100%;min-height:44px;margin:0 0 14px;padding:8px 12px;border:1px solid var(--soft);border-radius:8px;background:var(--card);color:inherit;font:inherit}
[role=alert]{color:var(--bad);font-weight:600}
.check{display:flex;align-items:center;gap:12px;min-height:44px;margin:0 0 10px;font-weight:400}
.check input{flex:none;width:24px;height:24px;min-height:0;margin:0}
.note{padding:8px 12px;border:1px solid var(--line);border-inline-start:4px solid var(--bad);border-radius:8px}
h2,h3{margin:20px 0 10px;font-size:1.1rem;line-height:1.25}h3{margin-top:0;font-size:1rem}
dl{margin:0 0 14px}dt{color:var(--soft);font-size:.875rem}dd{margin:0 0 8px}dd ul{margin:0}
.big{font-size:1.5rem;letter-spacing:.1em}
.entry{padding:14px 0 4px;border-top:1px solid var(--line)}
hr{margin:18px 0;border:0;border-top:1px solid var(--line)}`

/** A message with markup where its values go. */
export function sayMarkup<Key extends MessageKey>(
  { language }: Pick<Frame, 'language'>,
  key: Key,
  values: Readonly<Record<Places<Key>, Markup>>,
): Markup {
  const byName = new Map<string, unknown>(Object.entries(values))
  const parts = cutAtPlaces(language.messages[key])
  return html`${parts.map((part, at) => (at % 2 === 1 ? byName.get(part) : part))}`
}

/** What somebody else named, set apart from our own words. */
export const named = (text: string): Markup => html`<strong>${text}</strong>`

export const literal = (text: string): Markup => html`<code>${text}</code>`

// The name stands beside the logo, so the picture itself has nothing to add.
const brand = ({ name, logoUrl }: Frame['branding']): Markup | '' =>
  name === undefined
    ? ''
    : html`<p class="brand">${logoUrl === undefined ? '' : html`<img src="${logoUrl}" alt="">`}${named(name)}</p>`

const direction = ({ language }: Frame) => (language.direction === 'rtl' ? html` dir="rtl"` : '')

export type Content = {
  /** Without markup; also what screen readers say first. */
  readonly title: string
  /** What happened, said before the title where only that is read: the name of the window. */
  readonly news?: string | undefined
  readonly body: Markup
  /** Without forms, lists and pictures: for the page that has to stay small. */
  readonly small?: true
}

/** A whole page. */
export function layout(frame: Frame, { title, news, body, small }: Content): Markup {
  const { nonce, language, branding } = frame
  const windowTitle = [news, title, branding.name].filter((part) => part !== undefined).join(' - ')
  return html`<!doctype html>
<html lang="${language.tag}"${direction(frame)}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex">
<title>${windowTitle}</title>
<style nonce="${nonce}">${raw(colours(branding.accent) + style + (small ? '' : richStyle))}</style>
</head>
<body>
<main>
${brand(branding)}
<h1>${title}</h1>
${body}
</main>
</body>
</html>`
}
