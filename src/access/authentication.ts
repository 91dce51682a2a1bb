// Who sends a request, as far as that can be said.

import type { TokenRejection } from '../ports/token-verifier.ts'
import type { Assurance } from '../protocol/assurance.ts'
import type { MalformedCredential } from '../protocol/credentials.ts'
import type { EdgeTokenRejection } from '../protocol/edge-token.ts'
import type { Identity } from '../protocol/identity.ts'
import type { PersonalTokenRejection } from './personal-token.ts'

export type RejectionReason =
  | MalformedCredential
  | TokenRejection
  | EdgeTokenRejection
  | PersonalTokenRejection
  | 'unknown-session'
  | 'expired-session'
  | 'idle-session'
  | 'session-of-another-host'
  | 'issuer-not-accepted'
  | 'wrong-audience'
  | 'tokens-not-accepted'
  | 'unsupported-scheme'
  | 'not-sender-constrained'
  | 'bad-proof'

/** How the credential was shown; `dpop` wants another answer than `bearer` (RFC 9449 §7.1). */
export type CredentialKind = 'session' | 'bearer' | 'basic' | 'dpop' | 'malformed'

export type Authentication =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'authenticated'
      readonly identity: Identity
      /** How the person signed in. Absent: nobody says, as with tokens for machines. */
      readonly assurance?: Assurance | undefined
      /** Set when a refusal has to answer in kind (RFC 9449 §7.1). */
      readonly credential?: 'dpop' | undefined
    }
  | {
      readonly kind: 'rejected'
      readonly reason: RejectionReason
      readonly credential: CredentialKind
    }
  /** The store or an issuer could not be asked: never to be read as "anonymous". */
  | { readonly kind: 'unavailable'; readonly dependency: string }

/** The variant `rejected`. */
export const rejected = (
  reason: RejectionReason,
  credential: CredentialKind,
): Extract<Authentication, { kind: 'rejected' }> => ({ kind: 'rejected', reason, credential })
