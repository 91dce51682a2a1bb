// The only place that builds a Response: pages, redirects and JSON with the headers each must carry.

import { randomBytes } from 'node:crypto'

/** Markup made by `hono/html`: escaped by default. */
export type Html = { toString: () => string } | Promise<{ toString: () => string }>

type Common = {
  /** Complete `Set-Cookie` values. */
  readonly cookies?: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
}

const permissions =
  'accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), ' +
  'gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()'

function headersOf(own: Readonly<Record<string, string>>, common: Common): Headers {
  const headers = new Headers({ 'Cache-Control': 'no-store', ...own, ...common.headers })
  for (const cookie of common.cookies ?? []) headers.append('Set-Cookie', cookie)
  return headers
}

export type PageOptions = {
  /**
   * Origins besides our own that a form of this page may lead to. Browsers apply form-action to the
   * redirects after a POST too, so the return URL's origin belongs here.
   */
  readonly formAction?: readonly string[]
  /** The page has a script with the nonce, which may ask us, and these origins besides. */
  readonly script?: { readonly connect: readonly string[] } | undefined
  /** Instead of the usual policy; gets the nonce. */
  readonly contentSecurityPolicy?: ((nonce: string) => string) | undefined
  readonly https: boolean
}

function usualPolicy(nonce: string, { formAction = [], script }: PageOptions): string {
  const scripts = script
    ? `script-src 'nonce-${nonce}'; connect-src ${["'self'", ...script.connect].join(' ')}; `
    : ''
  return (
    `default-src 'none'; ${scripts}style-src 'nonce-${nonce}'; img-src 'self'; ` +
    `form-action ${["'self'", ...formAction].join(' ')}; frame-ancestors 'none'; base-uri 'none'`
  )
}

/**
 * The headers of every page (R129); `nonce` admits the page's one style element and its script. Pages speak the language
 * that was asked for, which whoever keeps one in spite of `no-store` must know (RFC 9110 §12.5.5).
 */
export function pageHeaders(nonce: string, options: PageOptions): Readonly<Record<string, string>> {
  const { contentSecurityPolicy } = options
  return {
    'Cache-Control': 'no-store',
    'Content-Type': 'text/html; charset=utf-8',
    Vary: 'Accept-Language',
    'Content-Security-Policy': contentSecurityPolicy?.(nonce) ?? usualPolicy(nonce, options),
    'X-Frame-Options': 'DENY',
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': permissions,
    ...(options.https ? { 'Strict-Transport-Security': 'max-age=31536000' } : {}),
  }
}

/**
 * An HTML page under the strict policy of R129.
 *
 * @param render gets the nonce for the page's one style element
 */
export async function page(
  status: number,
  render: (nonce: string) => Html,
  options: Common & PageOptions,
): Promise<Response> {
  const nonce = randomBytes(16).toString('base64url')
  const headers = headersOf(pageHeaders(nonce, options), options)
  return new Response(String(await render(nonce)), { status, headers })
}

/**
 * A redirect to an address that was accepted before. 303 after a POST, 302 after a GET; 307 repeats what was sent (R67),
 * so it answers a GET only, where mcpauth's users expect it.
 */
export function redirect(
  status: 302 | 303 | 307,
  location: string,
  options: Common = {},
): Response {
  const headers = headersOf(
    { Location: location, 'Content-Length': '0', 'Referrer-Policy': 'no-referrer' },
    options,
  )
  return new Response(null, { status, headers })
}

/** A JSON answer. `body` must not hold anything a client sent unless it was validated. */
export function json(status: number, body: unknown, options: Common = {}): Response {
  const headers = headersOf(
    { 'Content-Type': 'application/json', 'X-Content-Type-Options': 'nosniff' },
    options,
  )
  return new Response(JSON.stringify(body), { status, headers })
}

/** A script of our own, the same for everybody. Only a page that names it with its nonce runs it. */
export function script(source: string): Response {
  const headers = headersOf(
    {
      'Content-Type': 'text/javascript; charset=utf-8',
      'Cache-Control': 'public, max-age=3600',
      'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
      'X-Content-Type-Options': 'nosniff',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Referrer-Policy': 'no-referrer',
    },
    {},
  )
  return new Response(source, { headers })
}

export type Picture = { readonly type: string; readonly body: Uint8Array<ArrayBuffer> }

/** A picture of our own. Opened by itself it can do nothing: an SVG is a document too. */
export function picture({ type, body }: Picture): Response {
  const headers = headersOf(
    {
      'Content-Type': type,
      'Cache-Control': 'public, max-age=3600',
      'Content-Security-Policy':
        "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'",
      'X-Content-Type-Options': 'nosniff',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Referrer-Policy': 'no-referrer',
    },
    {},
  )
  return new Response(body, { headers })
}

/** An answer without a body: preflights. */
export function empty(status: number, options: Common = {}): Response {
  return new Response(null, { status, headers: headersOf({}, options) })
}

/** CORS for documents that anyone may read: every origin, never credentials (R131). */
export const publicCors: Readonly<Record<string, string>> = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Methods': 'GET, POST, OPTIONS',
  'Access-Control-Allow-Headers': 'Authorization, Content-Type, DPoP, MCP-Protocol-Version',
  'Access-Control-Expose-Headers': 'WWW-Authenticate, DPoP-Nonce, Retry-After',
  'Access-Control-Max-Age': '600',
}
