import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { verifyPassword } from '../../../src/adapters/passwords.ts'
import { hashOf } from '../../../src/adapters/sealing.ts'
import { openStore } from '../../../src/adapters/sql/open.ts'
import type { PasswordInput } from '../../../src/cli/read-password.ts'
import { users } from '../../../src/cli/users.ts'
import { localIssuer, type Store } from '../../../src/ports/store.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'
import { silentLog } from '../../contract/silent-log.ts'
import { identity, session } from '../../contract/store.ts'

const good = 'six blue herons 7'

let store: Store
beforeEach(async () => {
  store = await openStore({ kind: 'memory' }, silentLog)
})
afterEach(() => store.close())

/** Someone at a terminal who types these answers, or a pipe with this line in it. */
const typing = (...answers: (string | undefined)[]): PasswordInput => ({
  isTerminal: true,
  ask: async () => answers.shift(),
  readLine: async () => undefined,
})
const piping = (line: string | undefined): PasswordInput => ({
  isTerminal: false,
  ask: async () => {
    throw new Error('Nobody is there to be asked')
  },
  readLine: async () => line,
})

async function run(args: string, password: PasswordInput = piping(good), hasLocalAccounts = true) {
  const [printed, errors]: [string[], string[]] = [[], []]
  const code = await users(
    args.split(' ').map((arg) => arg.replaceAll('_', ' ')),
    {
      store,
      publicUrl: 'https://auth.example.com',
      hasLocalAccounts,
      password,
      hashOf,
      print: (line) => printed.push(line),
      printError: (line) => errors.push(line),
      now: () => epochSeconds(1_700_000_000),
    },
  )
  return { code, printed: printed.join('\n'), errors: errors.join('\n') }
}

const isPassword = async (name: string, text: string) =>
  verifyPassword(text, (await store.accounts.findByName(name))?.passwordHash)

describe('users add', () => {
  it('adds an account with everything that was said', async () => {
    const added = await run(
      'add Mia --email Mia@Example.com --display-name Mia_M --group admins --group home_users --group admins',
    )
    expect(added).toEqual({ code: 0, printed: 'Added the account "mia".', errors: '' })
    expect(await store.accounts.findByName('mia')).toMatchObject({
      name: 'mia',
      email: 'mia@example.com',
      displayName: 'Mia M',
      groups: ['admins', 'home users'],
      createdAt: 1_700_000_000,
    })
    expect(await isPassword('mia', good)).toBe('match')
  })

  it('asks twice on a terminal, and reads the input when told to', async () => {
    expect((await run('add mia', typing(good, good))).code).toBe(0)
    expect(await isPassword('mia', good)).toBe('match')
    const told = { ...piping(good), isTerminal: true }
    expect((await run('add zoe --password-stdin', told)).code).toBe(0)
    expect(await isPassword('zoe', good)).toBe('match')
  })

  it('prints the password only when it made it', async () => {
    const { printed, code } = await run('add mia --generate', piping(undefined))
    const [, password = ''] = /^Password: (\w{20})$/m.exec(printed) ?? []
    expect(code).toBe(0)
    expect(await isPassword('mia', password)).toBe('match')
    expect((await run('add zoe')).printed).not.toContain(good)
  })

  it.each([
    ['the two differ', typing(good, `${good}!`), 'The two passwords differ'],
    ['the person gives up', typing(undefined), 'No password was given'],
    ['the person gives up later', typing(good, undefined), 'No password was given'],
    ['the input is empty', piping(undefined), 'the input is empty'],
    ['the line is empty', piping(''), 'shorter than 12 bytes'],
    ['the password is weak', piping('password1234'), 'guessed first'],
    ['the password is the name', piping('mia-mia-mia-1'), 'guessed first'],
  ])('adds nothing when %s', async (_, input, reason) => {
    const { code, errors, printed } = await run('add mia', input)
    expect({ code, printed }).toEqual({ code: 1, printed: '' })
    expect(errors).toContain(reason)
    expect(await store.accounts.count()).toBe(0)
  })

  it('refuses a name that is taken before it asks for a password', async () => {
    await run('add mia')
    const { code, errors } = await run('add MIA', typing())
    expect(code).toBe(1)
    expect(errors).toContain('The account "mia" exists already')
  })
})

