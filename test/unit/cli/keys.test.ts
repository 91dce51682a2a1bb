import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { seal, unseal } from '../../../src/adapters/sealing.ts'
import { openStore } from '../../../src/adapters/sql/open.ts'
import { createSigningKeys, publicKeysOf } from '../../../src/authorization-server/signing-keys.ts'
import { keys } from '../../../src/cli/keys.ts'
import type { Store } from '../../../src/ports/store.ts'
import { type EpochSeconds, epochSeconds, later, seconds } from '../../../src/protocol/time.ts'
import { silentLog } from '../../contract/silent-log.ts'

let store: Store
let moment: EpochSeconds
let printed: string[]
let errors: string[]
beforeEach(async () => {
  store = await openStore({ kind: 'memory' }, silentLog)
  moment = epochSeconds(1_800_000_000)
  printed = []
  errors = []
})
afterEach(() => store.close())

const run = (...args: readonly string[]) =>
  keys(args, {
    store,
    now: () => moment,
    print: (line) => printed.push(line),
    printError: (line) => errors.push(line),
  })

const running = (keyStore = store.authorization.signingKeys) =>
  createSigningKeys({
    store: keyStore,
    now: () => moment,
    log: silentLog,
    secret: 'a secret of more than thirty-two bytes, for tests only',
    seal,
    unseal,
    tokenLifetime: seconds(3_600),
  })

describe('sallyport keys', () => {
  test('lists the keys and what each is for', async () => {
    const { accessTokenKey } = await running().current()
    expect(await run('list')).toBe(0)
    expect(printed).toHaveLength(3)
    expect(printed.join('\n')).toMatch(new RegExp(`^${accessTokenKey}  EdDSA .* signs$`, 'm'))
    expect(await run('list', '--json')).toBe(0)
    expect(JSON.parse(printed[3] ?? '')).toHaveLength(3)
  })

  test('lists the keys of edge auth, and drops one of them (R113)', async () => {
    const { accessTokenKey: edgeKey } = await running(store.authorization.edgeKeys).current()
    await running().current()
    expect(await run('list')).toBe(0)
    expect(printed.join('\n')).toMatch(new RegExp(`^${edgeKey}  EdDSA  edge .* signs$`, 'm'))
    expect(printed.filter((line) => line.includes('  access-tokens  '))).toHaveLength(3)
    expect(await run('drop', edgeKey)).toBe(0)
    expect(await run('list', '--json')).toBe(0)
    expect(JSON.parse(printed.at(-1) ?? '')).toContainEqual(
      expect.objectContaining({ id: edgeKey, use: 'edge', state: 'dropped' }),
    )
  })

  test('says that there are none yet', async () => {
    expect(await run('list')).toBe(0)
    expect(printed).toEqual(['No keys yet: the first start makes them.'])
  })

  test('drops a key: a running instance signs with another within 5 seconds (R113)', async () => {
    const signing = running()
    const { accessTokenKey: first } = await signing.current()
    expect(await run('drop', first)).toBe(0)
    moment = later(moment, seconds(4))
    const after = await signing.current()
    expect(after.accessTokenKey).not.toBe(first)
    expect(publicKeysOf(after).keys.map(({ kid }) => kid)).not.toContain(first)
    expect(after.keys.map(({ alg }) => alg).sort()).toEqual(['ES256', 'EdDSA', 'RS256'])
  })

  test.each([
    [['drop', 'nobody'], 1, 'There is no key "nobody"'],
    [['drop'], 2, 'The id of the key is missing'],
    [['drop', 'a', 'b'], 2, 'Expected one id'],
    [['drop', 'a', '--json'], 2, 'no option "--json"'],
    [['list', 'a'], 2, 'Expected nothing after "keys list"'],
    [['make'], 2, 'There is no command "make"'],
    [[], 2, 'The command is missing'],
    [['list', '--nonsense'], 2, 'nonsense'],
  ])('answers %j with %i and words', async (args, code, words) => {
    await running().current()
    expect(await run(...args)).toBe(code)
    expect(errors.join('\n')).toContain(words)
    expect((await store.authorization.signingKeys.list()).some((key) => key.retiredAt)).toBe(false)
  })
})
