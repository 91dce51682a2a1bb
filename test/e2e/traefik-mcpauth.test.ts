// mcpauth's own Traefik middlewares in front of Sallyport, started with nothing but mcpauth's variables (Q3, Q4, Q10, K16).

import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { answers } from './support/answering.ts'
import { makeCertificates } from './support/certificates.ts'
import {
  ask,
  type EdgeRequest,
  forwardAuth,
  type Passage,
  redirectRegex,
} from './support/forward-auth-client.ts'
import { freePorts, scratchDirectory } from './support/loopback.ts'
import { type RunningProcess, startProcess } from './support/running-process.ts'
import { mainFile, nodeBinary } from './support/sallyport.ts'
import { startTokenIssuer, type TokenIssuer } from './support/token-issuer.ts'

/** As people have them; the address is filled in. */
const middlewares = `
mcp-auth:
  forwardAuth:
    address: ADDRESS
    authResponseHeaders: [X-Forwarded-User]
redirect-regex:
  redirectRegex:
    regex: '^https://[^/]+\\.([^.]+\\.[^./]+)/\\.well-known/(.+)'
    replacement: 'https://oauth.\${1}/.well-known/\${2}'
    permanent: true
`
const file = z.object({
  'mcp-auth': z.object({
    forwardAuth: z.object({ address: z.string(), authResponseHeaders: z.array(z.string()) }),
  }),
  'redirect-regex': z.object({
    redirectRegex: z.object({ regex: z.string(), replacement: z.string() }),
  }),
})
const { 'mcp-auth': auth, 'redirect-regex': redirect } = file.parse(parse(middlewares))

const gateway = 'https://oauth.sep.test'
const server = 'https://mcp.sep.test'
const metadataPath = '/.well-known/oauth-protected-resource'

/** The redirect in a form that keeps the host. */
const hostKept = {
  regex: '^https://([^/]+)/\\.well-known/oauth-protected-resource(.*)',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Traefik's notation
  replacement: 'https://oauth.sep.test/.well-known/oauth-protected-resource/${1}${2}',
}

const scratch = scratchDirectory('mcpauth')
let sallyport: RunningProcess
let issuer: TokenIssuer
let port = 0
beforeAll(async () => {
  const certificates = makeCertificates(scratch.path)
  issuer = await startTokenIssuer(certificates)
  port = (await freePorts(1))[0] ?? 0
  sallyport = await startProcess({
    command: nodeBinary,
    args: [mainFile],
    cwd: scratch.path,
    env: {
      NODE_EXTRA_CA_CERTS: certificates.caFile,
      PORT: String(port),
      OAUTH_DOMAIN: 'oauth.sep.test',
      ISSUER_URL: issuer.issuer,
      CLIENT_ID: 'mcp-server',
      CLIENT_SECRET: 'kFs82-mQpz71LxyW-mCw91',
      ALLOWED_EMAILS: 'carol@example.com',
      DATA_DIR: join(scratch.path, 'data'),
    },
    ready: () => answers(port),
  })
})
afterAll(async () => {
  await sallyport?.stop()
  await issuer?.close()
  scratch.remove()
})

const token = (claims: Readonly<Record<string, unknown>> = {}) =>
  issuer.issue({
    sub: 'carol',
    aud: gateway,
    email: 'carol@example.com',
    email_verified: true,
    ...claims,
  })

const through = (path: string, request: EdgeRequest): Promise<Passage> =>
  forwardAuth({ ...auth.forwardAuth, address: `http://127.0.0.1:${port}${path}` }, request)

async function refusal(path: string, request: EdgeRequest) {
  const passage = await through(path, request)
  if (passage.kind === 'passed') throw new Error('It passed')
  return passage.answer
}

/** A GET as Traefik hands it on to the public port: the host the client asked. */
const get = (url: string, headers: Readonly<Record<string, string>> = {}) => {
  const { host, pathname, search } = new URL(url)
  return ask(`http://127.0.0.1:${port}${pathname}${search}`, 'GET', { host, ...headers })
}

