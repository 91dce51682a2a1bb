// Did the proxy put its question to Sallyport rightly? Judged by what arrived there.

import type { ProbeReport } from '../../ports/probe.ts'
import type { Asked } from './ask.ts'
import { type Finding, notChecked, ok, warning, wrong } from './finding.ts'

const forwarded = ['x-forwarded-method', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-uri']

const spelled = (name: string): string =>
  name.replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase())

/** What the dialect's headers have to say about a GET of this address. */
function expectedOf({ dialect }: ProbeReport, url: URL): readonly (readonly [string, string])[] {
  if (dialect === 'ingress-nginx')
    return [
      ['x-original-url', url.href],
      ['x-original-method', 'GET'],
    ]
  const values = ['GET', url.protocol.slice(0, -1), url.host, `${url.pathname}${url.search}`]
  return forwarded.map((name, at) => [name, values[at] ?? ''])
}

function judgeHeaders(report: ProbeReport, url: URL): readonly Finding[] {
  const expected = expectedOf(report, url)
  const findings: Finding[] = []
  for (const [name, value] of expected) {
    const came = report.forwarded.filter(([given]) => given === name).map(([, given]) => given)
    const header = spelled(name)
    // With a path prefix Envoy needs no such header.
    if (
      came.length === 0 &&
      report.dialect === 'envoy' &&
      report.outcome !== 'missing-forwarding-header'
    )
      continue
    if (came.length === 0)
      findings.push(wrong(`${url.host}: the proxy does not send ${header} to Sallyport`))
    else if (came.length > 1)
      findings.push(
        wrong(
          `${url.host}: ${header} arrives ${came.length} times: the proxy has to replace the client's`,
        ),
      )
    else if (came[0] !== value)
      findings.push(wrong(`${url.host}: ${header} is "${came[0]}", expected "${value}"`))
  }
  return findings
}

function judgeOutcome(report: ProbeReport, host: string): readonly Finding[] {
  const { outcome, dialect, peer } = report
  switch (outcome) {
    case 'untrusted-peer':
      return [
        wrong(
          `${host}: Sallyport does not trust the proxy at ${peer}: add this address to "proxy.trusted"`,
        ),
      ]
    case 'two-dialects':
      return [
        wrong(
          `${host}: the question has headers of two proxies and is asked in the dialect ${dialect}: ` +
            'ask at /auth/ with the name of your proxy, and remove X-Original-Url and -Method',
        ),
      ]
    case 'wrong-decision-method':
      return [wrong(`${host}: the proxy has to ask with GET in the dialect ${dialect}`)]
    case 'no-rule':
      return [wrong(`${host}: Sallyport finds no rule for what the proxy says was asked`)]
    case 'login':
    case 'challenge':
    case 'step-up':
    case 'missing-forwarding-header':
    case 'repeated-forwarding-header':
      return []
    default:
      return [wrong(`${host}: Sallyport refuses the question: ${outcome}`)]
  }
}

const without: Readonly<Record<string, string>> = {
  cookie: 'nobody stays signed in',
  authorization: 'tokens are not seen',
}

function judgeNames({ names }: ProbeReport, host: string, sent: readonly string[]) {
  const lost = sent.filter((name) => !names.includes(name))
  const findings = lost.map((name) =>
    wrong(`${host}: ${spelled(name)} does not arrive at Sallyport: ${without[name]}`),
  )
  if (names.includes('x-forwarded-for')) return findings
  const hidden = `${host}: X-Forwarded-For does not arrive: logs show the proxy instead of clients`
  return [...findings, warning(hidden)]
}

/**
 * Judges what arrived of a plain request for `url`.
 *
 * @param sent credentials it had, by header name in lower case
 */
export function judgeQuestion(
  url: URL,
  report: ProbeReport,
  sent: readonly ('cookie' | 'authorization')[],
): readonly Finding[] {
  if (report.outcome === 'untrusted-peer') return judgeOutcome(report, url.host)
  const findings = [
    ...judgeHeaders(report, url),
    ...judgeOutcome(report, url.host),
    ...judgeNames(report, url.host, sent),
  ]
  if (findings.some(({ grade }) => grade === 'wrong')) return findings
  return [ok(`${url.host}: the proxy asks rightly, in the dialect ${report.dialect}`), ...findings]
}

/** What the answer says when Sallyport has reported nothing. */
export function judgeUnreported(url: URL, asked: Asked): Finding {
  const { host } = url
  if (asked.kind === 'fault')
    return wrong(`${host}: cannot be reached through its public address: ${asked.reason}`)
  const { status, body } = asked
  if (status >= 500)
    return wrong(
      `${host}: answers ${status}, and no question reached Sallyport: does it run, and does the proxy ` +
        'ask where it listens for decisions?',
    )
  if (status === 401 || body.includes('"decision_id"'))
    return notChecked(
      `${host}: what the proxy asks. Sallyport answered ${status} but reported nothing: the proxy does not ` +
        'hand on User-Agent, or that Sallyport has another database',
    )
  return wrong(`${host}: answers ${status} without a question to Sallyport: it is not protected`)
}
