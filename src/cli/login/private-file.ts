// Files that nobody else on this machine can read, replaced whole or not at all.

import { randomBytes } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { chmod, lstat, mkdir, open, rename, unlink } from 'node:fs/promises'
import { LoginFault } from './fault.ts'

const longestFile = 65_536

/** Why a system call failed: `ENOENT`, `EROFS`. */
export const codeOf = (fault: unknown): string =>
  fault instanceof Error && 'code' in fault ? String(fault.code) : 'for an unknown reason'

/** In words for the person: nothing can be kept there. */
export const cannotWrite = (path: string, fault: unknown): LoginFault =>
  new LoginFault(`Cannot write "${path}": ${codeOf(fault)}`, { cause: fault })

// Windows says who may read in another way, and gives a person's own folder to nobody else.
const hasModes = process.platform !== 'win32'

function refuseOthers(path: string, { mode, uid }: { mode: number; uid: number }): void {
  if (!hasModes) return
  if (uid !== process.getuid?.())
    throw new LoginFault(`"${path}" belongs to somebody else: not used`)
  if ((mode & 0o077) !== 0)
    throw new LoginFault(
      `Others on this machine may read "${path}" (mode ${(mode & 0o777).toString(8)}): not used; if nobody did, run: chmod go= "${path}"`,
    )
}

/**
 * Makes the directory, or takes the one that is there.
 *
 * @throws LoginFault when it cannot be made, or others may look into it
 */
export async function prepareDirectory(path: string): Promise<void> {
  const facts = await makeDirectory(path).catch((fault: unknown) => {
    throw cannotWrite(path, fault)
  })
  refuseOthers(path, facts)
}

async function makeDirectory(path: string): Promise<Stats> {
  const made = await mkdir(path, { recursive: true, mode: 0o700 })
  // A generous umask of the person does not matter, a strict one does.
  if (made !== undefined) await chmod(path, 0o700)
  return lstat(path)
}

/**
 * @returns undefined when there is none
 * @throws LoginFault when others may read it
 */
export async function readPrivateFile(path: string): Promise<string | undefined> {
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)
  const file = await open(path, flags).catch((fault: unknown) => {
    if (codeOf(fault) === 'ENOENT') return undefined
    throw new LoginFault(`Cannot read "${path}": ${codeOf(fault)}`, { cause: fault })
  })
  if (file === undefined) return undefined
  try {
    // Of the open file, so that nobody puts another in its place between the look and the read.
    const facts = await file.stat()
    refuseOthers(path, facts)
    return facts.size > longestFile ? '' : await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

/**
 * Replaces the file in one step, with mode 0600.
 *
 * @throws LoginFault when it cannot be written; what was there is there still
 */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (fault) {
    await unlink(temporary).catch(() => undefined)
    throw cannotWrite(path, fault)
  }
}
