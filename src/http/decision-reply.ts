// Decision -> answer, in the words the asking proxy understands. Formats only; `decision-endpoint.ts` writes it.

import type { Decision } from '../access/decide.ts'
import { formatIdentityHeaders, type IdentityHeader } from '../access/identity-headers.ts'
import type { Resource, Route } from '../access/rules.ts'
import type { MaybePromise } from '../ports/runtime.ts'
import type { DialectRefusal } from '../protocol/dialects.ts'
import {
  formatOriginalUrl,
  type OriginalRequest,
  type RequestRefusal,
} from '../protocol/forwarded-request.ts'
import type { Identity } from '../protocol/identity.ts'
import { parseResource, protectedResourceMetadataUrl } from '../protocol/resource.ts'
import { formatScope } from '../protocol/scope.ts'
import { bearerChallenge, formatChallenge } from '../protocol/www-authenticate.ts'
import { type Html, pageHeaders } from './reply.ts'

/** Why a request was refused before anybody asked who sends it. */
export type CallRefusal =
  | DialectRefusal
  | RequestRefusal
  | 'untrusted-peer'
  | 'no-rule'
  | 'ambiguous-path'

/** Everything an answer depends on. */
export type Outcome =
  | { readonly kind: 'refused'; readonly reason: CallRefusal }
  | {
      readonly kind: 'decided'
      readonly request: OriginalRequest
      readonly route: Route
      readonly pageLoad: boolean
      readonly decision: Decision
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
  readonly refusalPage: (nonce: string, content: RefusalPageContent) => Html
}

export type ReplyContext = {
  readonly vocabulary: 'full' | 'status-only'
  readonly decisionId: string
}

const noStore = ['Cache-Control', 'no-store'] as const

