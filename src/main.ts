// The program: arguments -> command. The only file that touches the process itself.

import { readFileSync, writeFileSync } from 'node:fs'
import { decisionId, randomToken } from './adapters/random.ts'
import { hashOf } from './adapters/sealing.ts'
import { readArguments, usage } from './cli/arguments.ts'
import { checkConfig } from './cli/check-config.ts'
import { clients, clientsUsage } from './cli/clients.ts'
import { printProblems } from './cli/configuration-report.ts'
import { doctor } from './cli/doctor/doctor.ts'
import { doctorPorts } from './cli/doctor/ports.ts'
import { askHealth, health } from './cli/health.ts'
import { introduce } from './cli/introduce.ts'
import { keys, keysUsage } from './cli/keys.ts'
import { loginCommand, thisMachine } from './cli/login/command-line.ts'
import { openLog } from './cli/open-log.ts'
import { printMessages } from './cli/print-messages.ts'
import { printSettings } from './cli/print-settings.ts'
import { passwordInput } from './cli/read-password.ts'
import { startService } from './cli/serve.ts'
import { tokens, tokensUsage } from './cli/tokens.ts'
import { users, usersUsage } from './cli/users.ts'
import { withStore } from './cli/with-store.ts'
import { readFile } from './config/files.ts'
import { type Loading, loadSettings } from './config/load.ts'
import { OperatorFault } from './ports/operator-fault.ts'
import type { Log } from './ports/runtime.ts'
import { epochSeconds } from './protocol/time.ts'

/** Set by the build; run from sources, package.json says it. */
declare const SALLYPORT_VERSION: string | undefined

const print = (line: string): void => void process.stdout.write(`${line}\n`)
const printError = (line: string): void => void process.stderr.write(`${line}\n`)

function version(): string {
  if (typeof SALLYPORT_VERSION === 'string') return SALLYPORT_VERSION
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  )
  return manifest !== null && typeof manifest === 'object' && 'version' in manifest
    ? String(manifest.version)
    : 'unknown'
}

// What nobody caught has left the program in a state nobody knows: it ends, and is started anew (R140).
function endOnFault(log: Log): void {
  const end = (event: string) => (fault: unknown) => {
    log.error(event, {}, fault)
    process.exit(1)
  }
  process.on('uncaughtException', end('process.uncaught'))
  process.on('unhandledRejection', end('process.unhandled'))
}

/** Resolves with the exit code once a signal has come and everything is closed. */
function stopOnSignal(end: () => Promise<void>, log: Log): Promise<number> {
  return new Promise((resolve) => {
    let stopping = false
    const stop = (signal: NodeJS.Signals) => {
      if (stopping) return
      stopping = true
      log.info('stopping', { signal })
      end().then(
        () => resolve(0),
        (fault: unknown) => {
          log.error('stop.failed', {}, fault)
          resolve(1)
        },
      )
    }
    process.on('SIGTERM', stop)
    process.on('SIGINT', stop)
  })
}

async function serve(load: () => Loading): Promise<number> {
  const loading = load()
  if (loading.kind === 'problems') {
    printProblems(loading, printError)
    return 1
  }
  const { settings, file } = loading
  const log = openLog(settings.log.level)
  for (const { severity, text } of loading.warnings) {
    if (severity === 'warning') log.warn('configuration.warning', { text })
    else log.info('configuration.notice', { text })
  }
  endOnFault(log)
  const started = startService({ settings, file, reload: load, log })
  const introduced = started.then(({ store }) => introduce({ settings, file, store, print, now }))
  // A signal may come at any moment: what has begun is finished before the store closes.
  const stopped = stopOnSignal(async () => {
    await Promise.allSettled([introduced])
    await (await started).stop()
  }, log)
  await introduced
  return stopped
}

const now = () => epochSeconds(Date.now() / 1000)

const manageUsers = (load: () => Loading, rest: readonly string[]): Promise<number> =>
  withStore(load, {
    what: 'accounts',
    printError,
    run: (store, { publicUrl: { href: publicUrl }, localAccounts: hasLocalAccounts }) => {
      const password = passwordInput(process.stdin, (text) => void process.stderr.write(text))
      return users(rest, {
        store,
        publicUrl,
        hasLocalAccounts,
        password,
        hashOf,
        print,
        printError,
        now,
      })
    },
  })

const manageClients = (load: () => Loading, rest: readonly string[]): Promise<number> =>
  withStore(load, {
    what: 'clients',
    printError,
    run: (store, { authorizationServer: settings }) =>
      clients(rest, { store, settings, randomToken, hashOf, print, printError, now }),
  })

const manageTokens = (load: () => Loading, rest: readonly string[]): Promise<number> =>
  withStore(load, {
    what: 'tokens',
    printError,
    run: (store, { personalTokens: limits }) => {
      const random = { randomToken, newId: decisionId, hashOf }
      return tokens(rest, { store, limits, ...random, print, printError, now })
    },
  })

const manageKeys = (load: () => Loading, rest: readonly string[]): Promise<number> =>
  withStore(load, {
    what: 'keys',
    printError,
    run: (store) => keys(rest, { store, print, printError, now }),
  })

const groupUsages = new Map<string, string>([
  ['users', usersUsage],
  ['clients', clientsUsage],
  ['tokens', tokensUsage],
  ['keys', keysUsage],
])

// Before the configuration is read and the store made: whoever asks how a command is written may have neither.
function usageAsked(command: string, rest: readonly string[]): string | undefined {
  return rest.includes('--help') || rest.includes('-h') ? groupUsages.get(command) : undefined
}

async function run(argv: readonly string[]): Promise<number> {
  const read = readArguments(argv)
  if (read.kind === 'problem') {
    printError(`${read.problem}\n\n${usage}`)
    return 2
  }
  const asked = usageAsked(read.command, read.rest)
  if (asked !== undefined) {
    print(asked)
    return 0
  }
  const input = { argv: read.settings, env: process.env, readFile, now }
  const load = () => loadSettings(input)
  switch (read.command) {
    case 'serve':
      return serve(load)
    case 'check-config':
      return checkConfig({ ...input, print, printError })
    case 'health':
      return health(read.rest, { ...input, print, printError, ask: askHealth })
    case 'doctor':
      return doctor(read.rest, { ...input, ...doctorPorts, print, printError })
    case 'users':
      return manageUsers(load, read.rest)
    case 'clients':
      return manageClients(load, read.rest)
    case 'tokens':
      return manageTokens(load, read.rest)
    case 'keys':
      return manageKeys(load, read.rest)
    case 'login':
    case 'token':
    case 'logout':
      return loginCommand(read.command, read.rest, thisMachine({ print, printError }))
    case 'print-settings':
      return printSettings(read.rest, {
        print,
        printError,
        readText: (path) => readFileSync(path, 'utf8'),
        writeText: (path, text) => writeFileSync(path, text),
      })
    case 'print-messages':
      return printMessages(read.rest, { print, printError })
    case 'help':
      print(usage)
      return 0
    case 'version':
      print(version())
      return 0
  }
}

// Faults with a message for the operator show it alone; anything else is a defect and shows where.
function explain(fault: unknown): string {
  if (!(fault instanceof Error)) return 'Failed for an unknown reason'
  return fault instanceof OperatorFault ? fault.message : (fault.stack ?? fault.message)
}

run(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (fault: unknown) => {
    printError(explain(fault))
    process.exit(1)
  },
)
