import { describe, expect, test } from 'vitest'
import type { Authentication } from '../../../src/access/authentication.ts'
import { decide } from '../../../src/access/decide.ts'
import type { Resource } from '../../../src/access/rules.ts'
import type { ReplySettings } from '../../../src/http/decision-answer.ts'
import { formatOutcome } from '../../../src/http/decision-reply.ts'
import { parseForwardedRequest } from '../../../src/protocol/forwarded-request.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'
import { identityOf } from '../../support/identity.ts'

const settings: ReplySettings = {
  publicUrl: 'https://auth.example.com',
  realm: 'sallyport',
  identityHeaders: [],
  https: true,
  newNonce: () => 'nonce',
  refusalPage: () => {
    throw new Error('No page is wanted here')
  },
}

async function answer(authentication: Authentication, dpopRequired: boolean) {
  const host = 'mcp.example.com'
  const parsed = parseForwardedRequest({ method: 'POST', proto: 'https', host, target: '/mcp' })
  if (parsed.kind === 'refused') throw new Error(parsed.reason)
  const url = `https://${host}/mcp`
  const route: Resource = {
    kind: 'resource',
    name: 'mcp',
    policy: { url, scopes: ['tools'], issuers: [], audiences: [], dpopRequired },
    allow: undefined,
    allowPreflight: false,
  }
  const facts = { pageLoad: false, preflight: false, now: epochSeconds(10_000) }
  const decision = decide(route, facts, authentication, [{ anyone: true }])
  const { request } = parsed
  const rest = { pageLoad: false, applicationCookies: undefined, acceptLanguage: undefined }
  const context = { vocabulary: 'full', decisionId: 'k3x9m2p7' } as const
  const outcome = { kind: 'decided', request, route, decision, ...rest } as const
  const { status, headers } = await formatOutcome(outcome, settings, context)
  return [status, headers[headers.indexOf('WWW-Authenticate') + 1]] as const
}

const withoutScope = (credential?: 'dpop'): Authentication => ({
  kind: 'authenticated',
  identity: identityOf(),
  credential,
})
const algorithms = 'algs="ES256 EdDSA Ed25519", '
const rest = 'resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"'

describe('formatStepUp()', () => {
  test.each([
    ['Bearer', undefined, false, ''],
    ['DPoP', undefined, true, algorithms],
    ['DPoP', 'dpop', false, algorithms],
  ] as const)(
    'asks in %s when that was shown or is required (RFC 9449 §7.1)',
    async (scheme, shown, required, algs) => {
      expect(await answer(withoutScope(shown), required)).toEqual([
        403,
        `${scheme} realm="sallyport", ${algs}error="insufficient_scope", scope="tools", ${rest}`,
      ])
    },
  )
})

describe('formatRefusedCredential()', () => {
  test.each([
    ['repeated-authorization', 'invalid_request'],
    ['malformed-authorization', 'invalid_request'],
    ['token-too-long', 'invalid_token'],
    ['bad-proof', 'invalid_dpop_proof'],
  ] as const)(
    'says of %s that it is an %s, with 401 (RFC 6750 §3.1, RS-25)',
    async (reason, error) => {
      const authentication = { kind: 'rejected', reason, credential: 'malformed' } as const
      expect(await answer(authentication, false)).toEqual([
        401,
        `Bearer realm="sallyport", error="${error}", scope="tools", ${rest}`,
      ])
    },
  )
})
