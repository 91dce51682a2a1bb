// `sallyport login`, `token` and `logout` as people use them: the program itself, nginx before an application, curl.

import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { headerOf } from './support/http-message.ts'
import { agreeing } from './support/mcp-stage.ts'
import { startNginx } from './support/nginx.ts'
import { type CommandLine, startCommandLine } from './support/own-command-line.ts'
import { createPerson } from './support/person.ts'
import { type Stage, startStage } from './support/stage.ts'

const app = 'https://app.sep.test'
const curl = `curl -s -o /dev/null -w '%{http_code}'`

let stage: Stage
const machines: CommandLine[] = []

beforeAll(async () => {
  stage = await startStage(startNginx, { command_line_login: true })
})
afterAll(async () => {
  for (const machine of machines) await machine.close()
  await stage?.stop()
})

async function newMachine(variables: Readonly<Record<string, string>> = {}): Promise<CommandLine> {
  const machine = await startCommandLine(stage, variables)
  machines.push(machine)
  return machine
}

/** A machine with a display, whose browser says where it was sent. */
async function newDesk(): Promise<CommandLine> {
  const machine = await newMachine({ DISPLAY: ':0' })
  machine.addTool('xdg-open', `printf '%s' "$1" > ${machine.directory}/opened`)
  return machine
}

async function signIn(machine: CommandLine, as = 'alice'): Promise<string> {
  const person = createPerson(stage.visitor(), [{ login: as }, { decision: 'allow' }])
  const run = machine.start(['login', app], person.authorize)
  expect(await run.ended(), run.output()).toBe(0)
  return run.output()
}

const statesOf = ({ directory }: CommandLine): readonly string[] =>
  readdirSync(join(directory, 'state/sallyport')).map((name) =>
    join(directory, 'state/sallyport', name),
  )

const fileOf = (machine: CommandLine): string => {
  const [file, ...more] = statesOf(machine)
  if (file === undefined || more.length > 0) throw new Error(`Not one file: ${file} ${more}`)
  return file
}

/** As if the token had run out. */
function age(machine: CommandLine): void {
  const file = fileOf(machine)
  const login = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(file, JSON.stringify({ ...login, tokens: { ...login.tokens, expiresAt: 0 } }))
}

const ask = (machine: CommandLine, token: string, url: string) =>
  machine.shell(`${curl} -H 'Authorization: Bearer ${token}' ${url}`)

describe('sallyport login', () => {
  test('opens the browser; then curl with the token reaches the application', async () => {
    const machine = await newDesk()
    const said = await signIn(machine)
    expect(said).toContain('Sign in at https://auth.sep.test')
    const opened = readFileSync(join(machine.directory, 'opened'), 'utf8')
    expect(said).toContain(opened)
    expect(opened).toMatch(/^https:\/\/auth\.sep\.test\/authorize\?/)
    const answer = await machine.shell(
      `${curl} -H "Authorization: Bearer $(sallyport token ${app})" ${app}/report`,
    )
    expect(answer).toMatchObject({ code: 0, output: '200' })
    const seen = stage.app.requests.at(-1)
    if (seen === undefined) throw new Error('The application saw nothing')
    expect(headerOf(seen, 'x-forwarded-user')).toBe('alice@example.com')
    expect(headerOf(seen, 'authorization') ?? '').toBe('')
  })

  test('says on the consent page who asks, for what, and asks each time', async () => {
    const machine = await newDesk()
    const person = createPerson(stage.visitor(), agreeing)
    for (const _ of [1, 2]) {
      const run = machine.start(['login', app], person.authorize)
      expect(await run.ended(), run.output()).toBe(0)
    }
    const asked = person
      .pages()
      .map(({ answer }) => answer.body)
      .filter((body) => body.includes('name="decision"'))
    expect(asked).toHaveLength(2)
    expect(asked[0]).toContain('Sallyport command line')
    expect(asked[0]).toContain(app)
  })

  test('gives a token that no other host, path of a resource or page of ours accepts', async () => {
    const machine = await newDesk()
    await signIn(machine, 'bob')
    const { output } = await machine.run('token', app)
    const token = output.trim()
    expect((await ask(machine, token, `${app}/`)).output).toBe('200')
    expect((await ask(machine, token, 'https://api.sep.test/')).output).toBe('401')
    expect((await ask(machine, token, 'https://mcp.sep.test/mcp')).output).toBe('401')
    expect((await ask(machine, token, 'https://auth.sep.test/account')).output).not.toBe('200')
    // The policy is judged as ever: bob is no admin.
    expect((await ask(machine, token, `${app}/admin/`)).output).toBe('403')
  })

  test('keeps the login in a file that nobody else can read, and refuses one that others can', async () => {
    const machine = await newDesk()
    await signIn(machine)
    const file = fileOf(machine)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(join(file, '..')).mode & 0o777).toBe(0o700)
    await machine.shell(`chmod 644 ${file}`)
    const refused = await machine.run('token', app)
    expect(refused).toMatchObject({ code: 1, output: '' })
    expect(refused.said).toContain('Others on this machine may read')
  })

  test('with --device shows a code that the person enters elsewhere (RFC 8628)', async () => {
    const machine = await newMachine()
    let code = ''
    const run = machine.start(['login', '--device', app], async (address) => {
      code = /enter the code ([A-Z-]+):/.exec(run.output())?.[1] ?? ''
      const answers = [...agreeing, { confirm: 'yes' }, { user_code: code }]
      await createPerson(stage.visitor(), answers).authorize(address)
    })
    expect(await run.ended(), run.output()).toBe(0)
    expect(code).toMatch(/^[A-Z]{4}-[A-Z]{4}$/)
    const { output } = await machine.run('token', app)
    expect((await ask(machine, output.trim(), `${app}/`)).output).toBe('200')
  })

  test('says it in words when the person does not agree', async () => {
    const machine = await newDesk()
    const person = createPerson(stage.visitor(), [{ login: 'alice' }, { decision: 'deny' }])
    const run = machine.start(['login', app], person.authorize)
    expect(await run.ended()).toBe(1)
    expect(run.output()).toContain('It was not allowed')
    expect(run.output()).not.toContain('    at ')
  })

  test.each([
    ['a resource', ['https://mcp.sep.test/mcp'], 'is an OAuth resource'],
    ['an open page', ['https://app.sep.test/public/'], 'names no login'],
    [
      'a host without rules',
      ['--issuer', 'https://auth.sep.test', 'https://mcp.sep.test'],
      'no rule is for it',
    ],
    ['plain http', ['http://app.sep.test'], 'expected an https address'],
  ])('says it in words for %s', async (_, args, words) => {
    const machine = await newDesk()
    const refused = await machine.run('login', ...args)
    expect(refused).toMatchObject({ code: 1, output: '' })
    expect(refused.said).toContain(words)
    expect(refused.said).not.toContain('    at ')
  })
})

