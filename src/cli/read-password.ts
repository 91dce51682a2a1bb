// Asks for a password: on a terminal without showing it, otherwise from the input's first line.

import { createInterface } from 'node:readline'

/** Where a password comes from. */
export type PasswordInput = {
  /** Whether a person is there to be asked. */
  readonly isTerminal: boolean
  /** Shows `prompt` and reads what is typed without showing it; undefined when the person gives up. */
  readonly ask: (prompt: string) => Promise<string | undefined>
  /** The first line of the input, without its end; undefined when there is none. */
  readonly readLine: () => Promise<string | undefined>
}

type Input = NodeJS.ReadableStream & {
  readonly isTTY?: boolean
  readonly setRawMode?: (mode: boolean) => unknown
}

const enter = /[\r\n]/
const giveUp = ['\u0003', '\u0004']
const rubOut = ['\u007f', '\b']

/** What is typed until Enter; undefined after Ctrl-C or Ctrl-D. */
async function readHidden(input: Input): Promise<string | undefined> {
  const typed: string[] = []
  for (;;) {
    const { promise, resolve } = Promise.withResolvers<string | undefined>()
    const ended = () => resolve(undefined)
    input.once('data', (chunk: Buffer | string) => resolve(String(chunk)))
    input.once('end', ended)
    input.resume()
    const chunk = await promise
    input.pause()
    input.removeListener('end', ended)
    if (chunk === undefined) return undefined
    for (const key of chunk) {
      if (giveUp.includes(key)) return undefined
      if (enter.test(key)) return typed.join('')
      if (rubOut.includes(key)) typed.pop()
      else typed.push(key)
    }
  }
}

/**
 * @param input the process's standard input
 * @param show writes to the terminal; not standard output, which may be a file
 */
export function passwordInput(input: Input, show: (text: string) => void): PasswordInput {
  return {
    isTerminal: input.isTTY === true,
    ask: async (prompt) => {
      show(prompt)
      input.setEncoding('utf8')
      // Raw: the terminal itself would show the keys.
      input.setRawMode?.(true)
      try {
        return await readHidden(input)
      } finally {
        input.setRawMode?.(false)
        show('\n')
      }
    },
    readLine: async () => {
      for await (const line of createInterface({ input })) return line
      return undefined
    },
  }
}
