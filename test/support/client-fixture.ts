// What MCP clients really send when they register, and what they publish at their client id (mcp.md 6.2-6.4).

import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'

const folder = join(import.meta.dirname, '../fixtures/clients')

const shape = z.object({
  about: z.string(),
  kind: z.enum(['registration', 'document']),
  document: z.looseObject({
    client_id: z.string().optional(),
    client_name: z.string(),
    redirect_uris: z.array(z.string()),
    grant_types: z.array(z.string()),
  }),
  /** Redirects that the client asks for afterwards. */
  requested: z.array(z.string()),
})

export type ClientFixture = z.infer<typeof shape> & { readonly name: string }

/** Every file of `test/fixtures/clients`. */
export const clientFixtures: readonly ClientFixture[] = globSync('*.json', { cwd: folder })
  .sort()
  .map((file) => ({
    name: basename(file, '.json'),
    ...shape.parse(JSON.parse(readFileSync(join(folder, file), 'utf8'))),
  }))
