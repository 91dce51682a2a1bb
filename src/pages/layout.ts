// The frame of every page: one style, no script, nothing from another origin, readable in light and dark.

import { html, raw } from 'hono/html'

/** Markup made by `hono/html`: what is put into it is escaped. */
export type Markup = ReturnType<typeof html>

const style = `
:root{color-scheme:light dark;--back:#f4f5f7;--card:#fff;--text:#1c2430;--soft:#566173;--line:#ccd2db;--main:#1f5fbf;--on:#fff;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--back:#12161c;--card:#1b212a;--text:#e8ecf2;--soft:#a3aebd;--line:#3a4453;--main:#8ab4f8;--on:#10151c;--bad:#ff9d94}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:16px;background:var(--back);color:var(--text);font:16px/1.5 system-ui,sans-serif}
main{width:100%;max-width:26rem;padding:24px;background:var(--card);border:1px solid var(--line);border-radius:12px;overflow-wrap:anywhere}
h1{margin:0 0 12px;font-size:1.4rem;line-height:1.25}
p,ul,form{margin:0 0 14px}ul{padding-left:1.2em}
.soft{color:var(--soft);font-size:.875rem}main>:last-child{margin-bottom:0}
label{display:block;margin:0 0 4px;font-weight:600}
input{width:100%;min-height:44px;margin:0 0 14px;padding:8px 12px;border:1px solid var(--soft);border-radius:8px;background:var(--card);color:inherit;font:inherit}
.go{display:block;width:100%;min-height:44px;margin:0 0 10px;padding:9px 16px;border:1px solid var(--main);border-radius:8px;background:var(--main);color:var(--on);font:inherit;font-weight:600;text-align:center;text-decoration:none;cursor:pointer}
.go.alt{background:none;color:var(--main)}
a{color:var(--main)}
:focus-visible{outline:3px solid var(--main);outline-offset:2px}
[role=alert]{color:var(--bad);font-weight:600}
hr{margin:18px 0;border:0;border-top:1px solid var(--line)}
code{font:.9375em ui-monospace,monospace}`

/**
 * A whole page.
 *
 * @param nonce of the Content-Security-Policy, for the one style element
 * @param title without markup; also what screen readers say first
 */
export const layout = (
  nonce: string,
  title: string,
  content: Markup,
): Markup => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<style nonce="${nonce}">${raw(style)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>`
