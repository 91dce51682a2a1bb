// The two questions a proxy may ask: may this request pass (`/auth`), and may this tunnel be opened (`/_ws_tunnel`).

import type { CompiledPolicy, RouteMatch } from '../access/rules.ts'
import type { MaybePromise } from '../ports/runtime.ts'
import type { Credential } from '../protocol/credentials.ts'
import type { OriginalRequest } from '../protocol/forwarded-request.ts'
import type { Answer, Outcome, ReplyContext, ReplySettings } from './decision-answer.ts'
import { type Asking, type CookieSettings, readRouteCredential } from './decision-credential.ts'
import { formatOutcome } from './decision-reply.ts'

/** What differs between the questions; everything else of a decision is the same. */
export type Door = {
  readonly match: (policy: CompiledPolicy, request: OriginalRequest) => RouteMatch
  readonly readCredential: (asking: Asking, settings: CookieSettings) => Credential
  readonly format: (
    outcome: Outcome,
    settings: ReplySettings,
    context: ReplyContext,
  ) => MaybePromise<Answer>
}

export const gateDoor: Door = {
  match: (policy, request) => policy.match(request),
  readCredential: readRouteCredential,
  format: formatOutcome,
}
