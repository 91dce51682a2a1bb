// How the configuration reads files: whole, small, and never by surprise.

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

export type FileReading =
  | {
      readonly kind: 'text'
      readonly text: string /** Permission bits, `0o600`. */
      readonly mode: number
    }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly reason: string }

/** Reads a file, as `latin1` byte for byte: one character each. Total. */
export type ReadFile = (path: string, encoding?: 'utf8' | 'latin1') => FileReading

export const maxFileBytes = 1024 * 1024

const reasons: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EISDIR', 'it is a directory'],
  ['ELOOP', 'too many symbolic links'],
  ['ENAMETOOLONG', 'the name is too long'],
])

function failure(fault: unknown): FileReading {
  const code = fault instanceof Error && 'code' in fault ? String(fault.code) : ''
  if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'missing' }
  return { kind: 'unreadable', reason: reasons.get(code) ?? 'it cannot be read' }
}

function readWhole(descriptor: number, encoding: 'utf8' | 'latin1'): FileReading {
  const stat = fstatSync(descriptor)
  if (!stat.isFile()) return { kind: 'unreadable', reason: 'it is not a regular file' }
  // One byte more than allowed, so that a file that grows meanwhile is noticed too.
  const buffer = Buffer.alloc(maxFileBytes + 1)
  let length = 0
  while (length < buffer.length) {
    const read = readSync(descriptor, buffer, length, buffer.length - length, null)
    if (read === 0) break
    length += read
  }
  if (length > maxFileBytes) return { kind: 'unreadable', reason: 'it is larger than 1 MiB' }
  return { kind: 'text', text: buffer.toString(encoding, 0, length), mode: stat.mode & 0o777 }
}

/** Reads a regular file of at most 1 MiB, as UTF-8 when nothing else is said. Never throws; never waits for a pipe's writer. */
export function readFile(path: string, encoding: 'utf8' | 'latin1' = 'utf8'): FileReading {
  try {
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      return readWhole(descriptor, encoding)
    } finally {
      closeSync(descriptor)
    }
  } catch (fault) {
    return failure(fault)
  }
}
