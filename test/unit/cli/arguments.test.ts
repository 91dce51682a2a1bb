import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readArguments } from '../../../src/cli/arguments.ts'

const words = (line: string): readonly string[] => line.split(' ').filter((word) => word !== '')

test.each([
  ['', 'serve', '', ''],
  ['serve', 'serve', '', ''],
  ['--port 1234', 'serve', '', '--port 1234'],
  ['-port 1234 serve', 'serve', '', '-port 1234'],
  ['-devMode -useInternalAuth -port 11000', 'serve', '', '-devMode -useInternalAuth -port 11000'],
  ['-devMode check-config', 'check-config', '', '-devMode'],
  ['check-config --config /a.yaml', 'check-config', '', '--config /a.yaml'],
  ['--config=/a.yaml --check-config', 'check-config', '', '--config=/a.yaml'],
  ['--config check-config', 'serve', '', '--config check-config'],
  ['--help', 'help', '', ''],
  ['-h', 'help', '', ''],
  ['help', 'help', '', ''],
  ['--version', 'version', '', ''],
  ['check-config --help', 'help', '', ''],
  ['users add anna --email a@example.com', 'users', 'add anna --email a@example.com', ''],
  ['users list --json --data-dir /d', 'users', 'list --json', '--data-dir /d'],
  [
    '--data-dir=/d users passwd anna --generate',
    'users',
    'passwd anna --generate',
    '--data-dir=/d',
  ],
  ['users --help', 'users', '--help', ''],
  ['clients token --uses 3 --expires 12h', 'clients', 'token --uses 3 --expires 12h', ''],
  ['clients --help', 'clients', '--help', ''],
  ['health --ready', 'health', '--ready', ''],
  ['health --url http://a --port 1', 'health', '--url http://a', '--port 1'],
  ['health --help', 'health', '--help', ''],
  ['doctor --local --port 1', 'doctor', '--local', '--port 1'],
  [
    'doctor --echo https://a/ --as a@example.com --config /a.yaml',
    'doctor',
    '--echo https://a/ --as a@example.com',
    '--config /a.yaml',
  ],
  ['doctor --help', 'doctor', '--help', ''],
  ['print-settings --write README.md', 'print-settings', '--write README.md', ''],
  ['print-messages de', 'print-messages', 'de', ''],
  ['serve --prot 1', 'serve', '', '--prot 1'],
])('readArguments() reads "%s"', (line, command, rest, settings) => {
  expect(readArguments(words(line))).toEqual({
    kind: 'command',
    command,
    rest: words(rest),
    settings: words(settings),
  })
})

test.each([
  ['chek-config', 'Unknown command "chek-config"; did you mean "check-config"?'],
  ['--port 1234 serv', 'Unknown command "serv"; did you mean "serve"?'],
  ['--publik-url x', 'Unknown flag "--publik-url"; did you mean "public-url"?'],
  ['--publik-url=x y', 'Unknown flag "--publik-url"; did you mean "public-url"?'],
  ['--devMode --flavour sweet', 'Unknown flag "--flavour"'],
  ['--version x', 'Unknown command "x"'],
])('readArguments() refuses "%s": what was meant is said', (line, problem) => {
  expect(readArguments(words(line))).toEqual({ kind: 'problem', problem })
})

describe('properties', () => {
  test('readArguments() is total and loses no argument', () => {
    const argument = fc.oneof(fc.string(), fc.constantFrom('users', '--port', '-devMode', '--x=1'))
    fc.assert(
      fc.property(fc.array(argument), (argv) => {
        const read = readArguments(['users', ...argv])
        if (read.kind === 'problem') return
        expect([...read.rest, ...read.settings].sort()).toEqual([...argv].sort())
      }),
    )
  })
})
