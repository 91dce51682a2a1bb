// GET /auth: read -> match -> authenticate -> decide -> answer, on the raw request. No framework stands in
// between: it would normalise the URL and join repeated headers (proxies.md rules 2 and 3).

import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AuthenticationPorts, authenticate } from '../access/authenticate.ts'
import type { Authentication } from '../access/authentication.ts'
import { decide, needsNoCredential } from '../access/decide.ts'
import { type CompiledPolicy, ignoresAuthorization, type Route } from '../access/rules.ts'
import type { Clock, Log, MaybePromise } from '../ports/runtime.ts'
import {
  answersOf,
  type Dialect,
  dialects,
  envoyPrefix,
  isForwarded,
  readDialect,
  takesCookies,
} from '../protocol/dialects.ts'
import { type OriginalRequest, parseForwardedRequest } from '../protocol/forwarded-request.ts'
import { isPageLoad } from '../protocol/page-load.ts'
import { type HeaderTable, readHeaders, single } from '../protocol/raw-headers.ts'
import { offersBasic } from './challenge-answer.ts'
import { createDeadline } from './deadline.ts'
import type { Answer, CallRefusal, Outcome, Refused, ReplySettings } from './decision-answer.ts'
import { type CookieSettings, readApplicationCookies } from './decision-credential.ts'
import { type Door, gateDoor } from './decision-door.ts'
import { logDecision, refusesNobody } from './decision-log.ts'
import { unavailableAnswer } from './decision-reply.ts'
import { type ReportProbe, readProbeId, reportRefusal } from './doctor-probe.ts'
import type { TrustedPeers } from './trusted-peers.ts'
import { tunnelPath } from './tunnel-door.ts'

export type DecisionSettings = ReplySettings &
  CookieSettings & {
    /** The dialect of `/auth` and of its alias. */
    readonly dialect: Dialect
    /** Alias of `/auth` (mcpauth's PROTECTED_PATH). */
    readonly protectedPath: string
    /** How long a decision may take before it is 503, in milliseconds (R14). */
    readonly budgetMilliseconds: number
    /** Undefined: edge auth is off, and its path is nobody's. */
    readonly tunnel?: Door | undefined
    /** In development a request without any forwarding header is the question itself: no proxy sent it. */
    readonly directWithoutProxy?: boolean
  }

export type DecisionPorts = {
  readonly policy: () => CompiledPolicy
  readonly authentication: AuthenticationPorts
  readonly isTrustedPeer: (address: string | undefined) => boolean
  /** For the log alone. */
  readonly clientAddress: TrustedPeers['clientAddress']
  readonly now: Clock
  readonly log: Log
  readonly newDecisionId: () => string
  /** Undefined: nobody asks for probes. */
  readonly reportProbe?: ReportProbe
}

export type DecisionEndpoint = {
  /** Which dialect a raw request target is asked in; undefined when it is no decision path. */
  readonly dialectOf: (target: string) => Dialect | undefined
  /** Answers one sub-request. Never throws and never leaves it unanswered. */
  readonly answer: (dialect: Dialect, incoming: IncomingMessage, outgoing: ServerResponse) => void
}

/** A request that was understood and found its rule. */
type Matched = {
  readonly request: OriginalRequest
  readonly route: Route
  readonly headers: HeaderTable
  readonly preflight: boolean
}

const tunnelDialects = dialects.filter((dialect) => dialect !== 'direct' && dialect !== 'envoy')

const refused = (reason: CallRefusal, request?: OriginalRequest): Refused => ({
  kind: 'refused',
  reason,
  request,
})

const readPreflight = (request: OriginalRequest, headers: HeaderTable): boolean =>
  request.method === 'OPTIONS' &&
  headers.origin !== undefined &&
  headers['access-control-request-method'] !== undefined

function readMatched(
  dialect: Dialect,
  incoming: IncomingMessage,
  policy: CompiledPolicy,
  settings: DecisionSettings,
): Matched | Refused {
  const headers = readHeaders(incoming.rawHeaders)
  const call = { method: incoming.method ?? '', url: incoming.url ?? '', headers }
  const isDirect = settings.directWithoutProxy === true && !isForwarded(headers)
  const reading = readDialect[isDirect ? 'direct' : dialect](call)
  if (reading.kind === 'refused') return refused(reading.reason)
  const parsed = parseForwardedRequest(reading.parts)
  if (parsed.kind === 'refused') return refused(parsed.reason)
  const { request } = parsed
  const match = doorOf(call.url, settings).match(policy, request)
  if (match.kind === 'none') return refused('no-rule', request)
  if (match.kind === 'ambiguous-path') return refused('ambiguous-path', request)
  return { request, route: match.route, headers, preflight: readPreflight(request, headers) }
}

const anonymous: Authentication = { kind: 'anonymous' }

const doorOf = (target: string, { tunnel }: DecisionSettings): Door =>
  tunnel !== undefined && target.startsWith(tunnelPath) ? tunnel : gateDoor

function addressOf(incoming: IncomingMessage, ports: DecisionPorts): string {
  const forwardedFor = incoming.headers['x-forwarded-for']
  const hops = typeof forwardedFor === 'string' ? forwardedFor : forwardedFor?.join(', ')
  return ports.clientAddress(incoming.socket.remoteAddress, hops)
}

