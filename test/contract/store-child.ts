// A process of its own on a store, started by `store-processes.ts`.
// Arguments: where the store is (JSON), what to do, and for "take" the flow (JSON).

import { once } from 'node:events'
import { openStore } from '../../src/adapters/sql/open.ts'
import { secret } from '../../src/protocol/secret.ts'
import { epochSeconds } from '../../src/protocol/time.ts'
import { silentLog } from './silent-log.ts'

const [place = '', task = '', detail = '{}'] = process.argv.slice(2)
const { file, url } = JSON.parse(place)
const store = await openStore(
  file ? { kind: 'sqlite', file } : { kind: 'postgres', url: secret(url) },
  silentLog,
)

const say = (line: string) => process.stdout.write(`${line}\n`)
say('ready')

if (task === 'take') {
  await once(process.stdin, 'data')
  const { stateHash, browserHash, provider } = JSON.parse(detail)
  const takes = Array.from({ length: 200 }, () =>
    store.loginFlows.take(stateHash, browserHash, provider, epochSeconds(1)),
  )
  const taken = (await Promise.all(takes)).filter((flow) => flow !== undefined)
  say(String(taken.length))
  await store.close()
  process.exit()
}

if (task === 'write') {
  const moment = epochSeconds(1)
  for (let count = 0; ; count++) {
    const idHash = `${process.pid}-${count}`
    await store.sessions.open({
      idHash,
      identity: {
        provider: 'home',
        issuer: 'https://sso.example.com',
        subject: String(count),
        email: undefined,
        emailDomain: undefined,
        unverifiedEmail: undefined,
        name: undefined,
        preferredUsername: undefined,
        groups: [],
        scopes: [],
      },
      createdAt: moment,
      lastSeenAt: moment,
      expiresAt: epochSeconds(100),
      providerSession: undefined,
      sealedIdToken: undefined,
    })
    say(idHash)
  }
}