describe('users', () => {
  it.each([
    ['', 'The command is missing'],
    ['destroy mia', 'no command "destroy"'],
    ['toString mia', 'no command "toString"'],
    ['add', 'name of the account is missing'],
    ['add mia hunter2hunter2', 'Expected one name'],
    ['add .mia', 'Cannot use the name ".mia"'],
    ['add m/ia', 'Cannot use the name'],
    ['add m_ia', 'Cannot use the name'],
    [`add ${'x'.repeat(65)}`, 'Cannot use the name'],
    ['add \u212aim', 'Cannot use the name'],
    ['add mia --email mia', 'Cannot use the e-mail address "mia"'],
    ['add mia --email x@evil@company.com', 'Cannot use the e-mail address'],
    ['add mia --group a,b', 'without commas'],
    ['add mia --group a\nb', 'Cannot use the group'],
    ['add mia --display-name _', 'Cannot use the display name'],
    ['add mia --display-name \u001b[31m', 'Cannot use the display name'],
    ['add mia --password hunter2hunter2', "Unknown option '--password'"],
    ['add mia --generate --password-stdin', 'not both'],
    ['add mia --json', '"users add" has no option "--json"'],
    ['list mia', 'Expected nothing after "users list"'],
    ['list --generate', '"users list" has no option'],
    ['remove mia --generate', '"users remove" has no option'],
    ['passwd mia --email a@example.com', '"users passwd" has no option'],
  ])('refuses the arguments %j with code 2 and shows the usage', async (args, reason) => {
    const { code, errors, printed } = await run(args)
    expect({ code, printed }).toEqual({ code: 2, printed: '' })
    expect(errors).toContain(reason)
    expect(errors).toContain('Usage:')
    expect(errors).not.toContain('hunter2')
    expect(await store.accounts.count()).toBe(0)
  })

  it('shows the usage when it is asked for', async () => {
    const { code, printed } = await run('--help')
    expect(code).toBe(0)
    expect(printed).toContain('sallyport users add NAME')
  })

  it('throws when the store cannot be asked', async () => {
    await store.close()
    await expect(run('list')).rejects.toThrow()
    store = await openStore({ kind: 'memory' }, silentLog)
  })
})

describe('users without local_accounts', () => {
  const nobody = typing()

  it.each(['add mia', 'add mia --generate', 'invite mia'])(
    'refuses "%s" before it asks for anything: nobody could sign in',
    async (args) => {
      expect(await run(args, nobody, false)).toEqual({
        code: 1,
        printed: '',
        errors: 'Nobody can sign in as "mia": local accounts are off; set "local_accounts: true"',
      })
      expect(await store.accounts.count()).toBe(0)
      expect((await run('list')).printed).toBe('There are no accounts.')
    },
  )

  it.each(['list', 'remove mia', 'passwd mia', 'unlock mia', 'groups mia --none'])(
    'carries out "%s", for the accounts that are left',
    async (args) => {
      await run('add mia')
      expect(await run(args, piping('seven red herons 8'), false)).toMatchObject({ code: 0 })
    },
  )
})

describe('users list', () => {
  it('says so when there are none', async () => {
    expect((await run('list')).printed).toBe('There are no accounts.')
    expect((await run('list --json')).printed).toBe('[]')
  })

  it('lists accounts by name and never a password hash', async () => {
    await run('add zoe --group admins --group users')
    await run('add mia --email mia@example.com')
    expect((await run('list')).printed.split('\n').map((line) => line.trimEnd())).toEqual([
      'NAME  E-MAIL           GROUPS        SIGNS IN WITH  CREATED',
      'mia   mia@example.com  -             password       2023-11-14',
      'zoe   -                admins,users  password       2023-11-14',
    ])
    const { printed } = await run('list --json')
    expect(JSON.parse(printed)).toMatchObject([
      { name: 'mia', email: 'mia@example.com', groups: [], createdAt: '2023-11-14T22:13:20.000Z' },
      { name: 'zoe', groups: ['admins', 'users'] },
    ])
    expect(printed).not.toMatch(/argon2|hash/i)
  })
})

