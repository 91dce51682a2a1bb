// Which programs are called for the keychain and the browser, and that no secret is among their arguments.

import { describe, expect, test } from 'vitest'
import { hasDisplay, openBrowser } from '../../../../src/cli/login/browser.ts'
import { createKeychain } from '../../../../src/cli/login/keychain.ts'
import { createRunTool, type RunTool, type ToolResult } from '../../../../src/cli/login/run-tool.ts'

type Call = { readonly command: string; readonly args: readonly string[]; readonly input: string }

const done: ToolResult = { code: 0, output: 'kept\n' }

function recording({ result }: { readonly result: ToolResult | undefined } = { result: done }) {
  const calls: Call[] = []
  const run: RunTool = async (command, args, input = '') => {
    calls.push({ command, args, input })
    return result
  }
  return { calls, run }
}

const origin = 'https://app.example.com'

describe('createKeychain()', () => {
  test.each<[NodeJS.Platform, string]>([
    ['darwin', 'security'],
    ['linux', 'secret-tool'],
  ])('gives secrets on %s to the input of %s only', async (platform, command) => {
    const { calls, run } = recording()
    const keychain = createKeychain(platform, run)
    expect(await keychain?.store(origin, 'c2VjcmV0')).toBe(true)
    expect(await keychain?.find(origin)).toBe('kept')
    await keychain?.remove(origin)
    expect(calls.map((call) => call.command)).toEqual([command, command, command])
    expect(calls[0]?.input).toContain('c2VjcmV0')
    for (const { args } of calls) expect(args.join(' ')).not.toContain('c2VjcmV0')
  })

  test('keeps nothing that `security` would cut', async () => {
    const { calls, run } = recording()
    expect(await createKeychain('darwin', run)?.store(origin, 'x'.repeat(4_000))).toBe(false)
    expect(calls).toEqual([])
  })

  test.each<[string, ToolResult | undefined]>([
    ['is not there', undefined],
    ['fails', { code: 1, output: 'noise' }],
  ])('has nothing when the program %s', async (_, result) => {
    for (const platform of ['darwin', 'linux'] as const) {
      const keychain = createKeychain(platform, recording({ result }).run)
      expect(await keychain?.store(origin, 'text')).toBe(false)
      expect(await keychain?.find(origin)).toBeUndefined()
    }
  })

  test('knows none on other systems', () => {
    expect(createKeychain('win32', recording().run)).toBeUndefined()
  })
})

describe('createRunTool()', () => {
  const run = createRunTool({ PATH: process.env['PATH'] ?? '' })

  test('gives input and arguments as they are, and the output back', async () => {
    expect(await run('cat', [], 'a $(b)')).toEqual({ code: 0, output: 'a $(b)' })
    expect(await run('printf', ['%s', '$(x); y'])).toEqual({ code: 0, output: '$(x); y' })
  })

  test('says how it ended, and nothing for a program that is not there', async () => {
    expect(await run('false', [])).toMatchObject({ code: 1 })
    expect(await run('no-such-program-here', [], 'text')).toBeUndefined()
  })
})

describe('openBrowser()', () => {
  const address = new URL('https://auth.example.com/authorize?a=1&b=2')

  test.each<[NodeJS.Platform, string]>([
    ['linux', 'xdg-open'],
    ['darwin', 'open'],
    ['win32', 'rundll32'],
  ])('calls on %s %s with the address as one argument', async (platform, command) => {
    const { calls, run } = recording()
    expect(await openBrowser(address, platform, run)).toBe(true)
    expect(calls[0]).toMatchObject({ command })
    expect(calls[0]?.args.at(-1)).toBe(address.href)
  })

  test.each(['http://evil.example/', 'file:///etc/passwd', 'https://a:b@evil.example/'])(
    'never opens %s',
    async (text) => {
      const { calls, run } = recording()
      expect(await openBrowser(new URL(text), 'linux', run)).toBe(false)
      expect(calls).toEqual([])
    },
  )
})

describe('hasDisplay()', () => {
  test.each<[NodeJS.Platform, NodeJS.ProcessEnv, boolean]>([
    ['linux', { DISPLAY: ':0' }, true],
    ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, true],
    ['linux', {}, false],
    ['linux', { DISPLAY: ':10', SSH_CONNECTION: '1 2 3 4' }, false],
    ['darwin', {}, true],
    ['darwin', { SSH_TTY: '/dev/ttys001' }, false],
    ['win32', {}, true],
  ])('on %s with %j is %s', (platform, env, expected) => {
    expect(hasDisplay(platform, env)).toBe(expected)
  })
})
