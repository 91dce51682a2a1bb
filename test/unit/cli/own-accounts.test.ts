import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { oneTimeCode } from '../../../src/adapters/one-time-codes.ts'
import { hashOf } from '../../../src/adapters/sealing.ts'
import { openStore } from '../../../src/adapters/sql/open.ts'
import { createOwnAccounts } from '../../../src/cli/own-accounts.ts'
import type { Log } from '../../../src/ports/runtime.ts'
import type { Store } from '../../../src/ports/store.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'
import { silentLog } from '../../contract/silent-log.ts'
import { settingsOf } from '../../support/load-configuration.ts'
import { mia } from '../../support/own-accounts-stage.ts'

const now = () => epochSeconds(3000)

let folder: string
let store: Store
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-accounts-'))
  store = await openStore({ kind: 'memory' }, silentLog)
  await store.accounts.add(mia)
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

const settings = (lines = 'local_accounts: true') =>
  settingsOf({
    yaml: `public_url: https://auth.example.com\nallow: { anyone: true }\ndata_dir: ${folder}\nrules: [{ host: a.example.com }]\n${lines}`,
  })

describe('createOwnAccounts()', () => {
  it('seals the secrets of apps with a key that only its owner can read, and finds them again (R112)', async () => {
    const first = await createOwnAccounts(settings(), store, { now, log: silentLog })
    const { secret = '' } = first.ownAccounts?.factors.newSecret('mia') ?? {}
    const code = oneTimeCode(secret, epochSeconds(2970))
    expect((await first.ownAccounts?.factors.addApp(mia.id, secret, code))?.kind).toBe('added')
    const file = join(folder, 'accounts.key')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const kept = await store.accountCredentials.oneTimeSecrets.find(mia.id)
    expect(kept?.sealed).toMatch(/^v1\./)
    expect(kept?.sealed).not.toContain(readFileSync(file, 'utf8').trim())

    const again = await createOwnAccounts(settings(), store, { now, log: silentLog })
    const passwordMark = hashOf(mia.passwordHash)
    const confirmed = await again.ownAccounts?.signIn.confirmCode(
      { accountId: mia.id, name: 'mia', passwordMark },
      oneTimeCode(secret, now()),
    )
    expect(confirmed?.kind).toBe('identity')
  })

  it('says at the start when apps are set up whose key is not set', async () => {
    const keyless = { ...settings(), accountsSecret: undefined }
    const warnings: unknown[] = []
    const log: Log = { ...silentLog, warn: (event, fields) => void warnings.push([event, fields]) }
    await createOwnAccounts(keyless, store, { now, log })
    expect(warnings).toEqual([])
    const sealed = { accountId: mia.id, sealed: 'v1.x', createdAt: now(), lastStep: 1 }
    await store.accountCredentials.oneTimeSecrets.save(sealed)
    await createOwnAccounts(settings(), store, { now, log })
    expect(warnings).toEqual([])
    await createOwnAccounts(keyless, store, { now, log })
    expect(warnings).toEqual([
      ['second_factor.no_secret', { apps: 1, text: expect.stringContaining('accounts_secret') }],
    ])
  })

  it('is nothing without local accounts, and makes no file', async () => {
    const provider =
      'providers: [{ id: home, issuer: https://sso.example.com, client_id: a, client_secret: sixteen-bytes-at-least-32-of-them }]'
    expect(await createOwnAccounts(settings(provider), store, { now, log: silentLog })).toEqual({
      verifyLocal: undefined,
    })
    expect(() => statSync(join(folder, 'accounts.key'))).toThrow()
  })
})
