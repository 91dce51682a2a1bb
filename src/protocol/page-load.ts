// Is a person looking at this answer? Only a top-level page load may be sent to a login page.

import { type HeaderTable, single } from './raw-headers.ts'

type MediaRange = { readonly type: string; readonly quality: number }

function parseMediaRange(text: string): MediaRange {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const quality = parameters.find((parameter) => parameter.startsWith('q='))
  const value = quality === undefined ? 1 : Number(quality.slice(2))
  return { type, quality: value >= 0 && value <= 1 ? value : 0 }
}

/**
 * Whether `text/html` is named and beats JSON by q-value; a bare `*\/*` is an API client.
 *
 * @see RFC 9110 §12.5.1
 */
export function prefersHtml(accept: string | undefined): boolean {
  if (accept === undefined || accept.length > 1024) return false
  const ranges = accept.split(',').map(parseMediaRange)
  const best = (type: string): MediaRange | undefined =>
    ranges.filter((range) => range.type === type).sort((a, b) => b.quality - a.quality)[0]
  const html = best('text/html')
  const json = best('application/json')
  if (html === undefined || html.quality === 0) return false
  if (json === undefined || json.quality < html.quality) return true
  // Equal wishes: the one named first was meant.
  return json.quality === html.quality && ranges.indexOf(html) < ranges.indexOf(json)
}

/**
 * Whether the original request is a top-level page load of a browser.
 *
 * The order: an Authorization header, a WebSocket handshake, OPTIONS and gRPC never are; then
 * `Sec-Fetch-Mode`, which tells a page load from a fetch with certainty; then `X-Requested-With`; then `Accept`.
 *
 * @param ofApplication whether Authorization is the application's own: browsers send such a one (Basic) with page loads
 *   too, and the header then proves nothing where `Sec-Fetch-Mode` says what it is
 * @see W3C Fetch Metadata §2
 */
export function isPageLoad(method: string, headers: HeaderTable, ofApplication = false): boolean {
  const isTold = headers['sec-fetch-mode'] !== undefined
  if (headers.authorization !== undefined && !(ofApplication && isTold)) return false
  if (headers.upgrade !== undefined || method === 'OPTIONS') return false
  if (single(headers['content-type'])?.toLowerCase().startsWith('application/grpc')) return false
  if (isTold) {
    const destination = headers['sec-fetch-dest']
    return (
      single(headers['sec-fetch-mode']) === 'navigate' &&
      (destination === undefined || single(destination) === 'document')
    )
  }
  if (headers['x-requested-with'] !== undefined) return false
  return prefersHtml(single(headers.accept))
}
