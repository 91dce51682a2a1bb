// The keychain of the operating system: macOS by `security`, Linux by `secret-tool` (libsecret).

import type { RunTool } from './run-tool.ts'

export type Keychain = {
  /** False: it could not be kept there. */
  readonly store: (origin: string, text: string) => Promise<boolean>
  readonly find: (origin: string) => Promise<string | undefined>
  readonly remove: (origin: string) => Promise<void>
}

const service = 'sallyport'

/** `security -i` reads lines of at most this many bytes. */
const longestLine = 4_000

const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, '')}"`

function macKeychain(run: RunTool): Keychain {
  return {
    store: async (origin, text) => {
      const line = `add-generic-password -U -s ${quoted(service)} -a ${quoted(origin)} -w ${quoted(text)}\n`
      if (line.length > longestLine) return false
      return (await run('security', ['-i'], line))?.code === 0
    },
    find: async (origin) => {
      const args = ['find-generic-password', '-s', service, '-a', origin, '-w']
      const found = await run('security', args)
      return found?.code === 0 ? found.output.trim() : undefined
    },
    remove: async (origin) => {
      await run('security', ['delete-generic-password', '-s', service, '-a', origin])
    },
  }
}

function linuxKeychain(run: RunTool): Keychain {
  const attributes = (origin: string) => ['service', service, 'origin', origin]
  return {
    store: async (origin, text) => {
      const label = ['--label', `Sallyport login for ${origin}`]
      const stored = await run('secret-tool', ['store', ...label, ...attributes(origin)], text)
      return stored?.code === 0
    },
    find: async (origin) => {
      const found = await run('secret-tool', ['lookup', ...attributes(origin)])
      return found?.code === 0 ? found.output.trim() : undefined
    },
    remove: async (origin) => {
      await run('secret-tool', ['clear', ...attributes(origin)])
    },
  }
}

/** The one that systems of this kind have; whether it is there shows when it is used. */
export function createKeychain(platform: NodeJS.Platform, run: RunTool): Keychain | undefined {
  if (platform === 'darwin') return macKeychain(run)
  return platform === 'linux' ? linuxKeychain(run) : undefined
}
