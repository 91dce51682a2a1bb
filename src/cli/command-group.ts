// sallyport users, clients, tokens, keys: which command of the group is meant, is it written well, how did it end?

/** A mistake in the command line; the text says what is wanted. */
export class UsageFault extends Error {}

/** The command could not be carried out as things are. */
export class Refused extends Error {}

export type GroupCommand<Values, Parts> = {
  /** Names of those it takes besides `help`. */
  readonly options: readonly string[]
  /** What its one word is called, such as `id`; undefined: it takes none, and `run` gets ''. */
  readonly word: string | undefined
  /** Throws UsageFault and Refused, before it has changed anything. */
  readonly run: (word: string, values: Values, parts: Parts) => Promise<void>
}

export type CommandGroup<Values, Parts> = {
  /** As on the command line: `users`. */
  readonly name: string
  /** What a command's word belongs to: `account`. */
  readonly noun: string
  readonly usage: string
  /** Reads the options of all commands; what it throws is said as a mistake in the command line. */
  readonly parse: (args: readonly string[]) => {
    readonly values: Values
    readonly positionals: readonly string[]
  }
  /** By title: one word, or two with a space between, such as `factors list`. */
  readonly commands: ReadonlyMap<string, GroupCommand<Values, Parts>>
}

type Output = {
  readonly print: (line: string) => void
  readonly printError: (line: string) => void
}

function parse<Values, Parts>(group: CommandGroup<Values, Parts>, args: readonly string[]) {
  try {
    return group.parse(args)
  } catch (fault) {
    throw new UsageFault(fault instanceof Error ? fault.message : String(fault))
  }
}

function explainUnknown(titles: readonly string[], first: string): string {
  if (first === '') return 'The command is missing'
  const longer = titles.filter((title) => title.startsWith(`${first} `))
  return longer.length === 0
    ? `There is no command ${JSON.stringify(first)}`
    : `Expected one of ${longer.map((title) => JSON.stringify(title)).join(', ')}`
}

/** The command that the first words name, and the words after them. */
function chooseCommand<Values, Parts>(
  { commands }: CommandGroup<Values, Parts>,
  positionals: readonly string[],
) {
  for (const count of [2, 1]) {
    const title = positionals.slice(0, count).join(' ')
    const command = commands.get(title)
    if (command !== undefined) return { title, command, words: positionals.slice(count) }
  }
  throw new UsageFault(explainUnknown([...commands.keys()], positionals[0] ?? ''))
}

// A surplus word is never repeated: it may be a password, which the screen must not show.
function readWord(words: readonly string[], wanted: string | undefined, named: Named): string {
  const [word, surplus] = words
  if (wanted === undefined) {
    if (word === undefined) return ''
    throw new UsageFault(`Expected nothing after "${named.full}"`)
  }
  if (word === undefined) throw new UsageFault(`The ${wanted} of the ${named.noun} is missing`)
  if (surplus !== undefined) throw new UsageFault(`Expected one ${wanted} and nothing after it`)
  return word
}

type Named = { readonly full: string; readonly noun: string }

async function carryOut<Values extends { readonly help?: boolean | undefined }, Parts>(
  group: CommandGroup<Values, Parts>,
  args: readonly string[],
  parts: Parts & Output,
): Promise<void> {
  const { values, positionals } = parse(group, args)
  if (values.help) return parts.print(group.usage)
  const { title, command, words } = chooseCommand(group, positionals)
  const full = `${group.name} ${title}`
  const surplus = Object.keys(values).find((option) => !command.options.includes(option))
  if (surplus !== undefined) throw new UsageFault(`"${full}" has no option "--${surplus}"`)
  const word = readWord(words, command.word, { full, noun: group.noun })
  return command.run(word, values, parts)
}

/**
 * Carries out one command of a group, or prints how the group is used.
 *
 * @param args what follows the group's name on the command line
 * @returns the exit code: 0 done, 1 refused as things are, 2 a mistake in the command line; nothing was changed
 *   unless it is 0
 * @throws what the command throws besides, such as when the store cannot be asked
 */
export async function runCommand<Values extends { readonly help?: boolean | undefined }, Parts>(
  group: CommandGroup<Values, Parts>,
  args: readonly string[],
  parts: Parts & Output,
): Promise<number> {
  try {
    await carryOut(group, args, parts)
    return 0
  } catch (fault) {
    if (fault instanceof Refused) {
      parts.printError(fault.message)
      return 1
    }
    if (!(fault instanceof UsageFault)) throw fault
    parts.printError(`${fault.message}\n\n${group.usage}`)
    return 2
  }
}
