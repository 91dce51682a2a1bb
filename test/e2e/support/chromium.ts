// A real Chromium that finds the hosts of the stage.

import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** Path of the installed browser. Throws, saying what to do, when there is none. */
export function findChromium(): string {
  const directories = (process.env['PATH'] ?? '').split(':')
  for (const path of directories.flatMap((directory) =>
    names.map((name) => join(directory, name)),
  )) {
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // Looked for elsewhere.
    }
  }
  throw new Error('The end-to-end tests need Chromium: apt-get install chromium')
}

/** Starts it headless; `edgePort` is where `https://*.sep.test` and `https://*.far.test` lead. */
export const startChromium = (edgePort: number): Promise<Browser> =>
  chromium.launch({
    executablePath: findChromium(),
    // Containers have no user namespaces, and nothing but our own pages is opened.
    args: [
      '--no-sandbox',
      `--host-resolver-rules=${['sep', 'far'].map((name) => `MAP *.${name}.test:443 127.0.0.1:${edgePort}`).join()}`,
    ],
  })

const results = join(import.meta.dirname, '../../../test-results')

/** Where a screenshot goes; the folder is not under version control. */
export const screenshot = (name: string): string => join(results, `${name}.png`)
