// Decision -> answer, in the words the asking proxy understands. Formats only; `decision-endpoint.ts` writes it.

import type { Decision } from '../access/decide.ts'
import { formatIdentityHeaders } from '../access/identity-headers.ts'
import type { MaybePromise } from '../ports/runtime.ts'
import type { Identity } from '../protocol/identity.ts'
import { formatLogin, formatRefusedCredential, formatStepUp } from './challenge-answer.ts'
import {
  type Answer,
  decisionIdHeader,
  jsonAnswer,
  noStore,
  type Outcome,
  type RefusalPageContent,
  type ReplyContext,
  type ReplySettings,
  returnParameterOf,
} from './decision-answer.ts'
import { formatInsufficient } from './insufficient-answer.ts'
import { pageHeaders } from './reply.ts'

/** What the refusal page calls an account: the address, else the name, else the subject. */
export const accountLabel = (identity: Identity): string =>
  identity.email ??
  identity.unverifiedEmail ??
  identity.preferredUsername ??
  identity.name ??
  identity.subject

/**
 * Where the links of a refusal lead; also where a status-only proxy can send a page load.
 *
 * @param rd the return URL, encoded for a query
 */
export function refusalLinks(publicUrl: string, rd: string, decisionId: string) {
  return {
    switchUrl: `${publicUrl}/login?prompt=select_account&rd=${rd}`,
    logoutUrl: `${publicUrl}/logout`,
    refusedUrl: `${publicUrl}/refused?id=${decisionId}&rd=${rd}`,
  }
}

async function refusalPageAnswer(
  content: RefusalPageContent,
  acceptLanguage: string | undefined,
  settings: ReplySettings,
): Promise<Answer> {
  const nonce = settings.newNonce()
  const headers = Object.entries(pageHeaders(nonce, { https: settings.https })).flat()
  const page = await settings.refusalPage(nonce, content, acceptLanguage)
  return { status: 403, headers, body: String(page) }
}

function formatForbidden(
  outcome: Extract<Outcome, { kind: 'decided' }>,
  decision: Extract<Decision, { kind: 'forbid' }>,
  settings: ReplySettings,
  { vocabulary, decisionId }: ReplyContext,
): MaybePromise<Answer> {
  const { identity, reason } = decision
  const links = refusalLinks(settings.publicUrl, returnParameterOf(outcome.request), decisionId)
  if (outcome.pageLoad && outcome.route.kind === 'rule' && vocabulary === 'full') {
    return refusalPageAnswer(
      { account: accountLabel(identity), reason, decisionId, ...links },
      outcome.acceptLanguage,
      settings,
    )
  }
  const redirect =
    outcome.pageLoad && outcome.route.kind === 'rule' ? ['X-Auth-Redirect', links.refusedUrl] : []
  return jsonAnswer(403, { error: 'forbidden', reason, decision_id: decisionId }, [
    decisionIdHeader,
    decisionId,
    ...redirect,
  ])
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
    const { decisionId } = context
    const header = [decisionIdHeader, decisionId]
    return jsonAnswer(403, { error: 'forbidden', decision_id: decisionId }, header)
  }
  const { decision } = outcome
  switch (decision.kind) {
    case 'allow': {
      const identity = formatIdentityHeaders(decision.identity, settings.identityHeaders)
      // The session belongs to the gate: an application that sees its cookie can act as its visitors (R25).
      const cookies = outcome.applicationCookies
      const passedOn = cookies === undefined ? [] : ['Cookie', cookies]
      return { status: 200, headers: [...noStore, ...identity, ...passedOn], body: '' }
    }
    case 'login':
      return formatLogin(outcome.request, decision.needs, settings, context.vocabulary)
    case 'challenge':
      return formatRefusedCredential(outcome, decision, settings)
    case 'step-up':
      return formatStepUp(outcome, decision, settings, context.decisionId)
    case 'insufficient':
      return formatInsufficient(outcome, decision, settings, context.decisionId)
    case 'forbid':
      return formatForbidden(outcome, decision, settings, context)
    case 'unavailable':
      return unavailableAnswer
  }
}
