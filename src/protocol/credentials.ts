// Authorization header and cookies -> exactly one credential. Nothing is verified here.
// RFC 9110 §11.4, RFC 6750 §2.1

import { type CookieLookup, parseCookies } from './cookies.ts'
import type { EdgeTokenKind } from './edge-token.ts'
import type { OriginalRequest } from './forwarded-request.ts'
import { isPersonalToken } from './personal-token.ts'
import { type HeaderField, type HeaderTable, repeated } from './raw-headers.ts'
import { tokenLimit } from './token-limit.ts'

export type MalformedCredential =
  | 'repeated-authorization'
  | 'malformed-authorization'
  | 'unsupported-scheme'
  | 'token-too-long'
  | 'malformed-session-cookie'
  | 'conflicting-session-cookies'
  | 'conflicting-edge-tokens'
  | 'too-many-cookies'
  | 'cookies-too-long'

/** A DPoP proof with the request it was shown for. */
export type ShownProof = {
  /** Undefined: none, or more than one. */
  readonly value: string | undefined
  readonly method: string
  /** The URL the client asked for. */
  readonly url: string
}

/** A token of edge auth, from a cookie or a header. */
export type EdgeCredential = {
  readonly kind: 'edge'
  readonly token: string
  /** The host it is shown at, with its port. */
  readonly host: string
  /** What the session of a browser has to be for; undefined: a login session. */
  readonly audience: string | undefined
  /** Whether a token of each kind would count, the way it was shown. */
  readonly counts: Readonly<Record<EdgeTokenKind, boolean>>
}

export type Credential =
  | { readonly kind: 'none' }
  | EdgeCredential
  | {
      readonly kind: 'bearer'
      readonly token: string
      /** What it was shown for. */
      readonly request?: OriginalRequest | undefined
    }
  /** Begins like a token of ours; nothing else of it was looked at. */
  | {
      readonly kind: 'personal'
      readonly token: string
      readonly shownAs: 'bearer' | 'basic'
      /** What it was shown for: it is good for some requests only. */
      readonly request?: OriginalRequest | undefined
    }
  /** RFC 9449 §7.1; the proof is what came in the header of that name. */
  | { readonly kind: 'dpop'; readonly token: string; readonly proof?: ShownProof }
  | { readonly kind: 'basic' }
  /** `id` is the cookie's value: secret, to be hashed before it is looked up. */
  | {
      readonly kind: 'session'
      readonly id: string
      /** The host or domain that the session must have been opened for; undefined: a login session. */
      readonly audience?: string | undefined
    }
  | { readonly kind: 'malformed'; readonly reason: MalformedCredential }

const none: Credential = { kind: 'none' }
const malformed = (reason: MalformedCredential): Credential => ({ kind: 'malformed', reason })

// One SP between scheme and token (R12); token68 of RFC 9110 §11.2.
const authorizationPattern = /^([A-Za-z][A-Za-z0-9-]{0,31}) ([A-Za-z0-9._~+/-]+=*)$/

/** The password of Basic credentials, when it is a personal token; git and docker know no other way. RFC 7617 §2 */
function readBasic(encoded: string): Credential {
  const text = Buffer.from(encoded, 'base64').toString('latin1')
  const password = text.slice(text.indexOf(':') + 1)
  if (!text.includes(':') || !isPersonalToken(password)) return { kind: 'basic' }
  return { kind: 'personal', token: password, shownAs: 'basic' }
}

/**
 * Reads the Authorization header. The scheme is compared without case, as RFC 9110 §11.1 has it.
 *
 * @returns `malformed` for two headers, an unknown scheme, more than 8 KiB, or anything but `scheme SP token68`
 */
export function readAuthorization(field: HeaderField): Credential {
  if (field === undefined) return none
  if (field === repeated) return malformed('repeated-authorization')
  if (field.length > tokenLimit + 16) return malformed('token-too-long')
  const [, scheme, token] = authorizationPattern.exec(field) ?? []
  if (scheme === undefined || token === undefined) return malformed('malformed-authorization')
  if (token.length > tokenLimit) return malformed('token-too-long')
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return isPersonalToken(token)
        ? { kind: 'personal', token, shownAs: 'bearer' }
        : { kind: 'bearer', token }
    case 'dpop':
      return { kind: 'dpop', token }
    case 'basic':
      return readBasic(token)
    default:
      return malformed('unsupported-scheme')
  }
}

const sessionIdPattern = /^[A-Za-z0-9_-]{43}$/

function fromLookup(lookup: CookieLookup): Credential {
  switch (lookup.kind) {
    case 'none':
      return none
    case 'conflict':
      return malformed('conflicting-session-cookies')
    case 'one':
      return sessionIdPattern.test(lookup.value)
        ? { kind: 'session', id: lookup.value }
        : malformed('malformed-session-cookie')
  }
}

/** Reads the session cookie out of the Cookie header. */
export function readSessionCookie(field: HeaderField, name: string): Credential {
  if (field === undefined || field === repeated) return none
  const cookies = parseCookies(field)
  return cookies.kind === 'refused' ? malformed(cookies.reason) : fromLookup(cookies.get(name))
}

/** Where a route takes its credential from. */
export type CredentialSource = {
  /** What a session has to be for where the cookie arrived; undefined: a login session. */
  readonly audience?: string | undefined
  /** The Authorization header belongs to the application and is not read. */
  readonly ignoreAuthorization: boolean
  /** Undefined where no cookie counts: OAuth-protected resources. */
  readonly sessionCookie: string | undefined
}

/**
 * The one credential of a request. An Authorization header decides alone, good or bad: it is never mixed
 * with a cookie (R94). Tokens in the query or the body are never looked at (RFC 6750 §5.3).
 */
export function readCredential(headers: HeaderTable, source: CredentialSource): Credential {
  if (!source.ignoreAuthorization && headers.authorization !== undefined) {
    return readAuthorization(headers.authorization)
  }
  if (source.sessionCookie === undefined) return none
  const credential = readSessionCookie(headers.cookie, source.sessionCookie)
  return credential.kind === 'session' && source.audience !== undefined
    ? { ...credential, audience: source.audience }
    : credential
}
