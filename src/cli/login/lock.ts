// One at a time: several programs of one person may want a token at once, and a refresh token is good for one of them.

import { type FileHandle, open, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { LoginFault } from './fault.ts'
import { cannotWrite, codeOf, prepareDirectory } from './private-file.ts'

/** Whoever holds it says so again and again, however long a keychain asks its person. */
const renewalMilliseconds = 5_000
/** Without such a sign its holder was killed. */
const abandonedAfterMilliseconds = 30_000
/** Longer than a keychain waits for its person, a minute, and a refresh takes, ten seconds. */
const patienceMilliseconds = 90_000
const pauseMilliseconds = 25

/** @returns undefined while somebody else holds it */
async function take(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'wx', 0o600)
  } catch (fault) {
    if (codeOf(fault) === 'EEXIST') return undefined
    throw cannotWrite(path, fault)
  }
}

async function clearAbandoned(path: string): Promise<void> {
  const facts = await stat(path).catch(() => undefined)
  if (facts !== undefined && Date.now() - facts.mtimeMs > abandonedAfterMilliseconds)
    await unlink(path).catch(() => undefined)
}

async function waitFor(path: string): Promise<FileHandle> {
  const deadline = Date.now() + patienceMilliseconds
  for (;;) {
    const file = await take(path)
    if (file !== undefined) return file
    if (Date.now() > deadline)
      throw new LoginFault(
        `Another sallyport does not come to an end; if there is none, delete "${path}"`,
      )
    await clearAbandoned(path)
    await sleep(pauseMilliseconds)
  }
}

/** Takes the file away, unless another has come into its place: while ours is open its number is nobody else's. */
async function release(path: string, file: FileHandle): Promise<void> {
  const [ours, there] = await Promise.all([file.stat(), stat(path).catch(() => undefined)])
  if (there?.ino === ours.ino && there.dev === ours.dev) await unlink(path)
}

/**
 * Runs `work` while no other program runs its own under the same path.
 *
 * @param renewal milliseconds after which the file says again that its holder is alive
 * @throws LoginFault when somebody else does not come to an end, or no file can be made there
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  renewal = renewalMilliseconds,
): Promise<T> {
  await prepareDirectory(dirname(path))
  const file = await waitFor(path)
  const renew = () => {
    const now = new Date()
    file.utimes(now, now).catch(() => undefined)
  }
  const timer = setInterval(renew, renewal).unref()
  try {
    return await work()
  } finally {
    clearInterval(timer)
    await release(path, file).catch(() => undefined)
    await file.close().catch(() => undefined)
  }
}
