// The files we ship, as a user copies them: only names, addresses, ports and paths are replaced.

import { cpSync, globSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../../..')

/** Text in the shipped files, and what a user would write instead. */
export type Replacement = readonly [shipped: string, own: string]

/**
 * Copies a folder of the project and replaces every occurrence of each text, in the given order.
 *
 * @param folder relative to the project
 * @throws when a text does not occur: the files have changed and the test would no longer start them as they are
 */
export function copyShipped(
  folder: string,
  target: string,
  replacements: readonly Replacement[],
): void {
  cpSync(join(root, folder), target, { recursive: true })
  const paths = globSync('**/*', { cwd: target })
    .filter((path) => !path.endsWith('.md'))
    .map((path) => join(target, path))
    .filter((path) => statSync(path).isFile())
  for (const [from, to] of replacements) {
    let found = 0
    for (const path of paths) {
      const text = readFileSync(path, 'utf8')
      found += text.split(from).length - 1
      writeFileSync(path, text.replaceAll(from, to))
    }
    if (found === 0) throw new Error(`The files in ${folder}/ do not contain "${from}" any more`)
  }
}
