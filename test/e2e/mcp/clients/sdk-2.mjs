// A client with the official TypeScript SDK 2.x:
// node sdk-2.mjs <url> <http|sse> <plain|step-up|wait> [--document <url>] [--era <legacy|auto>] [--dpop]

import { parseArgs } from 'node:util'
import {
  Client,
  DpopSession,
  SSEClientTransport,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client'
import { createHost, describe, lines, say, useTools, withConsent } from './host.mjs'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    document: { type: 'string' },
    era: { type: 'string', default: 'auto' },
    dpop: { type: 'boolean', default: false },
  },
})
const [address, kind, course] = positionals
const Transport = kind === 'sse' ? SSEClientTransport : StreamableHTTPClientTransport
const { provider, kept, answer, close } = await createHost('TypeScript SDK 2.x', {
  documentUrl: values.document,
})
if (values.dpop) {
  const session = DpopSession.create()
  provider.dpop = () => session
}

let transport
let client
const consent = {
  isUnauthorized: (fault) => fault instanceof UnauthorizedError,
  finish: (parameters) => transport.finishAuth(parameters),
  answer,
}

await withConsent(consent, async () => {
  transport = new Transport(new URL(address), { authProvider: provider })
  const versionNegotiation = { mode: values.era }
  client = new Client({ name: 'sdk-2', version: '1.0.0' }, { versionNegotiation })
  await client.connect(transport)
})
const used = await useTools(client)
say({ used, protocol: client.getNegotiatedProtocolVersion?.(), ...describe(kept) })

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
