// What an application that uses an SDK brings along: a place for credentials, an address on loopback where the
// browser comes back, and somebody to tell where to send it. Talks to the test in JSON lines.

import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'

/** Tells the test something. */
export const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`)

/** The lines that the test writes, one by one. */
export const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

/** Waits on a free port of loopback for the answer to an authorization request. */
async function listenForAnswers() {
  const answers = []
  const waiting = []
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://localhost')
    if (url.pathname !== '/callback') return response.writeHead(404).end()
    response.end('You may close this page.')
    const next = waiting.shift()
    if (next === undefined) answers.push(url.searchParams)
    else next(url.searchParams)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    redirectUrl: `http://localhost:${server.address().port}/callback`,
    next: () =>
      answers.length > 0
        ? Promise.resolve(answers.shift())
        : new Promise((resolve) => waiting.push(resolve)),
    close: () => server.close(),
  }
}

/**
 * An `OAuthClientProvider`, which both generations of the SDK take.
 *
 * @param documentUrl address of a client-id document; without one the client registers
 * @param grantTypes what it registers for
 */
export async function createHost(
  name,
  { documentUrl, grantTypes = ['authorization_code', 'refresh_token'] } = {},
) {
  const answers = await listenForAnswers()
  const kept = {}
  const provider = {
    redirectUrl: answers.redirectUrl,
    clientMetadata: {
      client_name: name,
      redirect_uris: [answers.redirectUrl],
      grant_types: grantTypes,
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    ...(documentUrl && { clientMetadataUrl: documentUrl }),
    state: () => {
      kept.state = randomBytes(16).toString('base64url')
      return kept.state
    },
    clientInformation: () => kept.client,
    saveClientInformation: (client) => {
      kept.client = client
    },
    tokens: () => kept.tokens,
    saveTokens: (tokens) => {
      kept.tokens = tokens
    },
    codeVerifier: () => kept.verifier,
    saveCodeVerifier: (verifier) => {
      kept.verifier = verifier
    },
    discoveryState: () => kept.discovery,
    saveDiscoveryState: (state) => {
      kept.discovery = state
    },
    redirectToAuthorization: (url) => say({ authorize: url.href }),
  }
  /** The parameters of the answer. Throws when it is an error or not the answer to our request. */
  const answer = async () => {
    const parameters = await answers.next()
    if ((parameters.get('state') ?? undefined) !== kept.state)
      throw new Error('The answer has another state')
    if (!parameters.has('code')) throw new Error(`The answer is ${parameters}`)
    return parameters
  }
  return { provider, kept, answer, close: answers.close }
}

const textOf = (result) => result.content.map(({ text }) => text).join()

/** Uses every tool that takes no more than the usual scope. */
export async function useTools(client) {
  const { tools } = await client.listTools()
  const call = async (name, given = {}) => textOf(await client.callTool({ name, arguments: given }))
  return {
    tools: tools.map(({ name }) => name),
    hello: JSON.parse(await call('hello-world')),
    sum: await call('add_numbers', { a: 2, b: 40 }),
    product: await call('multiply_numbers', { a: 6, b: 7 }),
  }
}

/** Asks again after the person has agreed, as often as the error is that of a missing authorization. */
export async function withConsent({ isUnauthorized, finish, answer }, attempt) {
  try {
    return await attempt()
  } catch (fault) {
    if (!isUnauthorized(fault)) throw fault
    await finish(await answer())
    return attempt()
  }
}

/** What is worth telling of the credentials; never the tokens themselves. */
export const describe = ({ client, tokens }) => ({
  clientId: client.client_id,
  scope: tokens.scope,
  tokenType: tokens.token_type,
  refreshes: tokens.refresh_token !== undefined,
})
