import { parseArgs } from 'node:util'
import { describe, expect, test } from 'vitest'
import {
  type CommandGroup,
  Refused,
  runCommand,
  UsageFault,
} from '../../../src/cli/command-group.ts'

const options = { help: { type: 'boolean' }, all: { type: 'boolean' } } as const

const parse = (args: readonly string[]) =>
  parseArgs({ args: [...args], options, allowPositionals: true, strict: true })

type Values = ReturnType<typeof parse>['values']
type Parts = { readonly done: (what: string) => void }

const group: CommandGroup<Values, Parts> = {
  name: 'boats',
  noun: 'boat',
  usage: 'Usage: boats',
  parse,
  commands: new Map([
    [
      'list',
      {
        options: ['all'],
        word: undefined,
        run: async (word, { all }, { done }) => done(`list "${word}" ${all === true}`),
      },
    ],
    [
      'sink',
      {
        options: [],
        word: 'name',
        run: async (word, _, { done }) => {
          if (word === 'ark') throw new Refused('It floats')
          if (word === 'a,b') throw new UsageFault('Expected one boat')
          if (word === 'lost') throw new Error('The sea cannot be asked')
          done(`sink ${word}`)
        },
      },
    ],
    [
      'sails list',
      { options: [], word: 'name', run: async (word, _, { done }) => done(`sails of ${word}`) },
    ],
    ['sails mend', { options: [], word: undefined, run: async (_, __, { done }) => done('mend') }],
  ]),
}

async function run(args: readonly string[]) {
  const [done, printed, errors]: [string[], string[], string[]] = [[], [], []]
  const code = await runCommand(group, args, {
    done: (what) => void done.push(what),
    print: (line) => void printed.push(line),
    printError: (line) => void errors.push(line),
  })
  return { code, done, printed, errors }
}

describe('runCommand()', () => {
  test.each<[readonly string[], string]>([
    [['list'], 'list "" false'],
    [['list', '--all'], 'list "" true'],
    [['sink', 'argo'], 'sink argo'],
    [['sink', '--', '--argo'], 'sink --argo'],
    [['sails', 'list', 'argo'], 'sails of argo'],
    [['sails', 'mend'], 'mend'],
  ])('carries out %j', async (args, done) => {
    expect(await run(args)).toEqual({ code: 0, done: [done], printed: [], errors: [] })
  })

  test.each<[readonly string[], string]>([
    [[], 'The command is missing'],
    [['swim'], 'There is no command "swim"'],
    [['swim', 'hunter2'], 'There is no command "swim"'],
    [['toString'], 'There is no command "toString"'],
    [[''], 'The command is missing'],
    [['sails'], 'Expected one of "sails list", "sails mend"'],
    [['sails', 'hunter2'], 'Expected one of "sails list", "sails mend"'],
    [['list', 'hunter2'], 'Expected nothing after "boats list"'],
    [['sails', 'mend', 'hunter2'], 'Expected nothing after "boats sails mend"'],
    [['sink'], 'The name of the boat is missing'],
    [['sink', 'argo', 'hunter2'], 'Expected one name and nothing after it'],
    [['sink', 'argo', '--all'], '"boats sink" has no option "--all"'],
    [['sink', 'a,b'], 'Expected one boat'],
  ])('answers %j with 2, the reason and the usage, and no surplus word', async (args, reason) => {
    const errors = [`${reason}\n\nUsage: boats`]
    expect(await run(args)).toEqual({ code: 2, done: [], printed: [], errors })
  })

  test('answers an option that nothing has with 2 and the usage', async () => {
    const { code, done, errors } = await run(['list', '--nonsense'])
    expect({ code, done }).toEqual({ code: 2, done: [] })
    expect(errors.join()).toMatch(/--nonsense.*Usage: boats$/s)
  })

  test.each([[['--help']], [['sink', '--help']], [['swim', '--help']]])(
    'prints the usage and does nothing for %j',
    async (args) => {
      expect(await run(args)).toEqual({ code: 0, done: [], printed: ['Usage: boats'], errors: [] })
    },
  )

  test('answers 1 and the reason alone when the command is refused', async () => {
    expect(await run(['sink', 'ark'])).toEqual({
      code: 1,
      done: [],
      printed: [],
      errors: ['It floats'],
    })
  })

  test('throws what is neither', async () => {
    await expect(run(['sink', 'lost'])).rejects.toThrow('The sea cannot be asked')
  })
})
