// What the drivers of test/e2e/mcp/clients tell, checked before anybody relies on it.

import { z } from 'zod'
import { type ClientRun, jsonLines } from './mcp-client.ts'

const credentials = {
  clientId: z.string(),
  scope: z.string(),
  tokenType: z.string(),
  refreshes: z.boolean(),
}

const use = z.object({
  used: z.object({
    tools: z.array(z.string()),
    hello: z.object({
      greeting: z.string(),
      user: z.string(),
      scopes: z.string(),
      unwanted: z.array(z.string()),
    }),
    sum: z.string(),
    product: z.string(),
  }),
  protocol: z.string().nullish(),
  ...credentials,
})

const reset = z.object({ admin_reset: z.string(), ...credentials })
const sum = z.object({ add_numbers: z.string(), ...credentials })

export type Use = z.output<typeof use>

function firstOf<Schema extends z.ZodType>(schema: Schema) {
  return (run: ClientRun): Promise<z.output<Schema>> =>
    run.waitFor((output) => {
      for (const line of jsonLines(output)) {
        const parsed = schema.safeParse(line)
        if (parsed.success) return parsed.data
      }
      return undefined
    })
}

/** After every tool was used that takes no more than the usual scope. */
export const waitForUse = firstOf(use)
/** After `admin_reset`. */
export const waitForReset = firstOf(reset)
/** After the second `add_numbers`. */
export const waitForSum = firstOf(sum)
