// What an answer to a decision depends on, and what it consists of.

import type { Decision } from '../access/decide.ts'
import type { IdentityHeader } from '../access/identity-headers.ts'
import type { Route } from '../access/rules.ts'
import type { DialectRefusal } from '../protocol/dialects.ts'
import {
  formatOriginalUrl,
  type OriginalRequest,
  type RequestRefusal,
} from '../protocol/forwarded-request.ts'
import { maxReturnUrlBytes } from '../protocol/return-url.ts'
import type { Html } from './reply.ts'

/** Why a request was refused before anybody asked who sends it. */
export type CallRefusal =
  | DialectRefusal
  | RequestRefusal
  | 'untrusted-peer'
  | 'no-rule'
  | 'ambiguous-path'

export type Refused = {
  readonly kind: 'refused'
  readonly reason: CallRefusal
  /** Undefined: it was not understood, or not read. For the log alone. */
  readonly request: OriginalRequest | undefined
}

/** Everything an answer depends on. */
export type Outcome =
  | Refused
  | {
      readonly kind: 'decided'
      readonly request: OriginalRequest
      readonly route: Route
      readonly pageLoad: boolean
      readonly decision: Decision
      /** The Cookie header without ours, for a proxy that takes one over; undefined: none. */
      readonly applicationCookies: string | undefined
      readonly acceptLanguage: string | undefined
      /** Whoever asks knows no challenge but that for name and password. */
      readonly knowsBasicOnly?: boolean
    }

export type Answer = {
  readonly status: 200 | 302 | 303 | 401 | 403 | 503
  /** Flat: name, value, name, value ... Each name once. */
  readonly headers: readonly string[]
  readonly body: string
}

export type RefusalPageContent = {
  readonly account: string
  readonly reason: 'not-on-list' | 'unverified-email'
  readonly decisionId: string
  readonly switchUrl: string
  readonly logoutUrl: string
}

export type ReplySettings = {
  /** Without trailing slash. */
  readonly publicUrl: string
  readonly realm: string
  readonly identityHeaders: readonly IdentityHeader[]
  readonly https: boolean
  readonly newNonce: () => string
  /** In the language that `Accept-Language` asks for; it must fit into 4 KiB. */
  readonly refusalPage: (
    nonce: string,
    content: RefusalPageContent,
    acceptLanguage: string | undefined,
  ) => Html
}

export type ReplyContext = {
  readonly vocabulary: 'full' | 'status-only'
  readonly decisionId: string
}

/** Nobody may keep an answer: it holds for one request. */
export const noStore = ['Cache-Control', 'no-store'] as const

/** The id of a refusal for proxies that drop its body (nginx). */
export const decisionIdHeader = 'X-Decision-Id'

/** An answer with a JSON body. */
export function jsonAnswer(
  status: Answer['status'],
  body: Readonly<Record<string, string>>,
  headers: readonly string[] = [],
): Answer {
  return {
    status,
    headers: [...noStore, 'Content-Type', 'application/json', ...headers],
    body: JSON.stringify(body),
  }
}

// The headers of a refusal have 4 KiB together (rule 12), and one of them is an address with this in it.
const longestParameter = 3000

/**
 * The return URL of a request, encoded for a query; the start page of its host when the whole would not be taken back,
 * or leaves no room for the other headers of a refusal.
 */
export function returnParameterOf(request: OriginalRequest): string {
  const url = formatOriginalUrl(request)
  const encoded = url.length <= maxReturnUrlBytes ? encodeURIComponent(url) : undefined
  return encoded !== undefined && encoded.length <= longestParameter
    ? encoded
    : encodeURIComponent(`${request.scheme}://${request.host}/`)
}
