// A GitHub on this machine: the OAuth web flow and the few API calls a login makes, answering from fixtures. Shares no code of ours.

import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fixture } from './provider-fixture.ts'

export type GithubServer = {
  readonly issuer: string
  /** `METHOD /path` of every request. */
  readonly requests: readonly string[]
  /** The query of the last authorization request. */
  readonly asked: () => URLSearchParams
  /** Answers by path of the API, without `/api/v3`; lists are given out in pages. */
  readonly answers: Map<string, unknown>
  /** Status by path, instead of an answer. */
  readonly statuses: Map<string, number>
  readonly close: () => Promise<void>
}

const clientId = 'Iv1.0123456789abcdef'
const clientSecret = '0123456789abcdef0123456789abcdef01234567'

/** What GitHub would show after an app was registered. */
export const githubClient = { clientId, clientSecret }

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return new URLSearchParams(text)
}

function send(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', ...headers })
  response.end(JSON.stringify(body))
}

type Grant = { readonly challenge: string; readonly redirectUri: string; readonly scope: string }

/** Starts it; `/login/oauth` and `/api/v3` as an Enterprise host has them. Everyone is signed in and agrees at once. */
export async function startGithubServer(): Promise<GithubServer> {
  const requests: string[] = []
  const answers = new Map<string, unknown>(
    ['user', 'emails', 'orgs', 'teams'].map((name) => [
      name === 'user' ? '/user' : `/user/${name}`,
      fixture('github', name),
    ]),
  )
  const statuses = new Map<string, number>()
  const grants = new Map<string, Grant>()
  const tokens = new Set<string>()
  let asked = new URLSearchParams()

  function authorize(query: URLSearchParams, response: ServerResponse): void {
    asked = query
    const code = randomBytes(10).toString('hex')
    const redirectUri = query.get('redirect_uri') ?? ''
    const challenge = query.get('code_challenge') ?? ''
    grants.set(code, { challenge, redirectUri, scope: query.get('scope') ?? '' })
    const target = new URL(redirectUri)
    target.searchParams.set('code', code)
    target.searchParams.set('state', query.get('state') ?? '')
    response.writeHead(302, { Location: target.href }).end()
  }

  async function redeem(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = await readForm(request)
    const grant = grants.get(form.get('code') ?? '')
    grants.delete(form.get('code') ?? '')
    const verifier = form.get('code_verifier') ?? ''
    const right =
      grant?.challenge === createHash('sha256').update(verifier).digest('base64url') &&
      grant.redirectUri === form.get('redirect_uri')
    const authentic =
      form.get('client_id') === clientId && form.get('client_secret') === clientSecret
    // GitHub says no with 200.
    if (!authentic) return send(response, 200, { error: 'incorrect_client_credentials' })
    if (!right || grant === undefined)
      return send(response, 200, { error: 'bad_verification_code', error_description: 'Expired.' })
    const token = `gho_${randomBytes(18).toString('hex')}`
    tokens.add(token)
    const scope = grant.scope.replaceAll(' ', ',')
    send(response, 200, { access_token: token, token_type: 'bearer', scope })
  }

  function answerApi(path: string, url: URL, request: IncomingMessage, response: ServerResponse) {
    const [, token = ''] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? []
    if (!tokens.has(token) || !request.headers['user-agent'])
      return send(response, 401, { message: 'Bad credentials' })
    const status = statuses.get(path)
    if (status !== undefined) return send(response, status, { message: 'No' })
    const answer = answers.get(path)
    if (!Array.isArray(answer)) return send(response, answer ? 200 : 404, answer ?? {})
    const size = Number(url.searchParams.get('per_page') ?? 30)
    const page = Number(url.searchParams.get('page') ?? 1)
    const more = answer.length > page * size
    // The address of the next page is a trap: whoever follows it gives the token away.
    const link = { Link: `<http://127.0.0.1:1/next?page=${page + 1}>; rel="next"` }
    send(response, 200, answer.slice((page - 1) * size, page * size), more ? link : {})
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://github.test')
    requests.push(`${request.method} ${url.pathname}`)
    if (url.pathname === '/login/oauth/authorize') authorize(url.searchParams, response)
    else if (url.pathname === '/login/oauth/access_token') void redeem(request, response)
    else if (url.pathname.startsWith('/api/v3/'))
      answerApi(url.pathname.slice('/api/v3'.length), url, request, response)
    else send(response, 404, {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    issuer: `http://127.0.0.1:${port}/login/oauth`,
    requests,
    asked: () => asked,
    answers,
    statuses,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