describe('sallyport token', () => {
  test('refreshes once for several that ask at the same time', async () => {
    const machine = await newDesk()
    await signIn(machine)
    const before = (await machine.run('token', app)).output
    age(machine)
    const runs = await Promise.all([1, 2, 3].map(() => machine.run('token', app)))
    expect(new Set(runs.map(({ output }) => output)).size).toBe(1)
    const [{ output } = { output: '' }] = runs
    expect(output).not.toBe(before)
    expect((await ask(machine, output.trim(), `${app}/`)).output).toBe('200')
    expect(statesOf(machine)).toHaveLength(1)
  })
})

describe('sallyport logout', () => {
  test('ends the token with the next request, and the login', async () => {
    const machine = await newDesk()
    await signIn(machine)
    const token = (await machine.run('token', app)).output.trim()
    const kept = readFileSync(fileOf(machine), 'utf8')
    const file = fileOf(machine)
    expect((await ask(machine, token, `${app}/`)).output).toBe('200')
    expect(await machine.run('logout', app)).toMatchObject({ code: 0 })
    expect((await ask(machine, token, `${app}/`)).output).toBe('401')
    expect(statesOf(machine)).toEqual([])
    const gone = await machine.run('token', app)
    expect(gone).toMatchObject({ code: 1, output: '' })
    expect(gone.said).toContain(`run: sallyport login ${app}`)
    // Whoever kept a copy has nothing.
    writeFileSync(file, kept, { mode: 0o600 })
    age(machine)
    const refused = await machine.run('token', app)
    expect(refused).toMatchObject({ code: 1, output: '' })
    expect(refused.said).toContain('The login has ended')
  })
})

test('sallyport keeps the login in the keychain, and shows it to no list of processes', async () => {
  const machine = await newDesk()
  const { directory } = machine
  machine.addTool(
    'secret-tool',
    `echo "$@" >> ${directory}/arguments
case "$1" in
  store) cat > ${directory}/secret ;;
  lookup) cat ${directory}/secret ;;
  clear) rm -f ${directory}/secret ;;
esac`,
  )
  expect(await signIn(machine)).toContain('kept in the keychain')
  const secret = readFileSync(join(directory, 'secret'), 'utf8')
  const tokens = JSON.parse(Buffer.from(secret, 'base64url').toString())
  const token = (await machine.run('token', app)).output.trim()
  expect(tokens.accessToken).toBe(token)
  expect((await ask(machine, token, `${app}/`)).output).toBe('200')
  const elsewhere = [
    readFileSync(fileOf(machine), 'utf8'),
    readFileSync(join(directory, 'arguments'), 'utf8'),
  ]
  for (const text of elsewhere)
    for (const value of [secret, token, tokens.refreshToken]) expect(text).not.toContain(value)
  expect(await machine.run('logout')).toMatchObject({ code: 0 })
  expect(readdirSync(directory)).not.toContain('secret')
})
