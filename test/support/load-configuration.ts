// A configuration as a test writes it, loaded without a disk.

import type { FileReading } from '../../src/config/files.ts'
import { type Loading, loadSettings } from '../../src/config/load.ts'
import type { Settings } from '../../src/config/settings.ts'
import { epochSeconds } from '../../src/protocol/time.ts'

export type Given = {
  readonly yaml?: string
  readonly env?: Readonly<Record<string, string>>
  readonly argv?: readonly string[]
  /** Files besides `./sallyport.yaml`; a text alone has mode 0600. */
  readonly files?: Readonly<Record<string, string | FileReading>>
  /** In seconds since 1970; 2026-01-01 when nothing is said. */
  readonly now?: number
}

function readingOf(file: string | FileReading | undefined): FileReading {
  if (file === undefined) return { kind: 'missing' }
  return typeof file === 'string' ? { kind: 'text', text: file, mode: 0o600 } : file
}

export function load({
  yaml,
  env = {},
  argv = [],
  files = {},
  now = Date.UTC(2026) / 1000,
}: Given): Loading {
  const all = yaml === undefined ? files : { './sallyport.yaml': yaml, ...files }
  const readFile = (path: string) => readingOf(all[path])
  return loadSettings({ argv, env, readFile, now: () => epochSeconds(now) })
}

/** The settings; throws with the problems when there are none. */
export function settingsOf(given: Given): Settings {
  const loading = load(given)
  if (loading.kind === 'settings') return loading.settings
  throw new Error(`Not valid: ${loading.problems.join(' | ')}`)
}

/** The problems; empty when the configuration is valid. */
export function problemsOf(given: Given): readonly string[] {
  const loading = load(given)
  return loading.kind === 'problems' ? loading.problems : []
}

/** The texts of warnings (not of notices). */
export function warningsOf(given: Given): readonly string[] {
  return load(given)
    .warnings.filter(({ severity }) => severity === 'warning')
    .map(({ text }) => text)
}

/** A small valid file, to which a test adds the lines it is about. */
export function fileWith(lines: string): string {
  return `public_url: https://auth.example.com
local_accounts: true
allow: { anyone: true }
${lines}`
}