describe('users passwd and remove', () => {
  const openSessions = async (count: number) => {
    const account = await store.accounts.findByName('mia')
    const mine = identity({ issuer: localIssuer, subject: account?.id ?? '' })
    for (let opened = 0; opened < count; opened++) {
      await store.sessions.open(session({ identity: mine }))
    }
    await store.sessions.open(session())
  }

  it.each([
    [0, '0 sessions were ended.'],
    [1, '1 session was ended.'],
    [3, '3 sessions were ended.'],
  ])('changes the password and says that %i sessions ended', async (count, text) => {
    await run('add mia')
    await openSessions(count)
    const changed = await run('passwd mia', piping('seven red herons 8'))
    expect(changed).toEqual({
      code: 0,
      printed: `Changed the password of "mia"; ${text}`,
      errors: '',
    })
    expect(await isPassword('mia', 'seven red herons 8')).toBe('match')
    expect(await isPassword('mia', good)).toBe('mismatch')
    expect(await store.sessions.count()).toBe(1)
  })

  it('changes nothing when the new password is not accepted', async () => {
    await run('add mia')
    await openSessions(1)
    expect((await run('passwd mia', piping('short'))).code).toBe(1)
    expect(await isPassword('mia', good)).toBe('match')
    expect(await store.sessions.count()).toBe(2)
  })

  it('prints a password it made', async () => {
    await run('add mia')
    const { printed } = await run('passwd mia --generate')
    const [, password = ''] = /^Password: (\w{20})$/m.exec(printed) ?? []
    expect(await isPassword('mia', password)).toBe('match')
  })

  it('removes the account and says how many sessions ended', async () => {
    await run('add mia')
    await openSessions(2)
    const removed = await run('remove Mia')
    expect(removed.printed).toBe('Removed the account "mia"; 2 sessions were ended.')
    expect(await store.accounts.count()).toBe(0)
    expect(await store.sessions.count()).toBe(1)
  })

  it.each(['passwd', 'remove'])('%s refuses a name that does not exist', async (command) => {
    const { code, errors } = await run(`${command} nobody`, typing())
    expect({ code, errors }).toEqual({ code: 1, errors: 'There is no account "nobody"' })
  })
})

describe('users invite', () => {
  const inviteUrl = /^https:\/\/auth\.example\.com\/invitation\?code=[\w-]{43}$/

  it('prints a link and keeps its hash with everything that was said', async () => {
    const { code, printed } = await run('invite Kim --email Kim@Example.com --group staff')
    const [, link = ''] = printed.split('\n')
    expect([code, link]).toEqual([0, expect.stringMatching(inviteUrl)])
    const token = new URL(link).searchParams.get('code') ?? ''
    const { invitations } = store.accountCredentials
    const found = await invitations.find(hashOf(`invitation:${token}`), epochSeconds(1_700_259_199))
    expect(found?.account).toMatchObject({
      name: 'kim',
      email: 'kim@example.com',
      groups: ['staff'],
    })
    expect(JSON.stringify(found)).not.toContain(token)
    // 72 hours, and no second more.
    expect(
      await invitations.find(hashOf(`invitation:${token}`), epochSeconds(1_700_259_200)),
    ).toBeUndefined()
    expect(await store.accounts.count()).toBe(0)
  })

  it('refuses the name of an account, and options that say nothing of a person', async () => {
    await run('add kim')
    expect(await run('invite kim')).toMatchObject({ code: 1, printed: '' })
    expect(await run('invite zoe --generate')).toMatchObject({ code: 2, printed: '' })
  })

  it('shows in the list, and remove withdraws it', async () => {
    await run('invite kim')
    expect((await run('list')).printed).toContain('kim   -       -       invited until 2023-11-17')
    expect((await run('remove kim')).printed).toBe('Withdrew the invitation of "kim".')
    expect((await run('list')).printed).toBe('There are no accounts.')
  })
})

