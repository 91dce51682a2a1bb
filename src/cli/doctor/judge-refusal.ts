// Do Sallyport's refusals reach the client as they were meant?

import type { ProbeReport } from '../../ports/probe.ts'
import type { Asked } from './ask.ts'
import { type Finding, ok, wrong } from './finding.ts'

const dialectOf = (report: ProbeReport | undefined): string =>
  report === undefined ? '' : ` (it was asked in the dialect ${report.dialect})`

/** An error of the proxy's own, in place of the answer it got. */
function notUnderstood(
  asked: Asked,
  url: URL,
  report: ProbeReport | undefined,
): Finding | undefined {
  if (asked.kind === 'fault') return wrong(`${url.host}: no answer: ${asked.reason}`)
  if (asked.status < 500 || report === undefined) return undefined
  return wrong(
    `${url.host}: the proxy does not understand Sallyport's answer and makes ${asked.status} of it` +
      `${dialectOf(report)}: ask at /auth/ with the name of your proxy`,
  )
}

/** A page load has to be sent to the login, with the way back exactly as it was asked for. */
export function judgeLogin(
  url: URL,
  asked: Asked,
  publicUrl: string,
  report: ProbeReport | undefined,
): Finding {
  const failed = notUnderstood(asked, url, report)
  if (failed !== undefined || asked.kind === 'fault') return failed ?? wrong(url.host)
  const location = asked.headers['location']?.[0] ?? ''
  const [login = '', way = ''] = location.split('?rd=')
  if (![302, 303, 307].includes(asked.status) || login !== `${publicUrl}/login`)
    return wrong(
      `${url.host}: a page load is answered with ${asked.status}${location === '' ? '' : ` to ${location.slice(0, 300)}`} ` +
        `instead of a redirect to ${publicUrl}/login${dialectOf(report)}`,
    )
  if (way !== encodeURIComponent(url.href))
    return wrong(
      `${url.host}: after the login people would come to ${decode(way).slice(0, 300)} instead of ${url.href}`,
    )
  return ok(`${url.host}: page loads are sent to the login and come back`)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** A script needs 401 with a challenge, which for a resource names its metadata (RFC 9728 §5.1). */
export function judgeChallenge(
  url: URL,
  asked: Asked,
  metadata: string | undefined,
  report: ProbeReport | undefined,
): Finding {
  const failed = notUnderstood(asked, url, report)
  if (failed !== undefined || asked.kind === 'fault') return failed ?? wrong(url.host)
  const [challenge, ...more] = asked.headers['www-authenticate'] ?? []
  if (asked.status !== 401)
    return wrong(`${url.host}: a program without a credential gets ${asked.status} instead of 401`)
  if (challenge === undefined)
    return wrong(`${url.host}: WWW-Authenticate does not survive on 401: the proxy drops it`)
  if (more.length > 0)
    return wrong(`${url.host}: WWW-Authenticate is there ${more.length + 1} times on 401`)
  if (metadata !== undefined && !challenge.includes(`resource_metadata="${metadata}"`))
    return wrong(
      `${url.host}: WWW-Authenticate does not name ${metadata}, but says: ${challenge.slice(0, 300)}`,
    )
  return ok(`${url.host}: WWW-Authenticate survives on 401`)
}

/** A token that lacks a scope: the challenge is on a 403, where some proxies drop it (RFC 6750 §3.1). */
export function judgeStepUp(url: URL, asked: Asked, report: ProbeReport | undefined): Finding {
  const failed = notUnderstood(asked, url, report)
  if (failed !== undefined || asked.kind === 'fault') return failed ?? wrong(url.host)
  if (asked.status !== 403)
    return wrong(`${url.host}: an answer 403 reaches the client as ${asked.status}`)
  const [challenge = ''] = asked.headers['www-authenticate'] ?? []
  return challenge.includes('insufficient_scope')
    ? ok(`${url.host}: WWW-Authenticate survives on 403`)
    : wrong(
        `${url.host}: WWW-Authenticate does not survive on 403: clients cannot ask for the missing scope`,
      )
}
