// Runs the program itself, as a person would, in a directory of its own.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compileCache } from './compile-cache.ts'

const main = join(import.meta.dirname, '../../src/main.ts')

export type Program = {
  readonly process: ChildProcess
  /** Everything printed so far, on both outputs. */
  readonly output: () => string
  /** Resolves when the text was printed; rejects with the output when the program ends before. */
  readonly says: (text: string) => Promise<void>
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>
}

export function newDirectory(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'sallyport-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** Starts `sallyport ARGUMENTS` with only these variables. */
export function run(
  directory: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = '',
): Program {
  const child = spawn(process.execPath, [main, ...argv], {
    cwd: directory,
    env: { PATH: process.env['PATH'], ...compileCache, ...env },
  })
  let text = ''
  const listeners = new Set<() => void>()
  const hear = (chunk: Buffer) => {
    text += chunk.toString()
    for (const listener of listeners) listener()
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  child.stdin.end(input)
  const ended = once(child, 'close').then(([code]) => code as number | null)
  return {
    process: child,
    output: () => text,
    ended,
    says: (wanted) =>
      new Promise((resolve, reject) => {
        const check = () => text.includes(wanted) && resolve()
        listeners.add(check)
        check()
        void ended.then(() => reject(new Error(`It ended without saying "${wanted}":\n${text}`)))
      }),
  }
}