describe('users groups', () => {
  it('replaces the groups and ends the sessions, which say the old ones', async () => {
    await run('add mia --group a')
    const id = (await store.accounts.findByName('mia'))?.id ?? ''
    await store.sessions.open(session({ identity: identity({ issuer: localIssuer, subject: id }) }))
    const { code, printed } = await run('groups mia --group staff --group staff --group home_users')
    expect([code, printed]).toEqual([
      0,
      'The groups of "mia" are now: staff, home users; 1 session was ended.',
    ])
    expect((await store.accounts.findByName('mia'))?.groups).toEqual(['staff', 'home users'])
    expect(await store.sessions.count()).toBe(0)
    expect((await run('groups mia --none')).printed).toContain('now: none')
  })

  it.each(['groups mia', 'groups mia --none --group a', 'groups mia --group a,b'])(
    'refuses "%s" and changes nothing',
    async (args) => {
      await run('add mia --group a')
      expect((await run(args)).code).toBe(2)
      expect((await store.accounts.findByName('mia'))?.groups).toEqual(['a'])
    },
  )
})

describe('users factors', () => {
  const give = async (name: string, passkeyName = 'Phone \u001b[2J') => {
    const accountId = (await store.accounts.findByName(name))?.id ?? ''
    const { passkeys, recoveryCodes, oneTimeSecrets } = store.accountCredentials
    const key = { credentialId: 'c', accountId, publicKey: 'k', counter: 0, transports: [] }
    const at = epochSeconds(1_700_000_000)
    await passkeys.add({ ...key, name: passkeyName, createdAt: at, lastUsedAt: undefined }, 5)
    await oneTimeSecrets.save({ accountId, sealed: 'v1.secret', createdAt: at, lastStep: 1 })
    await recoveryCodes.replace(accountId, ['a', 'b'])
  }

  it('list says what the account signs in with, and no control character of a name', async () => {
    await run('add mia')
    await give('mia')
    const { printed } = await run('factors list mia')
    expect(printed.split('\n')).toEqual([
      '"mia" signs in with: password, 1 passkey, app, 2 recovery codes.',
      '  passkey "Phone \\u001b[2J", last used never',
    ])
    const { printed: json } = await run('factors list mia --json')
    expect(JSON.parse(json)).toMatchObject({ password: true, app: true, recoveryCodes: 2 })
    expect(json).not.toContain('v1.secret')
  })

  it('reset leaves the password alone, and says when there is none', async () => {
    await run('add mia')
    await give('mia')
    expect((await run('factors reset mia')).code).toBe(0)
    expect((await run('factors list mia')).printed).toBe('"mia" signs in with: password.')
    await store.accounts.changePassword('mia', '')
    expect((await run('factors reset mia')).printed).toContain('users passwd mia')
    expect((await run('factors list mia')).printed).toBe('"mia" signs in with: nothing.')
  })

  it.each(['factors', 'factors mia', 'factors remove mia', 'factors reset', 'unlock'])(
    'answers "%s" with how to write it',
    async (args) => {
      expect(await run(args)).toMatchObject({
        code: 2,
        errors: expect.stringContaining('factors reset NAME'),
      })
    },
  )

  it.each(['factors list', 'factors reset', 'unlock', 'groups --none'])(
    '"%s" refuses a name that does not exist',
    async (command) => {
      const result = await run(`${command} nobody`)
      expect([result.code, result.errors]).toEqual([1, 'There is no account "nobody"'])
    },
  )
})

describe('users unlock', () => {
  it('notes the moment from which failures count', async () => {
    await run('add mia')
    expect((await run('unlock mia')).code).toBe(0)
    expect(await store.accountCredentials.locks.unlockedAt('mia')).toBe(1_700_000_000)
  })
})
