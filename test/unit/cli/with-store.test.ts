import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { StoreFault } from '../../../src/adapters/sql/open.ts'
import { type StoreCommand, withStore } from '../../../src/cli/with-store.ts'
import type { Loading } from '../../../src/config/load.ts'
import type { Settings } from '../../../src/config/settings.ts'
import type { Store } from '../../../src/ports/store.ts'
import { settingsOf } from '../../support/load-configuration.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const loaded = (database: Settings['database']): Loading => ({
  kind: 'settings',
  settings: { ...settingsOf({}), database },
  warnings: [
    { severity: 'warning', text: 'It rains' },
    { severity: 'notice', text: 'It is Monday' },
  ],
  file: undefined,
})
const inFile = () => loaded({ kind: 'sqlite', file: join(folder, 'a.db') })
const warned = ['Warning: It rains', 'Notice: It is Monday']

async function run(loading: Loading, command: StoreCommand['run'] = async () => 7) {
  const said: string[] = []
  const printError = (line: string) => void said.push(line)
  const code = await withStore(() => loading, { what: 'boats', printError, run: command })
  return { code, said }
}

test('withStore() says what the configuration is warned of, and ends with the code of the command', async () => {
  expect(await run(inFile())).toEqual({ code: 7, said: warned })
})

test('withStore() runs nothing where nothing is kept', async () => {
  const said = [...warned, expect.stringMatching(/^Cannot keep boats: .* state is in memory$/)]
  expect(await run(loaded({ kind: 'memory' }))).toEqual({ code: 1, said })
})

test('withStore() runs nothing when there is no valid configuration', async () => {
  const loading: Loading = { kind: 'problems', problems: ['It is on fire'], warnings: [] }
  const said = ['It is on fire', expect.stringMatching(/^Not started/)]
  expect(await run(loading)).toEqual({ code: 1, said })
})

test('withStore() closes the store when the command throws, too', async () => {
  const stores: Store[] = []
  const command: StoreCommand['run'] = async (store) => {
    stores.push(store)
    throw new Error('It sank')
  }
  await expect(run(inFile(), command)).rejects.toThrow('It sank')
  await expect(stores[0]?.ping()).rejects.toThrow()
})

test('withStore() throws what is for the operator when the store cannot be opened', async () => {
  const file = join(folder, 'nowhere\0', 'a.db')
  const loading = loaded({ kind: 'sqlite', file })
  await expect(run(loading)).rejects.toThrow(StoreFault)
})
