import { describe, expect, test } from 'vitest'
import { createPolicyHolder } from '../../../src/cli/policy-reload.ts'
import type { LogFields } from '../../../src/ports/runtime.ts'
import { load, settingsOf } from '../../support/load-configuration.ts'

const base = `public_url: https://auth.example.com
cookie: { domain: example.com }
allow: { anyone: true }
providers:
  - { id: home, issuer: https://sso.example.com, client_id: sallyport, client_secret: a-secret-of-the-provider-0001 }
rules: [{ host: app.example.com }]
`

const file = './sallyport.yaml'

/** Reads `changed` in the place of `base`; what was logged comes back. Undefined: the file is gone. */
function reload(changed: string | undefined, env: Readonly<Record<string, string>> = {}) {
  const lines: [string, LogFields | undefined][] = []
  const note = (event: string, fields?: LogFields) => void lines.push([event, fields])
  const log = { debug: note, info: note, warn: note, error: note, debugEnabled: false }
  const start = { settings: settingsOf({ yaml: base, env }), file }
  const read = () => load(changed === undefined ? { env } : { yaml: changed, env })
  const holder = createPolicyHolder(start, read, log)
  holder.reload()
  const events = lines.map(([event]) => event)
  return { holder, events, output: JSON.stringify(lines) }
}

describe('createPolicyHolder()', () => {
  test('says nothing of a restart when only the policy changed', () => {
    const changed = base.replace('app.example.com', 'new.example.com')
    const { holder, events } = reload(changed)
    expect(events).toEqual(['policy.loaded'])
    expect(holder.current().knowsHost('new.example.com', undefined)).toBe(true)
    expect(holder.current().knowsHost('app.example.com', undefined)).toBe(false)
  })

  test.each([
    [
      'another token issuer',
      'issuers of resources',
      `${base}resources: [{ url: https://mcp.example.com/mcp, issuers: [https://other.example.com] }]`,
    ],
    [
      'tokens of our own',
      'authorization_server, resources of its own',
      `${base}resources: [{ url: https://mcp.example.com/mcp }]`,
    ],
    ['another client id', 'providers', base.replace('client_id: sallyport', 'client_id: other')],
    ['another client secret', 'providers', base.replace('-0001', '-0002')],
    [
      'another cookie name',
      'cookie',
      base.replace('domain: example.com', 'domain: example.com, name: other'),
    ],
    ['trust in more peers', 'proxy', `${base}proxy: { trusted: [10.0.0.0/8] }`],
    ['another life of sessions', 'session', `${base}session: { lifetime: 1h }`],
  ])('takes over the policy alone and names what needs a restart: %s', (_, name, changed) => {
    const { events, output } = reload(changed)
    expect(events).toEqual(['policy.loaded', 'policy.restart_needed'])
    expect(output).toContain(`the rest needs a restart: ${name}"`)
    expect(output).not.toContain('a-secret-of')
  })

  test.each<[string, string | undefined, Readonly<Record<string, string>>]>([
    ['is faulty', `${base}rulez: []`, {}],
    ['is empty', '', {}],
    ['is gone', undefined, {}],
    [
      'is gone and variables say enough',
      undefined,
      { SALLYPORT_PUBLIC_URL: 'https://auth.example.com' },
    ],
    ['is for development now', 'development: true', {}],
  ])('keeps the policy when the file %s (R15)', (_, changed, env) => {
    const { holder, events } = reload(changed, env)
    expect(events).toEqual(['policy.rejected'])
    expect(holder.current().knowsHost('app.example.com', undefined)).toBe(true)
  })
})
