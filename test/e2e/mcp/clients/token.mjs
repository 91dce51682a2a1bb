// Gets an access token for an MCP server, for tests that look at the way behind it: node token.mjs <url>

import { auth } from '@modelcontextprotocol/client'
import { createHost, say } from './host.mjs'

const [serverUrl] = process.argv.slice(2)
const { provider, kept, answer, close } = await createHost('Token for a test')
await auth(provider, { serverUrl })
const parameters = await answer()
await auth(provider, {
  serverUrl,
  authorizationCode: parameters.get('code'),
  iss: parameters.get('iss') ?? undefined,
})
say({ accessToken: kept.tokens.access_token })
close()
process.exit(0)
