// A client that is known by a document about it. Documents of this machine count in development mode only.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DocumentServer, startDocumentServer } from './support/document-server.ts'
import { waitForUse } from './support/mcp-answers.ts'
import { compatibilityTitle } from './support/mcp-compatibility.ts'
import { type McpStage, mcpUrls, startMcpStage } from './support/mcp-stage.ts'

let mcp: McpStage
let documents: DocumentServer
beforeAll(async () => {
  mcp = await startMcpStage({ development: true })
  documents = await startDocumentServer(mcp.stage.certificates)
})
afterAll(async () => {
  await documents?.close()
  await mcp?.stop()
})

// As Claude Code has it: without port, and the requests come with one.
const documentOf = (address: string, name: string) => ({
  client_id: address,
  client_name: name,
  redirect_uris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
})

const drive = (address: string) =>
  mcp.drive('sdk-2.mjs', [mcpUrls.stateless, 'http', 'plain', '--document', address])

describe(compatibilityTitle('sdk-2-document'), () => {
  test('gets from the URL to the tools without a registration', async () => {
    const address = `${documents.origin}/client.json`
    documents.publish('/client.json', documentOf(address, 'Documented client'))
    const run = drive(address)
    const use = await waitForUse(run)
    expect(use.clientId).toBe(address)
    expect(use.used.hello.user).toBe('alice@example.com')
    expect(await run.ended()).toBe(0)
    expect(documents.asked()).toContain('/client.json')
    const consent = mcp.person.pages().find(({ answer }) => answer.body.includes('"decision"'))
    expect(consent?.answer.body).toContain('localhost')
  })

  test('gets nowhere with a document that names another client (AS-46)', async () => {
    const address = `${documents.origin}/other.json`
    documents.publish('/other.json', documentOf(`${documents.origin}/client.json`, 'Other'))
    const run = drive(address)
    const last = () => mcp.person.pages().at(-1)
    await expect.poll(() => last()?.url.pathname, { timeout: 10_000 }).toBe('/authorize')
    expect(last()?.status).toBe(400)
    await run.stop()
    expect(run.output()).not.toContain('"used"')
  })
})
