// A client with the official TypeScript SDK 1.x: node sdk-1.mjs <url> <http|sse> <plain|step-up|wait> [<package>]

import { createHost, describe, lines, say, useTools, withConsent } from './host.mjs'

const [address, kind, course, from = '@modelcontextprotocol/sdk'] = process.argv.slice(2)
const { UnauthorizedError } = await import(`${from}/client/auth.js`)
const { Client } = await import(`${from}/client/index.js`)
const { SSEClientTransport } = await import(`${from}/client/sse.js`)
const { StreamableHTTPClientTransport } = await import(`${from}/client/streamableHttp.js`)
const Transport = kind === 'sse' ? SSEClientTransport : StreamableHTTPClientTransport
// With a refresh token this generation only refreshes, and gives up: modelcontextprotocol/typescript-sdk#2255.
const stepsUp = course !== 'plain'
const { provider, kept, answer, close } = await createHost('TypeScript SDK 1.x', {
  ...(stepsUp && { grantTypes: ['authorization_code'] }),
})

let transport
let client
const consent = {
  isUnauthorized: (fault) => fault instanceof UnauthorizedError,
  finish: (parameters) => transport.finishAuth(parameters.get('code')),
  answer,
}

await withConsent(consent, async () => {
  transport = new Transport(new URL(address), { authProvider: provider })
  client = new Client({ name: 'sdk-1', version: '1.0.0' })
  await client.connect(transport)
})
const used = await useTools(client)
say({ used, protocol: transport.protocolVersion, ...describe(kept) })

const again = async (name, given) => {
  const result = await withConsent(consent, () => client.callTool({ name, arguments: given }))
  say({ [name]: result.content[0].text, ...describe(kept) })
}
if (course === 'step-up') await again('admin_reset', {})
if (course === 'wait') {
  await lines.next()
  await again('add_numbers', { a: 20, b: 22 })
}
await client.close()
close()
process.exit(0)
