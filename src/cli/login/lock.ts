// One at a time: several programs of one person may want a token at once, and a refresh token is good for one of them.

import { open, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { LoginFault } from './fault.ts'
import { prepareDirectory } from './private-file.ts'

/** Longer than anybody holds it: a refresh has 10 s. */
const abandonedAfterMilliseconds = 30_000
const patienceMilliseconds = 45_000
const pauseMilliseconds = 25

const take = (path: string): Promise<boolean> =>
  open(path, 'wx', 0o600).then(
    async (file) => {
      await file.close()
      return true
    },
    () => false,
  )

/** Whoever held it was killed. */
async function clearAbandoned(path: string): Promise<void> {
  const facts = await stat(path).catch(() => undefined)
  if (facts !== undefined && Date.now() - facts.mtimeMs > abandonedAfterMilliseconds)
    await unlink(path).catch(() => undefined)
}

/**
 * Runs `work` while no other program runs its own under the same path.
 *
 * @throws LoginFault when somebody else does not come to an end
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  await prepareDirectory(dirname(path))
  const deadline = Date.now() + patienceMilliseconds
  while (!(await take(path))) {
    if (Date.now() > deadline)
      throw new LoginFault(
        `Another sallyport does not come to an end; if there is none, delete "${path}"`,
      )
    await clearAbandoned(path)
    await sleep(pauseMilliseconds)
  }
  try {
    return await work()
  } finally {
    await unlink(path).catch(() => undefined)
  }
}
