// A secret that the program makes for itself once and keeps in a file that nobody else can read (R109, R112).

import { link, mkdir, open, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { OperatorFault } from '../ports/operator-fault.ts'
import { randomToken } from './random.ts'

/** The secret cannot be had. */
export class SecretFileFault extends OperatorFault {}

const codeOf = (fault: unknown): unknown =>
  fault instanceof Error && 'code' in fault ? fault.code : undefined

const longestFile = 4096

async function read(path: string, readableByOthers: boolean): Promise<string | undefined> {
  const file = await open(path, 'r').catch((fault: unknown) => {
    if (codeOf(fault) === 'ENOENT') return undefined
    throw fault
  })
  if (file === undefined) return undefined
  try {
    // Of the open file, so that nobody puts another in its place between the look and the read.
    const { mode, size } = await file.stat()
    if ((mode & 0o077) !== 0 && !readableByOthers)
      throw new Error(
        `other users of this machine may read or write it (mode ${(mode & 0o777).toString(8)}); run: chmod 600 ${path}`,
      )
    const text = size > longestFile ? '' : (await file.readFile('utf8')).replace(/\n$/, '')
    if (!/^[\w-]{43}$/.test(text))
      throw new Error(
        'it is damaged; restore a backup, or delete it: then every client has to connect anew',
      )
    return text
  } finally {
    await file.close()
  }
}

async function sync(path: string, flags: string, text?: string): Promise<void> {
  const file = await open(path, flags, 0o600)
  try {
    if (text !== undefined) await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

const withoutLinks: ReadonlySet<unknown> = new Set(['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP'])

/** Gives the file its name, unless another process was first: whose secret is there then stays. */
async function publish(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path)
  } catch (fault) {
    if (withoutLinks.has(codeOf(fault))) {
      await rename(temporary, path)
      return
    }
    if (codeOf(fault) !== 'EEXIST') throw fault
  }
  await unlink(temporary)
}

async function create(path: string): Promise<void> {
  const directory = dirname(path)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const temporary = `${path}.${randomToken().slice(0, 8)}`
  try {
    await sync(temporary, 'wx', `${randomToken()}\n`)
    await publish(temporary, path)
  } catch (fault) {
    await unlink(temporary).catch(() => undefined)
    throw fault
  }
  await sync(directory, 'r')
}

/**
 * The 256-bit secret in a file, as base64url. Makes the file, with mode 0600, when there is none: whole or
 * not at all, also when the power fails, and one and the same for processes that start at once.
 *
 * @param readableByOthers takes a file that others may read too, for volumes whose modes others set
 * @throws SecretFileFault when it cannot be read or made, others may read it, or it is not what we wrote
 */
export async function readOrCreateSecret(path: string, readableByOthers: boolean): Promise<string> {
  try {
    const present = await read(path, readableByOthers)
    if (present !== undefined) return present
    await create(path)
    const made = await read(path, readableByOthers)
    if (made !== undefined) return made
    throw new Error('it was deleted while it was being made')
  } catch (fault) {
    const reason = fault instanceof Error ? fault.message : String(fault)
    throw new SecretFileFault(`Cannot use the secret file "${path}": ${reason}`, { cause: fault })
  }
}
