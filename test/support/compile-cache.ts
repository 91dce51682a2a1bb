// Programs that tests start load their code from here from the second time on: half of their start is that.

import { join } from 'node:path'

/** Below `node_modules`, so that nobody else on the machine can change what runs. */
export const compileCache = {
  NODE_COMPILE_CACHE: join(import.meta.dirname, '../../node_modules/.cache/sallyport-tests'),
}
