// What the doctor asks with: the same adapters as the service.

import { existsSync } from 'node:fs'
import { createGuardedFetch } from '../../adapters/outbound.ts'
import { randomToken } from '../../adapters/random.ts'
import { hashOf } from '../../adapters/sealing.ts'
import { openStore, StoreFault } from '../../adapters/sql/open.ts'
import type { Settings } from '../../config/settings.ts'
import { epochSeconds } from '../../protocol/time.ts'
import { openLog } from '../open-log.ts'
import type { DoctorIo } from './doctor.ts'

const now = () => epochSeconds(Date.now() / 1000)

async function openShared({ database }: Settings) {
  if (database.kind === 'memory') return 'because it keeps everything in memory'
  // Opening would make the file, and nobody would be asked through it.
  if (database.kind === 'sqlite' && !existsSync(database.file))
    return `because there is no database ${database.file}`
  try {
    return await openStore(database, openLog('warn'))
  } catch (fault) {
    if (fault instanceof StoreFault) return `because of this: ${fault.message}`
    throw fault
  }
}

/** The world, for `doctor`. */
export const doctorPorts: Pick<DoctorIo, 'issuerPorts' | 'openStore' | 'probePorts'> = {
  issuerPorts: ({ development }) => ({
    fetch: createGuardedFetch({ allowInsecureLoopback: development }),
    now,
    nowMilliseconds: Date.now,
    randomToken,
  }),
  openStore: openShared,
  probePorts: { now, randomToken, hashOf },
}
