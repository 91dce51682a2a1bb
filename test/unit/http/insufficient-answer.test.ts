import { describe, expect, test } from 'vitest'
import { type Decision, decide } from '../../../src/access/decide.ts'
import { compilePolicy } from '../../../src/access/rules.ts'
import type { Outcome, ReplySettings } from '../../../src/http/decision-answer.ts'
import { formatOutcome } from '../../../src/http/decision-reply.ts'
import { parseForwardedRequest } from '../../../src/protocol/forwarded-request.ts'
import { epochSeconds, seconds } from '../../../src/protocol/time.ts'
import { identityOf } from '../../support/identity.ts'

const now = epochSeconds(10_000)
const demand = { factor: 2, maxAge: seconds(3600) } as const
const everyone = [{ anyone: true as const }]
const { match } = compilePolicy({
  allow: everyone,
  rules: [{ name: 'bank', host: 'bank.example.com', access: 'required', demand }],
  resources: [
    {
      url: 'https://mcp.example.com/mcp',
      scopes: ['tools'],
      issuers: [],
      audiences: [],
      demand,
      acrValues: ['gold', 'urn:x:2fa'],
    },
  ],
})

const settings: ReplySettings = {
  publicUrl: 'https://auth.example.com',
  realm: 'sallyport',
  identityHeaders: [{ name: 'X-Forwarded-User', value: 'user' }],
  https: true,
  newNonce: () => 'nonce',
  refusalPage: () => {
    throw new Error('No page is wanted here')
  },
}

function outcomeOf(host: string, target: string, pageLoad: boolean): Outcome {
  const parsed = parseForwardedRequest({ method: 'GET', proto: 'https', host, target })
  if (parsed.kind === 'refused') throw new Error('No such request')
  const found = match(parsed.request)
  if (found.kind !== 'route') throw new Error('No such route')
  const authentication = {
    kind: 'authenticated',
    identity: identityOf(),
    assurance: { factors: 1, authenticatedAt: now },
  } as const
  const decision: Decision = decide(
    found.route,
    { pageLoad, preflight: false, now },
    authentication,
    everyone,
  )
  return {
    kind: 'decided',
    request: parsed.request,
    route: found.route,
    pageLoad,
    decision,
    applicationCookies: undefined,
    acceptLanguage: undefined,
  }
}

const answer = async (outcome: Outcome, vocabulary: 'full' | 'status-only' = 'full') => {
  const { status, headers, body } = await formatOutcome(outcome, settings, {
    vocabulary,
    decisionId: 'k3x9m2p7',
  })
  const pairs = headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1]]] : []))
  return { status, headers: Object.fromEntries(pairs), body: body && JSON.parse(body) }
}

const loginUrl = 'https://auth.example.com/login?rd=https%3A%2F%2Fbank.example.com%2Fpay%3Fa%3D1'

describe('formatOutcome() of a sign-in that does not show enough', () => {
  test('says to a script what is missing and where to get it (RFC 9470 §3)', async () => {
    expect(await answer(outcomeOf('bank.example.com', '/pay?a=1', false))).toEqual({
      status: 401,
      headers: {
        'Cache-Control': 'no-store',
        'Content-Type': 'application/json',
        'WWW-Authenticate':
          'Bearer realm="sallyport", error="insufficient_user_authentication", max_age="3600"',
        'X-Decision-Id': 'k3x9m2p7',
        'X-Auth-Login': `${loginUrl}&need=factor`,
      },
      body: {
        error: 'insufficient_user_authentication',
        missing: 'factor',
        login_url: `${loginUrl}&need=factor`,
        decision_id: 'k3x9m2p7',
      },
    })
  })

  test('asks clients of a resource for context and age in one challenge (RFC 9470 §3)', async () => {
    const { status, headers, body } = await answer(outcomeOf('mcp.example.com', '/mcp', false))
    expect([status, body.missing]).toEqual([401, 'factor'])
    expect(headers['WWW-Authenticate']).toBe(
      'Bearer realm="sallyport", error="insufficient_user_authentication", acr_values="gold urn:x:2fa", max_age="3600", resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"',
    )
    expect(headers).not.toHaveProperty('X-Auth-Login')
  })

  test('sends a page load to the login that asks for exactly that', async () => {
    const { status, headers } = await answer(outcomeOf('bank.example.com', '/pay?a=1', true))
    expect([status, headers['Location']]).toEqual([302, `${loginUrl}&need=factor`])
  })

  test('says 401 to proxies that pass no redirect on, with the address (proxies.md rule 10)', async () => {
    const { status, headers } = await answer(
      outcomeOf('bank.example.com', '/pay?a=1', true),
      'status-only',
    )
    expect([status, headers['X-Auth-Redirect']]).toEqual([401, `${loginUrl}&need=factor`])
  })

  test.each([true, false])(
    'keeps its headers below 4 KiB for nginx, page load: %s (rule 12)',
    async (pageLoad) => {
      const target = '/?'.padEnd(2000, '&')
      const { headers } = await answer(
        outcomeOf('bank.example.com', target, pageLoad),
        'status-only',
      )
      const text = JSON.stringify(headers)
      expect(text).toContain(encodeURIComponent('https://bank.example.com/'))
      expect(text.length).toBeLessThan(3800)
    },
  )
})
