import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { passwordInput } from '../../../src/cli/read-password.ts'

/** A terminal at which these keys come, each chunk when the next one is asked for. */
function terminal() {
  const modes: boolean[] = []
  const stream = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (mode: boolean) => modes.push(mode),
  })
  const shown: string[] = []
  const input = passwordInput(stream, (text) => shown.push(text))
  return { stream, modes, shown, input }
}

describe('passwordInput() on a terminal', () => {
  it.each([
    ['keys one by one', ['p', 'a', 's', 's', '\r'], 'pass'],
    ['a pasted line', ['pass word\n'], 'pass word'],
    ['a correction', ['pazz\u007f\u007f', 'ss\b\bss', '\r'], 'pass'],
    ['a correction of nothing', ['\u007f\u007fpass\r'], 'pass'],
    ['characters of several bytes', ['p\u00e4\u{1f980}x\u007f\r'], 'p\u00e4\u{1f980}'],
    ['nothing', ['\r'], ''],
    ['Ctrl-C', ['pass\u0003'], undefined],
    ['Ctrl-D', ['pass\u0004'], undefined],
  ])('ask() reads %s without showing it', async (_, chunks, expected) => {
    const { stream, modes, shown, input } = terminal()
    const answer = input.ask('New password: ')
    for (const chunk of chunks) {
      stream.write(chunk)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await answer).toBe(expected)
    expect(shown).toEqual(['New password: ', '\n'])
    expect(modes).toEqual([true, false])
  })

  it('ask() reads twice in turn', async () => {
    const { stream, input } = terminal()
    for (const text of ['first', 'second']) {
      const answer = input.ask('Password: ')
      stream.write(`${text}\r`)
      expect(await answer).toBe(text)
    }
  })

  it('ask() gives up when the terminal goes away', async () => {
    const { stream, modes, input } = terminal()
    const answer = input.ask('Password: ')
    stream.end('pass')
    expect(await answer).toBeUndefined()
    expect(modes).toEqual([true, false])
  })
})

describe('passwordInput() on a pipe', () => {
  it.each([
    ['one line', 'pass word\n', 'pass word'],
    ['a line without an end', 'pass', 'pass'],
    ['a line of Windows', 'pass\r\n', 'pass'],
    ['several lines', 'pass\nword\n', 'pass'],
    ['an empty line', '\n', ''],
    ['nothing', '', undefined],
  ])('readLine() reads the first line of %s', async (_, text, expected) => {
    const stream = new PassThrough()
    const input = passwordInput(stream, () => {})
    stream.end(text)
    expect(input.isTerminal).toBe(false)
    expect(await input.readLine()).toBe(expected)
  })
})
