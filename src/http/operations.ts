// Is the process alive, and can it do its work? Nothing about users, providers or versions (R132).

import { Hono } from 'hono'
import { json } from './reply.ts'

export type OperationsDeps = {
  /** Whether the store answers and no shutdown has begun. */
  readonly isReady: () => Promise<boolean>
}

/** `GET /health` (alive) and `GET /ready` (able to decide and to log in). */
export function createOperationsRoutes({ isReady }: OperationsDeps): Hono {
  return new Hono()
    .get('/health', () => json(200, { status: 'ok' }))
    .get('/ready', async () =>
      (await isReady()) ? json(200, { status: 'ok' }) : json(503, { status: 'not ready' }),
    )
}
