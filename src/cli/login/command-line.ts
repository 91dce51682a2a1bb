// `sallyport login`, `token` and `logout`: what follows the command, and how it ends.

import { homedir } from 'node:os'
import { parseArgs } from 'node:util'
import { LoginFault, UsageFault } from './fault.ts'
import { login } from './login.ts'
import { logout } from './logout.ts'
import type { Machine } from './ports.ts'
import { createRunTool } from './run-tool.ts'
import { token } from './token.ts'

export type LoginCommand = 'login' | 'token' | 'logout'

export const loginUsage = `Usage: sallyport login URL [--device] [--issuer URL]
       sallyport token URL
       sallyport logout [URL]

Signs you in at the Sallyport that protects a host, and gives scripts a token for that host alone:

  sallyport login https://app.example.com
  curl -H "Authorization: Bearer $(sallyport token https://app.example.com)" https://app.example.com/api

  --device       show a code to enter on any device, instead of opening a browser here
  --issuer URL   where to sign in, when the host does not say it

The login is kept in the keychain (macOS, or Linux with secret-tool), else in a file that only you can read.
Without URL, logout ends all of them.`

const options = {
  device: { type: 'boolean' },
  issuer: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

const read = (rest: readonly string[]) =>
  parseArgs({ args: [...rest], options, allowPositionals: true, strict: true })

function parse(rest: readonly string[]): ReturnType<typeof read> {
  try {
    return read(rest)
  } catch (fault) {
    throw new UsageFault(fault instanceof Error ? fault.message : String(fault))
  }
}

async function run(command: LoginCommand, rest: readonly string[], machine: Machine) {
  const { values, positionals } = parse(rest)
  if (values.help === true) {
    machine.print(loginUsage)
    return
  }
  const [place, ...more] = positionals
  const isPlain = command !== 'login' && (values.device === true || values.issuer !== undefined)
  if (more.length > 0 || isPlain || (place === undefined && command !== 'logout'))
    throw new UsageFault(`Cannot read what follows "${command}".\n\n${loginUsage}`)
  if (command === 'logout') return logout(place, machine)
  if (command === 'token') return token(place ?? '', machine)
  const { issuer, device = false } = values
  return login({ place: place ?? '', issuer, device }, machine)
}

/** @returns the exit code: 0; 1 when it was said what is wrong; 2 when that is the command itself */
export async function loginCommand(
  command: LoginCommand,
  rest: readonly string[],
  machine: Machine,
): Promise<number> {
  try {
    await run(command, rest, machine)
    return 0
  } catch (fault) {
    if (!(fault instanceof LoginFault)) throw fault
    machine.printError(fault.message)
    return fault instanceof UsageFault ? 2 : 1
  }
}

/** The machine that this process runs on. */
export const thisMachine = (output: Pick<Machine, 'print' | 'printError'>): Machine => ({
  ...output,
  platform: process.platform,
  env: process.env,
  home: homedir(),
  run: createRunTool(process.env),
  now: () => Date.now() / 1000,
})
