import { inspect } from 'node:util'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { openStore } from '../../src/adapters/sql/open.ts'
import { secret } from '../../src/protocol/secret.ts'
import { epochSeconds } from '../../src/protocol/time.ts'
import { accountCredentialContract } from '../contract/account-credentials.ts'
import { authorizationStoreContract } from '../contract/authorization-store.ts'
import { personalTokenStoreContract } from '../contract/personal-token-store.ts'
import { silentLog } from '../contract/silent-log.ts'
import { flow, session, storeContract } from '../contract/store.ts'
import { type Place, storeProcessContract } from '../contract/store-processes.ts'
import { type Postgres, startPostgres } from './support/postgres.ts'

let postgres: Postgres
let address: string

beforeAll(async () => {
  postgres = await startPostgres()
  address = await postgres.newDatabase()
})
afterAll(() => postgres?.remove())

const openAt = (url: string) => openStore({ kind: 'postgres', url: secret(url) }, silentLog)

const openPlace = (place: Place) => {
  if (!('url' in place)) throw new Error('Expected an address')
  return openAt(place.url)
}

storeContract('PostgreSQL', () => openAt(address))
accountCredentialContract('PostgreSQL', () => openAt(address))
authorizationStoreContract('PostgreSQL', () => openAt(address))
personalTokenStoreContract('PostgreSQL', () => openAt(address))
storeProcessContract('PostgreSQL', async () => ({ url: await postgres.newDatabase() }), openPlace)

/** A connection beside the store's, closed after the test. */
async function besides(url: string): Promise<Client> {
  const client = new Client({ connectionString: url })
  await client.connect()
  onTestFinished(() => client.end())
  return client
}

describe('openStore() on PostgreSQL', () => {
  it('refuses a database of a newer version and changes nothing (R133)', async () => {
    const url = await postgres.newDatabase()
    await (await openAt(url)).close()
    const client = await besides(url)
    await client.query("insert into sallyport_migration values ('9999-later', '2030-01-01')")
    await expect(openAt(url)).rejects.toThrow(/newer version.*9999-later/)
  })

  it('makes no table when one of them is there already', async () => {
    const url = await postgres.newDatabase()
    const client = await besides(url)
    await client.query('create table accounts (note text)')
    await expect(openAt(url)).rejects.toThrow(
      'Cannot open the postgres database: relation "accounts"',
    )
    const { rows } = await client.query("select to_regclass('sessions') as found")
    expect(rows).toEqual([{ found: null }])
  })

  it.each([
    ['is not an address', 'tester:s3cret@localhost', /expected postgres:\/\//],
    ['is no URL', 'postgres://tester:s3cret@local host:x/', /expected postgres:\/\//],
    ['nobody answers', 'postgres://tester:s3cret@127.0.0.1:1/test', /ECONNREFUSED/],
  ])('names the reason and never the password when %s (R128)', async (_, url, reason) => {
    const fault = await openAt(url).catch((thrown: unknown) => thrown)
    expect(String(fault)).toMatch(reason)
    expect(inspect(fault, { depth: 9 })).not.toContain('s3cret')
  })
})

describe('a store on PostgreSQL', () => {
  it('find() throws after about a second when the table is locked, and works afterwards (R135)', async () => {
    const store = await openAt(address)
    const opened = session()
    await store.sessions.open(opened)
    const client = await besides(address)
    await client.query('begin; lock table sessions in access exclusive mode')
    const begun = performance.now()
    await expect((async () => store.sessions.find(opened.idHash))()).rejects.toThrow()
    expect(performance.now() - begun).toBeLessThan(4000)
    await client.query('rollback')
    expect(await store.sessions.find(opened.idHash)).toStrictEqual(opened)
    await store.close()
  })

  it('touch() does not wait for a row another node is writing', async () => {
    const store = await openAt(address)
    const [busy, free] = [session(), session()]
    await store.sessions.open(busy)
    await store.sessions.open(free)
    const client = await besides(address)
    await client.query('begin')
    await client.query('delete from sessions where id_hash = $1', [busy.idHash])
    await store.sessions.touch([busy.idHash, free.idHash], epochSeconds(2000))
    expect((await store.sessions.find(free.idHash))?.lastSeenAt).toBe(2000)
    await client.query('rollback')
    await store.close()
  })

  /** Makes whoever deletes rows of `table` that match wait, its locks held, until the function is called. */
  async function holdDeletes(url: string, table: string, match: string) {
    const client = await besides(url)
    await client.query('select pg_advisory_lock(7)')
    await client.query(
      `create function held() returns trigger language plpgsql as
       $$ begin perform pg_advisory_xact_lock(7); return null; end $$;
       create trigger held after delete on ${table} for each row when (${match}) execute function held()`,
    )
    const isWaiting = async () => {
      const waiting = "select 1 from pg_locks where locktype = 'advisory' and not granted"
      expect((await client.query(waiting)).rows).toHaveLength(1)
    }
    return {
      untilHeld: () => vi.waitFor(isWaiting, { timeout: 3000 }),
      release: () => client.query('select pg_advisory_unlock(7)'),
    }
  }

  it('begin() of a login that drops an old one does not hold up the others', async () => {
    const url = await postgres.newDatabase()
    const store = await openAt(url)
    const [oldest, kept] = [1, 2].map((moment) => flow({ createdAt: epochSeconds(moment) }))
    if (oldest === undefined || kept === undefined) throw new Error('Expected two')
    for (const one of [oldest, kept]) await store.loginFlows.begin(one, 100)
    const held = await holdDeletes(url, 'login_flows', 'old.created_at = 1')
    const begun = store.loginFlows.begin(flow({ createdAt: epochSeconds(3) }), 2)
    await held.untilHeld()
    const { stateHash, browserHash, provider } = kept
    const now = epochSeconds(4)
    expect(await store.loginFlows.take(stateHash, browserHash, provider, now)).toStrictEqual(kept)
    await held.release()
    await begun
    await store.close()
  })

  it('save() of a client document that drops an old one does not hold up the others', async () => {
    const url = await postgres.newDatabase()
    const store = await openAt(url)
    const { clientDocuments } = store.authorization
    const document = (moment: number) => ({
      clientId: `https://app.example/${moment}`,
      document: '{}',
      fetchedAt: epochSeconds(moment),
      freshUntil: epochSeconds(moment),
    })
    for (const moment of [1, 2000]) await clientDocuments.save(document(moment), 100)
    const held = await holdDeletes(url, 'client_documents', 'old.fetched_at = 1')
    const saved = clientDocuments.save(document(4000), 2)
    await held.untilHeld()
    await clientDocuments.save({ ...document(2000), document: '{"client_name":"Editor"}' }, 100)
    await held.release()
    await saved
    await store.close()
  })

  it('throws while the server is down and works again by itself, nothing lost (R135)', async () => {
    const store = await openAt(address)
    const opened = session()
    await store.sessions.open(opened)
    await postgres.crash()
    await expect((async () => store.sessions.find(opened.idHash))()).rejects.toThrow()
    await expect(store.sessions.open(session())).rejects.toThrow()
    await expect(store.ping()).rejects.toThrow()
    await postgres.start()
    expect(await store.sessions.find(opened.idHash)).toStrictEqual(opened)
    await store.ping()
    await store.close()
  })
})