function judge(
  dialect: Dialect,
  incoming: IncomingMessage,
  settings: DecisionSettings,
  ports: DecisionPorts,
): MaybePromise<Outcome> {
  if (!ports.isTrustedPeer(incoming.socket.remoteAddress)) return refused('untrusted-peer')
  const policy = ports.policy()
  const matched = readMatched(dialect, incoming, policy, settings)
  if ('reason' in matched) return matched
  const { request, route, preflight, headers } = matched
  const now = ports.now()
  const conclude = (authentication: Authentication): Outcome => {
    // Only a refusal has to know; parsing Accept for each allow would cost more than its rule.
    const isSettled = authentication.kind === 'authenticated' && route.demand === undefined
    const mayBeSent = route.kind === 'rule' && !isSettled
    const ofApplication = ignoresAuthorization(route)
    const pageLoad = mayBeSent && isPageLoad(request.method, headers, ofApplication)
    const facts = { preflight, pageLoad, now }
    const decision = decide(route, facts, authentication, policy.policy.allow)
    const passesCookies = decision.kind === 'allow' && takesCookies[dialect]
    return {
      kind: 'decided',
      request,
      route,
      pageLoad: decision.kind === 'forbid' && isPageLoad(request.method, headers, ofApplication),
      decision,
      applicationCookies: passesCookies ? readApplicationCookies(headers, settings) : undefined,
      acceptLanguage: single(headers['accept-language']),
      knowsBasicOnly: offersBasic(decision, headers, ports.authentication),
    }
  }
  const door = doorOf(incoming.url ?? '', settings)
  const authentication = needsNoCredential(route, matched)
    ? anonymous
    : authenticate(door.readCredential(matched, settings), route, ports.authentication, now)
  return authentication instanceof Promise
    ? authentication.then(conclude)
    : conclude(authentication)
}

function write(outgoing: ServerResponse, { status, headers, body }: Answer): void {
  if (outgoing.headersSent || outgoing.destroyed) return
  const length = Buffer.byteLength(body)
  outgoing.writeHead(status, [...headers, 'Content-Length', String(length)])
  // Text of one byte a character leaves together with the headers, in one cheap write.
  const encoding = length === body.length ? 'latin1' : 'utf8'
  outgoing.end(outgoing.req.method === 'HEAD' ? '' : body, encoding)
}

/** Makes the decision endpoint. It shares nothing with the public routes but the ports handed in. */
export function createDecisionEndpoint(
  settings: DecisionSettings,
  ports: DecisionPorts,
): DecisionEndpoint {
  const paths = new Map<string, Dialect>(dialects.map((dialect) => [`/auth/${dialect}`, dialect]))
  paths.set('/auth', settings.dialect).set(settings.protectedPath, settings.dialect)
  // The dialect without a proxy believes its own URL; only development's configuration may choose it.
  paths.delete('/auth/direct')
  if (settings.tunnel !== undefined) {
    for (const dialect of tunnelDialects) paths.set(`${tunnelPath}/${dialect}`, dialect)
    paths.set(tunnelPath, settings.dialect)
  }

  const deadline = createDeadline(settings.budgetMilliseconds)
  const fail = (outgoing: ServerResponse, fault: unknown): void => {
    ports.log.error('decision.fault', {}, fault)
    write(outgoing, unavailableAnswer)
  }
  const isAllowed = (outcome: Outcome): boolean =>
    outcome.kind === 'decided' && outcome.decision.kind === 'allow'
  const reply = (
    dialect: Dialect,
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    outcome: Outcome,
  ): MaybePromise<void> => {
    const { reportProbe } = ports
    const id = isAllowed(outcome) || !reportProbe ? undefined : readProbeId(incoming.rawHeaders)
    if (id === undefined || !reportProbe) return answer(dialect, incoming, outgoing, outcome)
    const reported = reportRefusal(id, outcome, { dialect, incoming }, reportProbe)
    const use = (wanted: Outcome) => answer(dialect, incoming, outgoing, wanted)
    deadline.keep(reported, use, (fault) => fail(outgoing, fault))
  }
  const answer = (
    dialect: Dialect,
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    outcome: Outcome,
  ): MaybePromise<void> => {
    const quiet = refusesNobody(outcome)
    const decisionId = quiet ? '' : ports.newDecisionId()
    if (!quiet || ports.log.debugEnabled) {
      const address = addressOf(incoming, ports)
      logDecision(ports.log, outcome, { decisionId, dialect, incoming, address })
    }
    const words = doorOf(incoming.url ?? '', settings).format(outcome, settings, {
      vocabulary: answersOf[dialect],
      decisionId,
    })
    if (words instanceof Promise) return words.then((late) => write(outgoing, late))
    write(outgoing, words)
  }
  return {
    dialectOf: (target) => {
      const end = target.indexOf('?')
      const path = end === -1 ? target : target.slice(0, end)
      return paths.get(path) ?? (path.startsWith(`${envoyPrefix}/`) ? 'envoy' : undefined)
    },
    answer: (dialect, incoming, outgoing) => {
      const failed = (fault: unknown) => fail(outgoing, fault)
      try {
        const outcome = judge(dialect, incoming, settings, ports)
        if (outcome instanceof Promise) {
          deadline.keep(outcome, (late) => reply(dialect, incoming, outgoing, late), failed)
          return
        }
        const written = reply(dialect, incoming, outgoing, outcome)
        if (written instanceof Promise) written.catch(failed)
      } catch (fault) {
        failed(fault)
      }
    },
  }
}
