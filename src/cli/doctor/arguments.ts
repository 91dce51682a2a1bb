// What follows `sallyport doctor` on the command line, besides settings.

import { parseArgs } from 'node:util'
import { parseEmail } from '../../protocol/email.ts'
import type { Connect } from './ask.ts'

export const doctorUsage = `Usage: sallyport doctor [--local] [--connect HOST:PORT] [--echo URL --as EMAIL]

Checks the configuration, every provider and token issuer, and, through the public address, the proxy and
Sallyport's own authorization server; run it where Sallyport runs, with the same settings. Says ok, warning,
wrong or not checked, one line each; the exit code is 1 when something is wrong.

  --connect HOST:PORT   where the proxy is, when the names cannot be looked up from here
  --echo URL            an application behind the gate that shows the headers it gets, such as traefik/whoami:
                        checks that identity headers arrive and that nobody can make them up
  --as EMAIL            the person to ask it as, by a session that lasts for this one request
  --local               leave out what goes through the proxy`

export type DoctorArguments =
  | {
      readonly kind: 'run'
      readonly connect: Connect | undefined
      readonly echo: { readonly url: URL; readonly email: string } | undefined
      readonly local: boolean
    }
  | { readonly kind: 'help' }
  | { readonly kind: 'problem'; readonly problem: string }

const options = {
  connect: { type: 'string' },
  echo: { type: 'string' },
  as: { type: 'string' },
  local: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

const problem = (text: string): DoctorArguments => ({ kind: 'problem', problem: text })

function parseConnect(text: string): Connect | undefined {
  const [, host, port] = /^(\[[0-9A-Fa-f:.]+\]|[^:/\s]+):(\d{1,5})$/.exec(text) ?? []
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) return undefined
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}

function parseEcho(echo: string | undefined, as: string | undefined) {
  const url = URL.parse(echo ?? '')
  const email = parseEmail(as)
  return url && /^https?:$/.test(url.protocol) && email.kind === 'email'
    ? { url, email: email.value }
    : undefined
}

/** Reads them. Total. */
export function parseDoctorArguments(rest: readonly string[]): DoctorArguments {
  let values: ReturnType<typeof parse>
  try {
    values = parse(rest)
  } catch (fault) {
    return problem(fault instanceof Error ? fault.message : String(fault))
  }
  if (values.help === true) return { kind: 'help' }
  const connect = values.connect === undefined ? undefined : parseConnect(values.connect)
  if (values.connect !== undefined && connect === undefined)
    return problem('Cannot read --connect: expected an address such as 127.0.0.1:443')
  const asked = values.echo !== undefined || values.as !== undefined
  const echo = asked ? parseEcho(values.echo, values.as) : undefined
  if (asked && echo === undefined)
    return problem('Cannot read --echo and --as: expected both, a URL and an e-mail address')
  return { kind: 'run', connect, echo, local: values.local === true }
}

const parse = (rest: readonly string[]) =>
  parseArgs({ args: [...rest], options, allowPositionals: false, strict: true }).values