describe("mcpauth's Traefik middlewares (no Traefik)", () => {
  describe.each(['/auth', '/sse'])('forwardAuth to %s', (path) => {
    const url = `${server}/sse`

    test('lets a good token through, with the name the service gives', async () => {
      const headers = {
        authorization: `Bearer ${await token()}`,
        'x-forwarded-user': 'forged',
        'x-forwarded-host': 'elsewhere.example',
        'x-forwarded-uri': '/other',
      }
      const passage = await through(path, { url, headers })
      expect(passage).toMatchObject({
        kind: 'passed',
        headers: { 'x-forwarded-user': 'carol@example.com' },
      })
      // What mcpauth's middleware does not list stays the client's: traefik/dynamic.yml lists all of it.
      const more = await through(path, { url, headers: { ...headers, 'x-forwarded-email': 'x' } })
      expect(more).toMatchObject({ kind: 'passed', headers: { 'x-forwarded-email': 'x' } })
    })

    test('answers a client without a token, and decides about the forwarded host (Q10)', async () => {
      const answer = await refusal(path, { url })
      expect(answer.status).toBe(401)
      const challenge = String(answer.headers['www-authenticate'])
      expect(challenge).toContain(`resource_metadata="${server}${metadataPath}"`)
      const elsewhere = await refusal(path, { url: 'https://mcp.elsewhere.example/sse' })
      expect(elsewhere.status).toBe(403)
    })

    test.each([
      ['of somebody who is not on the list', { email: 'mallory@example.com' }, 403],
      ['for another audience', { aud: 'https://other.example' }, 401],
    ])('refuses a token %s', async (_which, claims, status) => {
      const headers = { authorization: `Bearer ${await token(claims)}` }
      expect((await refusal(path, { url, headers })).status).toBe(status)
    })
  })

  describe('redirectRegex of /.well-known', () => {
    test('leads to the gateway, whose document is of the gateway itself (Q4)', async () => {
      const target = redirectRegex(redirect.redirectRegex, `${server}${metadataPath}`)
      expect(target).toBe(`${gateway}${metadataPath}`)
      const answer = await get(target ?? '', { origin: 'null' })
      expect(answer.status).toBe(200)
      expect(answer.headers['access-control-allow-origin']).toBe('*')
      // The host is lost. A client that compares the resource with the server (RFC 9728 §3.3) stops here.
      expect(JSON.parse(answer.body)).toMatchObject({
        resource: gateway,
        authorization_servers: [issuer.issuer],
      })
    })

    test('that keeps the host leads to the document of the server (Q4)', async () => {
      const target = redirectRegex(hostKept, `${server}${metadataPath}`)
      const answer = await get(target ?? '', { origin: 'null' })
      expect(JSON.parse(answer.body)).toMatchObject({
        resource: server,
        authorization_servers: [issuer.issuer],
      })
    })

    test('is not needed where a router leads the path to the service instead', async () => {
      const answer = await get(`${server}${metadataPath}`)
      expect(JSON.parse(answer.body)).toMatchObject({ resource: server })
    })

    test('of a document that is not ours ends in JSON, which clients that probe understand', async () => {
      const path = '/.well-known/oauth-authorization-server'
      const target = redirectRegex(redirect.redirectRegex, `${server}${path}`)
      const answer = await get(target ?? '')
      expect(answer.status).toBe(404)
      expect(JSON.parse(answer.body)).toEqual({ error: 'not_found' })
    })

    test('sends other domains to somebody else, as it always did', () => {
      const wrong = redirectRegex(
        redirect.redirectRegex,
        `https://mcp.example.co.uk${metadataPath}`,
      )
      expect(wrong).toBe(`https://oauth.co.uk${metadataPath}`)
    })
  })

  test('forwardAuth refuses a preflight, which is why CORS comes before it (K16, H18)', async () => {
    const preflight = { origin: 'https://i.example', 'access-control-request-method': 'POST' }
    const url = `${server}/sse`
    const answer = await refusal('/auth', { method: 'OPTIONS', url, headers: preflight })
    expect(answer.status).toBe(401)
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
  })
})
