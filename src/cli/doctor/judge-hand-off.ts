// Can a login get to a host that its cookie does not reach? The host's hand-off path has to lead to Sallyport (R24).

import type { Settings } from '../../config/settings.ts'
import { createReach } from '../../protocol/cookie-reach.ts'
import type { Asked } from './ask.ts'
import { type Finding, ok, wrong } from './finding.ts'

/** What to ask on the host of `url`; undefined when the login's own cookie arrives there. */
export function handOffUrlOf(settings: Settings, url: URL): URL | undefined {
  const { publicUrl, cookie, handOff } = settings
  const { domain } = cookie
  const reachOf = createReach({ loginHost: publicUrl.hostname, domain, scope: handOff.scope })
  if (reachOf(url.hostname).kind !== 'own') return undefined
  return new URL(`${handOff.path}/start?rd=${encodeURIComponent(url.href)}`, url)
}

/** Judges the answer: Sallyport sends the browser on to the login host. */
export function judgeHandOff(asked: Asked, url: URL, publicUrl: string): Finding {
  const what = `${url.host}: the hand-off path ${url.pathname}`
  if (asked.kind === 'fault') return wrong(`${what} cannot be reached: ${asked.reason}`)
  const location = asked.headers['location']?.[0] ?? ''
  return asked.status === 302 && location.startsWith(`${publicUrl}/handoff?`)
    ? ok(`${what} leads to Sallyport`)
    : wrong(
        `${what} is answered with ${asked.status} by somebody else: lead it to Sallyport, without a ` +
          'decision, or nobody can sign in on this host',
      )
}
