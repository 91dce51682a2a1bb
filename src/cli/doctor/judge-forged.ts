// What becomes of headers that a client makes up? (security.md R2-R5)

import type { ProbeReport } from '../../ports/probe.ts'
import { type Finding, ok, warning, wrong } from './finding.ts'

/** An address for documentation: nobody's (RFC 5737 §3). */
const forgedAddress = '203.0.113.77'

/** Headers that would describe another request, were they believed. */
export const forgedHeaders: Readonly<Record<string, string>> = {
  'X-Forwarded-Method': 'OPTIONS',
  'X-Forwarded-Proto': 'ftp',
  'X-Forwarded-Host': 'forged.invalid',
  'X-Forwarded-Uri': '/forged-by-client',
  'X-Forwarded-For': forgedAddress,
  'X-Original-Url': 'https://forged.invalid/forged-by-client',
  'X-Original-Method': 'OPTIONS',
}

const forged = new Map(
  Object.entries(forgedHeaders).map(([name, value]) => [name.toLowerCase(), { name, value }]),
)

/** Judges what arrived of a request that had all of them. */
export function judgeForged(url: URL, report: ProbeReport | undefined): readonly Finding[] {
  if (report === undefined) return []
  const through = report.forwarded.filter(([name, value]) => forged.get(name)?.value === value)
  const findings = through.map(([name]) => {
    const text = `${url.host}: ${forged.get(name)?.name} of a client reaches Sallyport`
    return name === 'x-forwarded-for'
      ? warning(`${text}: the addresses in its log and limits are what clients say`)
      : wrong(`${text}: the proxy has to replace or remove it, or clients choose their rule`)
  })
  return findings.length > 0
    ? findings
    : [ok(`${url.host}: forwarded headers of a client have no effect`)]
}
