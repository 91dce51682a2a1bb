import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { decisionId, randomToken } from '../../../src/adapters/random.ts'
import { hashOf } from '../../../src/adapters/sealing.ts'
import { openStore } from '../../../src/adapters/sql/open.ts'
import { type TokensParts, tokens, tokensUsage } from '../../../src/cli/tokens.ts'
import type { Store } from '../../../src/ports/store.ts'
import { isWellFormedPersonalToken } from '../../../src/protocol/personal-token.ts'
import { epochSeconds, seconds } from '../../../src/protocol/time.ts'
import { silentLog } from '../../contract/silent-log.ts'
import { account } from '../../contract/store.ts'

const now = epochSeconds(1_700_000_000)
const day = 86_400

let store: Store
beforeEach(async () => {
  store = await openStore({ kind: 'memory' }, silentLog)
})
afterEach(() => store.close())

async function run(args: readonly string[], changes: Partial<TokensParts> = {}) {
  const printed: string[] = []
  const errors: string[] = []
  const code = await tokens(args, {
    store,
    limits: { maxLifetime: seconds(180 * day), ownerAbsence: seconds(0) },
    randomToken,
    newId: decisionId,
    hashOf,
    print: (line) => void printed.push(line),
    printError: (line) => void errors.push(line),
    now: () => now,
    ...changes,
  })
  return { code, printed, errors: errors.join('\n') }
}

const forMachine = ['add', 'Nightly', '--machine', 'ci', '--host', 'app.example.com']
const valueIn = ({ printed }: { readonly printed: readonly string[] }) =>
  printed.find((line) => line.startsWith('Token: '))?.slice('Token: '.length) ?? ''

describe('tokens add', () => {
  test('makes a token of a machine and prints it once', async () => {
    const more = ['--path', '/api', '--method', 'GET', '--scope', 'mcp:tools', '--expires', '30d']
    const made = await run([...forMachine, ...more])
    expect([made.code, made.errors]).toEqual([0, ''])
    expect(isWellFormedPersonalToken(valueIn(made))).toBe(true)
    expect(await store.personalTokens.find(hashOf(valueIn(made)))).toMatchObject({
      token: {
        name: 'Nightly',
        madeBy: 'operator',
        bounds: {
          hosts: ['app.example.com'],
          path: '/api',
          methods: ['GET'],
          scopes: ['mcp:tools'],
        },
        expiresAt: now + 30 * day,
      },
      identity: { provider: 'client', preferredUsername: 'ci', scopes: ['mcp:tools'] },
    })
    expect((await run(['list', '--json'])).printed.join()).not.toContain(valueIn(made).slice(14))
  })

  test('makes a token of a local account, which ends with the account', async () => {
    const { name } = account({ name: 'mia', groups: ['admins'] })
    await store.accounts.add(account({ name, groups: ['admins'] }))
    const made = await run(['add', 'Nightly', '--user', 'MIA', '--host', 'app.example.com'])
    expect(await store.personalTokens.find(hashOf(valueIn(made)))).toMatchObject({
      token: { expiresAt: now + 90 * day },
      identity: { provider: 'local', preferredUsername: 'mia', groups: ['admins'] },
    })
    await store.accounts.remove('mia')
    expect(await store.personalTokens.find(hashOf(valueIn(made)))).toBeUndefined()
  })

  test.each<[string, readonly string[], string]>([
    ['no owner', ['add', 'x', '--host', 'a.example.com'], 'one of "--user" and "--machine"'],
    ['two owners', [...forMachine, '--user', 'mia'], 'one of "--user" and "--machine"'],
    ['a machine that is no name', ['add', 'x', '--machine', 'c i', '--host', 'a.b'], '--machine'],
    ['no host', ['add', 'x', '--machine', 'ci'], 'at least one "--host"'],
    ['a bad path', [...forMachine, '--path', '/a/../b'], '"--path"'],
    ['a bad method', [...forMachine, '--method', 'get'], '"--method"'],
    ['two scopes in one', [...forMachine, '--scope', 'a b'], '"--scope"'],
    ['too long a life', [...forMachine, '--expires', '181d'], 'expected 1m to 180d'],
    ['no life', [...forMachine, '--expires', '0'], 'expected 1m to 180d'],
    ['a name nobody sees', ['add', '\u200B', ...forMachine.slice(2)], '1 to 80 characters'],
    ['no name', ['add'], 'name of the token is missing'],
    ['two names', [...forMachine, 'more'], 'nothing after it'],
    ['an option of another command', [...forMachine, '--json'], 'has no option "--json"'],
    ['no command', [], 'The command is missing'],
    ['a command nobody knows', ['make'], 'There is no command "make"'],
    ['an option nobody knows', ['list', '--all'], '--all'],
    ['a word after list', ['list', 'x'], 'Expected nothing after "tokens list"'],
  ])('refuses %s and shows how it is meant', async (_, args, words) => {
    const { code, errors } = await run(args)
    expect(code).toBe(2)
    expect(errors).toContain(words)
    expect(errors).toContain(tokensUsage)
    expect(await store.personalTokens.list()).toEqual([])
  })

  test('refuses an account that there is not', async () => {
    const { code, errors } = await run(['add', 'x', '--user', 'mia', '--host', 'a.example.com'])
    expect([code, errors]).toEqual([1, 'There is no local account "mia"'])
  })

  test('refuses when tokens are switched off', async () => {
    const { code, errors } = await run(forMachine, { limits: undefined })
    expect([code, errors.includes('personal_tokens.enabled')]).toEqual([1, true])
    expect(await store.personalTokens.list()).toEqual([])
  })

  test('refuses the 51st of a machine', async () => {
    for (let made = 0; made < 50; made += 1) await run(forMachine)
    expect(await run(forMachine)).toMatchObject({ code: 1, printed: [] })
    expect(await store.personalTokens.list()).toHaveLength(50)
  })
})

describe('tokens list', () => {
  test('says whose they are, where they are good for and until when', async () => {
    expect((await run(['list'])).printed).toEqual(['There are no tokens.'])
    await run([...forMachine, '--host', '*.example.org', '--path', '/api'])
    const [, row = ''] = (await run(['list'])).printed
    expect(row).toMatch(
      /^\w{8} {2}Nightly {2}ci {5}app\.example\.com\/api,\*\.example\.org\/api {2}2024-02-12 {2}-/,
    )
    const ended = await run(['list'], { now: () => epochSeconds(now + 90 * day) })
    expect(ended.printed[1]).toContain('ended')
  })

  test('prints JSON when asked', async () => {
    await run(forMachine)
    expect(JSON.parse((await run(['list', '--json'])).printed.join())).toMatchObject([
      { name: 'Nightly', owner: 'ci', provider: 'client', madeBy: 'operator', hasEnded: false },
    ])
  })
})

describe('tokens revoke', () => {
  test('ends a token, once', async () => {
    const made = await run(forMachine)
    const [owned] = await store.personalTokens.list()
    const id = owned?.token.id ?? ''
    expect(await run(['revoke', id])).toMatchObject({
      code: 0,
      printed: [`Revoked the token ${id}.`],
    })
    expect(await store.personalTokens.find(hashOf(valueIn(made)))).toBeUndefined()
    expect(await run(['revoke', id])).toMatchObject({ code: 1, printed: [] })
  })
})

test('tokens --help says what there is', async () => {
  expect(await run(['--help'])).toMatchObject({ code: 0, printed: [tokensUsage] })
})
