// What the command line asks for: a command, its own arguments, and flags that are settings.

import { type Argument, isSettingFlag, splitArguments, unknownFlag } from '../config/flags.ts'
import { suggestion } from '../config/suggestion.ts'

export const commands = [
  'serve',
  'check-config',
  'health',
  'doctor',
  'users',
  'clients',
  'tokens',
  'keys',
  'login',
  'token',
  'logout',
  'print-settings',
  'print-messages',
  'help',
  'version',
] as const

export type Command = (typeof commands)[number]

export type Arguments =
  | {
      readonly kind: 'command'
      readonly command: Command
      /** The command's own words and flags, in their order. */
      readonly rest: readonly string[]
      /** For `loadSettings`. */
      readonly settings: readonly string[]
    }
  | { readonly kind: 'problem'; readonly problem: string }

const switches: ReadonlyMap<string, Command> = new Map([
  ['help', 'help'],
  ['h', 'help'],
  ['version', 'version'],
  ['check-config', 'check-config'],
])

/** Commands that have flags of their own; for the others an unknown flag is a misspelt setting. */
const ownFlags: ReadonlySet<Command> = new Set([
  'health',
  'doctor',
  'users',
  'clients',
  'tokens',
  'keys',
  'login',
  'token',
  'logout',
  'print-settings',
  'print-messages',
])

const answeringHelp: ReadonlySet<Command> = new Set([
  'health',
  'doctor',
  'users',
  'clients',
  'tokens',
  'keys',
  'login',
  'token',
  'logout',
])

// A word right after an unknown flag is most likely that flag's value: the flag is what is wrong then.
function explainWord(all: readonly Argument[], word: string): string {
  const at = all.findIndex((one) => one.kind === 'word')
  const before = all[at - 1]
  const isSwitch = before?.kind === 'flag' && switches.has(before.name)
  const flag = before === undefined || isSwitch ? undefined : unknownFlag(before)
  return flag ?? `Unknown command "${word.slice(0, 60)}"${suggestion(word, commands)}`
}

/**
 * Reads the arguments after the program's name. The first word is the command, `serve` when there is
 * none; `--help`, `--version` and `--check-config` are commands too. Total.
 *
 * Does not judge the settings flags: `loadSettings` does.
 */
export function readArguments(argv: readonly string[]): Arguments {
  const all = splitArguments(argv)
  const word = all.find(({ kind }) => kind === 'word')
  const name = word?.kind === 'word' ? word.text : 'serve'
  const named = commands.find((command) => command === name)
  if (named === undefined) return { kind: 'problem', problem: explainWord(all, name) }
  const chosen = all.find((one) => one.kind === 'flag' && switches.has(one.name))
  const asked = chosen?.kind === 'flag' ? switches.get(chosen.name) : undefined
  // `users add --help` is for that command to answer.
  const answersItself = answeringHelp.has(named)
  const switched = answersItself ? undefined : asked
  const others = all.filter((one) => one !== word && (switched === undefined || one !== chosen))
  const isSetting = ownFlags.has(named) ? isSettingFlag : () => true
  return {
    kind: 'command',
    command: switched ?? named,
    rest: others.filter((one) => !isSetting(one)).flatMap(({ raw }) => raw),
    settings: others.filter(isSetting).flatMap(({ raw }) => raw),
  }
}

/** What `sallyport help` prints. */
export const usage = `Usage: sallyport [COMMAND] [--SETTING VALUE]...

Commands:
  serve            answer requests (the default)
  check-config     say what is wrong with the configuration, without starting
  health           ask a running Sallyport whether it is alive; --ready: whether it can decide
  doctor           say what is wrong with the configuration, providers and the proxy; --help: its flags
  users            add, list and remove local accounts, change their passwords
  clients          list, add and remove OAuth clients, make tokens with which others may register
  tokens           list, make and revoke tokens for scripts, of local accounts and machines
  keys             list the keys that sign tokens, drop one that others may have seen
  login URL        sign in from a command line, for a token that is good for that host alone
  token URL        print that token, for curl and scripts
  logout [URL]     end that login, or all of them
  print-settings   print all settings as Markdown; --write puts them into README.md
  print-messages   print what the pages say as JSON, to start another language from
  version          print the version

Every setting is a flag (--public-url), a variable (SALLYPORT_PUBLIC_URL) and a line of the file that
--config names (default ./sallyport.yaml). The names of mcpauth work too.`