function jsonAnswer(
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

const longestReturnUrl = 2048

/** The return URL of a request; the start page of its host when the whole would not be taken back. */
export function returnUrlOf(request: OriginalRequest): string {
  const url = formatOriginalUrl(request)
  return url.length <= longestReturnUrl ? url : `${request.scheme}://${request.host}/`
}

const loginUrl = (request: OriginalRequest, settings: ReplySettings): string =>
  `${settings.publicUrl}/login?rd=${encodeURIComponent(returnUrlOf(request))}`

function formatLogin(
  request: OriginalRequest,
  settings: ReplySettings,
  vocabulary: ReplyContext['vocabulary'],
): Answer {
  const location = loginUrl(request, settings)
  if (vocabulary === 'status-only') {
    const challenge = bearerChallenge({ realm: settings.realm })
    return jsonAnswer(401, { error: 'unauthorized', login_url: location }, [
      'WWW-Authenticate',
      challenge,
      'X-Auth-Redirect',
      location,
    ])
  }
  // 303 makes the browser fetch the login page with GET whatever it wanted to send.
  const status = request.method === 'GET' || request.method === 'HEAD' ? 302 : 303
  return { status, headers: [...noStore, 'Location', location], body: '' }
}

/** A wildcard resource stands for the host it was asked on, which its rule has matched. */
function metadataUrl(resource: Resource, request: OriginalRequest): string | undefined {
  const { url } = resource.policy
  const own = url.includes('://*.')
    ? url.replace(/^https?:\/\/[^/]+/, `${request.scheme}://${request.host}`)
    : url
  const parsed = parseResource(own)
  return parsed === undefined ? undefined : protectedResourceMetadataUrl(parsed)
}

function formatRefusedCredential(
  outcome: Extract<Outcome, { kind: 'decided' }>,
  decision: Extract<Decision, { kind: 'challenge' }>,
  settings: ReplySettings,
): Answer {
  const { route, request } = outcome
  const { realm } = settings
  const error = decision.error
  if (decision.scheme === 'Basic') {
    const challenge = formatChallenge({ scheme: 'Basic', parameters: [['realm', realm]] })
    return jsonAnswer(401, { error: error ?? 'unauthorized' }, ['WWW-Authenticate', challenge])
  }
  if (route.kind === 'resource') {
    const scope = formatScope(route.policy.scopes)
    const challenge = bearerChallenge({
      realm,
      error,
      scope: scope === '' ? undefined : scope,
      resourceMetadata: metadataUrl(route, request),
    })
    return jsonAnswer(401, { error: error ?? 'unauthorized' }, ['WWW-Authenticate', challenge])
  }
  const url = loginUrl(request, settings)
  return jsonAnswer(401, { error: error ?? 'unauthorized', login_url: url }, [
    'WWW-Authenticate',
    bearerChallenge({ realm, error }),
    'X-Auth-Login',
    url,
  ])
}

function formatStepUp(
  outcome: Extract<Outcome, { kind: 'decided' }>,
  decision: Extract<Decision, { kind: 'step-up' }>,
  settings: ReplySettings,
  decisionId: string,
): Answer {
  const { route, request } = outcome
  const scope = formatScope(decision.scopes)
  const challenge = bearerChallenge({
    realm: settings.realm,
    error: 'insufficient_scope',
    scope,
    resourceMetadata: route.kind === 'resource' ? metadataUrl(route, request) : undefined,
  })
  return jsonAnswer(403, { error: 'insufficient_scope', scope, decision_id: decisionId }, [
    'WWW-Authenticate',
    challenge,
  ])
}

/** What the refusal page calls an account: the address, else the name, else the subject. */
export const accountLabel = (identity: Identity): string =>
  identity.email ??
  identity.unverifiedEmail ??
  identity.preferredUsername ??
  identity.name ??
  identity.subject

/** Where the links of a refusal lead; also where a status-only proxy can send a page load. */
export function refusalLinks(publicUrl: string, returnUrl: string, decisionId: string) {
  const rd = encodeURIComponent(returnUrl)
  return {
    switchUrl: `${publicUrl}/login?prompt=select_account&rd=${rd}`,
    logoutUrl: `${publicUrl}/logout`,
    refusedUrl: `${publicUrl}/refused?id=${decisionId}&rd=${rd}`,
  }
}

async function refusalPageAnswer(
  content: RefusalPageContent,
  settings: ReplySettings,
): Promise<Answer> {
  const nonce = settings.newNonce()
  const headers = Object.entries(pageHeaders(nonce, { https: settings.https })).flat()
  return { status: 403, headers, body: String(await settings.refusalPage(nonce, content)) }
}

function formatForbidden(
  outcome: Extract<Outcome, { kind: 'decided' }>,
  decision: Extract<Decision, { kind: 'forbid' }>,
  settings: ReplySettings,
  { vocabulary, decisionId }: ReplyContext,
): MaybePromise<Answer> {
  const { identity, reason } = decision
  const links = refusalLinks(settings.publicUrl, returnUrlOf(outcome.request), decisionId)
  if (outcome.pageLoad && outcome.route.kind === 'rule' && vocabulary === 'full') {
    return refusalPageAnswer(
      { account: accountLabel(identity), reason, decisionId, ...links },
      settings,
    )
  }
  const redirect =
    outcome.pageLoad && outcome.route.kind === 'rule' ? ['X-Auth-Redirect', links.refusedUrl] : []
  return jsonAnswer(403, { error: 'forbidden', reason, decision_id: decisionId }, redirect)
}

/** The answer to a fault: never a 2xx and never "not signed in" (R14). */
export const unavailableAnswer: Answer = jsonAnswer(503, { error: 'temporarily_unavailable' }, [
  'Retry-After',
  '5',
])

/**
 * Words a decision for the proxy that asked. Asynchronous only where a page has to be rendered.
 *
 * Every 200 carries every configured identity header exactly once; no other answer carries any (R11).
 */
export function formatOutcome(
  outcome: Outcome,
  settings: ReplySettings,
  context: ReplyContext,
): MaybePromise<Answer> {
  if (outcome.kind === 'refused') {
    return jsonAnswer(403, { error: 'forbidden', decision_id: context.decisionId })
  }
  const { decision } = outcome
  switch (decision.kind) {
    case 'allow': {
      const identity = formatIdentityHeaders(decision.identity, settings.identityHeaders)
      return { status: 200, headers: [...noStore, ...identity], body: '' }
    }
    case 'login':
      return formatLogin(outcome.request, settings, context.vocabulary)
    case 'challenge':
      return formatRefusedCredential(outcome, decision, settings)
    case 'step-up':
      return formatStepUp(outcome, decision, settings, context.decisionId)
    case 'forbid':
      return formatForbidden(outcome, decision, settings, context)
    case 'unavailable':
      return unavailableAnswer
  }
}
