// Asks through the proxy as a browser, a program and an attacker would, without any credential of value.

import type { ResourcePolicy } from '../../access/policy.ts'
import type { Settings } from '../../config/settings.ts'
import { checkAuthorizationServer } from './check-authorization-server.ts'
import { type Finding, notChecked, ok, warning, wrong } from './finding.ts'
import { forgedHeaders, judgeForged } from './judge-forged.ts'
import { handOffUrlOf, judgeHandOff } from './judge-hand-off.ts'
import { judgeMetadata, metadataUrlOf } from './judge-metadata.ts'
import { judgeQuestion, judgeUnreported } from './judge-question.ts'
import { judgeChallenge, judgeLogin, judgeStepUp } from './judge-refusal.ts'
import { type Probed, type ProbePorts, probe } from './probe.ts'
import { findProbeTargets, type ProbeTarget } from './probe-targets.ts'

const pageLoad = {
  Accept: 'text/html',
  'Sec-Fetch-Mode': 'navigate',
  'Sec-Fetch-Dest': 'document',
  Cookie: 'sallyport-doctor-says=nothing',
}
const program = { Accept: 'application/json' }

const isWrong = (findings: readonly Finding[]): boolean =>
  findings.some(({ grade }) => grade === 'wrong')

const judgeFirst = (
  url: URL,
  { asked, report }: Probed,
  sent: readonly ('cookie' | 'authorization')[],
): readonly Finding[] =>
  report === undefined ? [judgeUnreported(url, asked)] : judgeQuestion(url, report, sent)

async function checkHandOff(
  url: URL,
  settings: Settings,
  { ask }: ProbePorts,
): Promise<readonly Finding[]> {
  const start = handOffUrlOf(settings, url)
  if (start === undefined) return []
  return [judgeHandOff(await ask(start, { Accept: 'text/html' }), start, settings.publicUrl.href)]
}

// Later findings would only repeat in other words that no or a wrong question was asked.
async function checkApplication(
  url: URL,
  settings: Settings,
  ports: ProbePorts,
): Promise<readonly Finding[]> {
  const page = await probe(url, pageLoad, ports)
  const login = judgeLogin(url, page.asked, settings.publicUrl.href, page.report)
  if (page.report === undefined && login.grade === 'ok') {
    const unknown = `${url.host}: what else the proxy asks`
    return [login, notChecked(`${unknown}, because the running Sallyport told nothing about it`)]
  }
  const first = judgeFirst(url, page, ['cookie'])
  if (isWrong(first)) return first
  const script = await probe(url, program, ports)
  const attack = await probe(url, { ...forgedHeaders, ...pageLoad }, ports)
  return [
    ...first,
    login,
    judgeChallenge(url, script.asked, undefined, script.report),
    ...judgeForged(url, attack.report),
    ...(await checkHandOff(url, settings, ports)),
  ]
}

async function checkResource(
  url: URL,
  resource: ResourcePolicy,
  ports: ProbePorts,
): Promise<readonly Finding[]> {
  const token = { ...program, Authorization: 'Bearer sallyport-doctor' }
  const withToken = await probe(url, token, ports)
  const first = judgeFirst(url, withToken, ['authorization'])
  const metadata = metadataUrlOf(resource)
  const found = metadata ? [judgeMetadata(resource, metadata, await ports.ask(metadata))] : []
  if (isWrong(first)) return [...first, ...found]
  const bare = await probe(url, program, ports)
  const stepUp = await probe(url, program, ports, 'step-up')
  return [
    ...first,
    judgeChallenge(url, bare.asked, metadata?.href, bare.report),
    stepUp.report === undefined
      ? notChecked(`${url.host}: WWW-Authenticate on 403, because Sallyport told nothing`)
      : judgeStepUp(url, stepUp.asked, stepUp.report),
    ...found,
  ]
}

async function checkLoginPage({ publicUrl }: Settings, { ask }: ProbePorts): Promise<Finding> {
  const url = new URL(`${publicUrl.href}/login`)
  const asked = await ask(url, { Accept: 'text/html' })
  if (asked.kind === 'fault')
    return wrong(`public URL: ${url.href} cannot be reached: ${asked.reason}`)
  // With one provider and no local accounts the page is a redirect.
  const works = asked.status === 200 || asked.status === 302 || asked.status === 303
  return works
    ? ok(`public URL: the login page answers at ${url.href}`)
    : wrong(
        `public URL: ${url.href} answers ${asked.status}: lead all of ${publicUrl.href} to Sallyport`,
      )
}

// The decision endpoint believes a proxy that hands on what a client says about another request.
async function checkDecisionEndpoint(
  { publicUrl, proxy }: Settings,
  { url }: ProbeTarget,
  ports: ProbePorts,
): Promise<Finding> {
  const claimed = {
    'X-Forwarded-Method': 'GET',
    'X-Forwarded-Proto': url.protocol.slice(0, -1),
    'X-Forwarded-Host': url.host,
    'X-Forwarded-Uri': '/claimed-by-client',
  }
  const address = new URL(`${publicUrl.origin}/auth/${proxy.dialect}`)
  const { report } = await probe(address, { ...program, ...claimed }, ports)
  const believed = report?.forwarded.some(([, value]) => value === '/claimed-by-client') === true
  return believed
    ? warning(
        `public URL: ${address.href} decides about requests that a client describes: keep /auth/ from outside, ` +
          'or have the proxy remove X-Forwarded-Uri there',
      )
    : ok('public URL: nobody outside can ask for decisions')
}

/** Everything that shows without signing in. One target after the other, to keep clear of limits. */
export async function checkProxy(
  settings: Settings,
  ports: ProbePorts,
): Promise<readonly Finding[]> {
  const { targets, left } = findProbeTargets(settings)
  const findings: Finding[] = [
    await checkLoginPage(settings, ports),
    ...(await checkAuthorizationServer(settings, ports.ask)),
  ]
  for (const target of targets)
    findings.push(
      ...(target.kind === 'application'
        ? await checkApplication(target.url, settings, ports)
        : await checkResource(target.url, target.resource, ports)),
    )
  const [first] = targets
  if (first !== undefined && ports.store !== undefined)
    findings.push(await checkDecisionEndpoint(settings, first, ports))
  for (const each of left)
    findings.push(notChecked(`${each}: no address of it is known that needs a login`))
  return findings
}
