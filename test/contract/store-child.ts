// A process of its own on a store, started by `store-processes.ts`.
// Arguments: where the store is (JSON), what to do, and for a race what it is about (JSON).

import { once } from 'node:events'
import { openStore } from '../../src/adapters/sql/open.ts'
import { secret } from '../../src/protocol/secret.ts'
import { epochSeconds } from '../../src/protocol/time.ts'
import { silentLog } from './silent-log.ts'

const moment = epochSeconds(1)
const end = epochSeconds(100)

const [place = '', task = '', detail = '{}'] = process.argv.slice(2)
const { file, url } = JSON.parse(place)
const store = await openStore(
  file ? { kind: 'sqlite', file } : { kind: 'postgres', url: secret(url) },
  silentLog,
)

const say = (line: string) => process.stdout.write(`${line}\n`)
say('ready')

const about = JSON.parse(detail)
const { artifacts, clients, signingKeys } = store.authorization

/** Each run says whether it won. */
const races: Readonly<Record<string, (id: string) => Promise<boolean>>> = {
  take: async () => {
    const { stateHash, browserHash, provider } = about
    return (await store.loginFlows.take(stateHash, browserHash, provider, moment)) !== undefined
  },
  consume: async () => (await artifacts.consume(about.kind, about.idHash, moment)) === 'consumed',
  spend: async () => (await artifacts.spend(about.valueHash, end, moment)) === 'fresh',
  'add-key': async (kid) => (await signingKeys.add({ ...about.key, kid }, undefined)) === 'added',
  'add-client': async (clientId) =>
    (await clients.add({ ...about.client, clientId }, about.limit)) === 'added',
}

const run = races[task]
if (run) {
  await once(process.stdin, 'data')
  const runs = Array.from({ length: 200 }, (_, index) => run(`${process.pid}-${index}`))
  say(String((await Promise.all(runs)).filter((won) => won).length))
  await store.close()
  process.exit()
}

if (task === 'write') {
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
      expiresAt: end,
      providerSession: undefined,
      sealedIdToken: undefined,
    })
    say(idHash)
  }
}
