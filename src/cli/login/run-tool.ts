// Other programs of the machine: called by name and arguments, never through a shell, secrets on their input alone.

import { spawn } from 'node:child_process'

export type ToolResult = { readonly code: number; readonly output: string }

/** @returns undefined when there is no such program, or it does not come to an end */
export type RunTool = (
  command: string,
  args: readonly string[],
  input?: string,
) => Promise<ToolResult | undefined>

// A keychain may ask the person for its password.
const patienceMilliseconds = 60_000

export const createRunTool =
  (env: NodeJS.ProcessEnv): RunTool =>
  (command, args, input = '') =>
    new Promise((resolve) => {
      const child = spawn(command, [...args], {
        env,
        stdio: ['pipe', 'pipe', 'ignore'],
        timeout: patienceMilliseconds,
        windowsHide: true,
      })
      const chunks: Buffer[] = []
      child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
      child.once('error', () => resolve(undefined))
      child.once('close', (code) =>
        resolve(
          code === null ? undefined : { code, output: Buffer.concat(chunks).toString('utf8') },
        ),
      )
      // A program that does not read its input is none that keeps it.
      child.stdin.on('error', () => {})
      child.stdin.end(input)
    })
