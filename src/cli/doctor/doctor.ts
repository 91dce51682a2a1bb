// sallyport doctor: what is wrong between us, the providers and the proxy, in plain words.

import { type LoadInput, loadSettings } from '../../config/load.ts'
import type { Settings } from '../../config/settings.ts'
import { doctorUsage, parseDoctorArguments } from './arguments.ts'
import { type Connect, createAsk } from './ask.ts'
import { checkEcho } from './check-echo.ts'
import { checkIssuers, type IssuerPorts } from './check-issuers.ts'
import { checkProxy } from './check-proxy.ts'
import {
  exitCodeOf,
  type Finding,
  formatFinding,
  notChecked,
  ok,
  warning,
  wrong,
} from './finding.ts'
import { judgeCookieReach } from './judge-cookie.ts'
import type { ProbePorts } from './probe.ts'

export type DoctorIo = LoadInput & {
  readonly print: (line: string) => void
  readonly printError: (line: string) => void
  readonly issuerPorts: (settings: Settings) => IssuerPorts
  /** The database of the running service: undefined with the reason when there is none. */
  readonly openStore: (
    settings: Settings,
  ) => Promise<(NonNullable<ProbePorts['store']> & { close: () => Promise<void> }) | string>
  readonly probePorts: Pick<ProbePorts, 'now' | 'randomToken' | 'hashOf'>
}

type Run = Extract<ReturnType<typeof parseDoctorArguments>, { readonly kind: 'run' }>

async function checkThroughProxy(
  settings: Settings,
  { connect, echo }: { readonly connect: Connect | undefined; readonly echo: Run['echo'] },
  io: DoctorIo,
): Promise<readonly Finding[]> {
  const store = await io.openStore(settings)
  const shared = typeof store === 'string' ? undefined : store
  const ports = { ...io.probePorts, ask: createAsk(connect), store: shared }
  try {
    return [
      ...(typeof store === 'string' ? [notChecked(`what arrives at Sallyport, ${store}`)] : []),
      ...(await checkProxy(settings, ports)),
      ...(echo === undefined
        ? [notChecked('identity headers behind the gate: give --echo and --as')]
        : await checkEcho(settings, echo, ports)),
    ]
  } finally {
    await shared?.close()
  }
}

/**
 * Prints a line for each finding as soon as its part is done.
 *
 * @returns exit code: 0 nothing wrong, 1 something is, 2 when the command line makes no sense
 */
export async function doctor(rest: readonly string[], io: DoctorIo): Promise<number> {
  const given = parseDoctorArguments(rest)
  if (given.kind === 'problem') {
    io.printError(`${given.problem}\n\n${doctorUsage}`)
    return 2
  }
  if (given.kind === 'help') {
    io.print(doctorUsage)
    return 0
  }
  const all: Finding[] = []
  const say = (findings: readonly Finding[]): void => {
    all.push(...findings)
    for (const finding of findings) io.print(formatFinding(finding))
  }
  const loading = loadSettings(io)
  const warnings = loading.warnings.filter(({ severity }) => severity === 'warning')
  say(warnings.map(({ text }) => warning(`configuration: ${text}`)))
  if (loading.kind === 'problems') {
    say(loading.problems.map((problem) => wrong(`configuration: ${problem}`)))
    return exitCodeOf(all)
  }
  const { settings } = loading
  say([ok('configuration: it can be read'), ...judgeCookieReach(settings)])
  say(await checkIssuers(settings, io.issuerPorts(settings)))
  if (!given.local) say(await checkThroughProxy(settings, given, io))
  return exitCodeOf(all)
}
