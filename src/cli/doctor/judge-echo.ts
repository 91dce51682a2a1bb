// What does an application see? Judged by the answer of one that shows the headers it got, in whatever form.

import type { IdentityHeader } from '../../access/identity-headers.ts'
import { type Finding, notChecked, ok, wrong } from './finding.ts'

export type EchoExchange = {
  readonly url: URL
  readonly status: number
  readonly body: string
  /** Value of a header that no proxy touches: in the answer only if that shows headers. */
  readonly control: string
  /** What was sent under the name of each identity header. */
  readonly forged: ReadonlyMap<string, string>
  /** What Sallyport puts there; empty for none. */
  readonly expected: ReadonlyMap<string, string>
  /** The session cookie's value. */
  readonly credential: string
}

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

// `Name: value`, `"name": "value"`, `"name": ["value"]` and `["Name","value"]`.
const shows = (body: string, name: string, value: string): boolean =>
  new RegExp(`${literal(name)}["']?\\s*[:=,]\\s*\\[?\\s*["']?${literal(value)}`, 'i').test(body)

function judgeHeader(name: string, echo: EchoExchange): Finding {
  const { url, body, forged, expected } = echo
  const claim = forged.get(name) ?? ''
  if (claim !== '' && body.includes(claim))
    return wrong(
      `${url.host}: ${name} of a client reaches the application: anybody can say who they are; the proxy ` +
        "has to replace it by the one in Sallyport's answer, also when that is empty",
    )
  const value = expected.get(name) ?? ''
  if (value === '') return ok(`${url.host}: ${name} of a client is removed`)
  return shows(body, name, value)
    ? ok(`${url.host}: ${name} reaches the application, and a client's is removed`)
    : wrong(`${url.host}: ${name} does not reach the application: the proxy does not copy it`)
}

/** One finding for each identity header, and one for the session cookie (R11, R25). */
export function judgeEcho(
  headers: readonly IdentityHeader[],
  echo: EchoExchange,
): readonly Finding[] {
  const { url, status, body, control, credential } = echo
  if (status === 401 || status === 302)
    return [
      notChecked(`identity headers: ${url.href} asks for a login (${status}) despite a session`),
    ]
  if (status === 403)
    return [notChecked(`identity headers: the person of --as may not use ${url.href}`)]
  if (!body.includes(control))
    return [
      notChecked(
        `identity headers: the answer of ${url.href} (${status}) does not show the request's headers`,
      ),
    ]
  const cookie = body.includes(credential)
    ? wrong(
        `${url.host}: the session cookie reaches the application, which can act as its visitors; ` +
          'the proxy has to take it out',
      )
    : ok(`${url.host}: the session cookie stays at the gate`)
  return [...headers.map(({ name }) => judgeHeader(name, echo)), cookie]
}
