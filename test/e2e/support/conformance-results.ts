// What the MCP conformance suite wrote into its folder of results.

import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'

const checks = z.array(z.object({ id: z.string(), status: z.string() }))

export type Check = { readonly scenario: string; readonly id: string; readonly status: string }

/** Every check of every scenario, sorted; the folder's name ends with the moment of the run. */
export const readChecks = (folder: string): readonly Check[] =>
  globSync('**/checks.json', { cwd: folder })
    .flatMap((path) => {
      const scenario = dirname(path).replace(/-\d{4}-\d\d-\d\dT.*$/, '')
      const found = checks.parse(JSON.parse(readFileSync(join(folder, path), 'utf8')))
      return found.map(({ id, status }) => ({ scenario, id, status }))
    })
    .sort((one, other) => JSON.stringify(one).localeCompare(JSON.stringify(other), 'en'))
