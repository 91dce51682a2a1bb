// A text as a picture that a phone's camera reads.

import { html, raw } from 'hono/html'
import { encode } from 'uqr'
import type { Markup } from './layout.ts'

/** Modules around the code that have to stay light. ISO/IEC 18004 §6.3.8 */
const quietZone = 4

/**
 * The text as QR code: drawn in the page, dark on light whatever the page's colours, with `label` for who does
 * not see it. The picture says what the text says: keep it off pages that may be kept.
 */
export function qrCode(text: string, label: string): Markup {
  const { data } = encode(text, { ecc: 'M', border: quietZone })
  const size = data.length
  const path = data
    .flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')))
    .join('')
  return html`<svg class="qr" role="img" aria-label="${label}" viewBox="0 0 ${String(size)} ${String(size)}" width="${String(size * 4)}" height="${String(size * 4)}" shape-rendering="crispEdges"><rect width="100%" height="100%" fill="#fff"/><path fill="#000" d="${raw(path)}"/></svg>`
}
