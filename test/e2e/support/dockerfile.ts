// A Dockerfile as a list of instructions. Knows the forms that ours uses and refuses every other.

export type Instruction = {
  readonly name: string
  /** `--from=build` as `from: 'build'`. */
  readonly flags: Readonly<Record<string, string>>
  /** Words, or the members of the exec form. */
  readonly args: readonly string[]
  /** Whether the arguments were written as a JSON list: no shell is asked. */
  readonly exec: boolean
}

export type Stage = {
  /** Image or stage it starts from. */
  readonly base: string
  /** Undefined for the last one. */
  readonly name: string | undefined
  readonly instructions: readonly Instruction[]
}

const known =
  /^(ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|RUN|STOPSIGNAL|USER|VOLUME|WORKDIR)$/

function strings(json: string): readonly string[] {
  const list: unknown = JSON.parse(json)
  if (!Array.isArray(list)) throw new Error(`Cannot read ${json}: expected a list of strings`)
  return list.map(String)
}

/** Words by spaces; a double-quoted part may hold some. */
const words = (text: string): readonly string[] =>
  [...text.matchAll(/(?:"[^"]*"|[^\s"])+/g)].map(([word]) => word.replaceAll('"', ''))

function parseInstruction(line: string): Instruction {
  const [, name = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? []
  if (!known.test(name)) throw new Error(`Unknown instruction in the Dockerfile: ${line}`)
  const flags: Record<string, string> = {}
  let body = rest
  for (
    let flag = /^--([a-z-]+)=(\S+)\s+/.exec(body);
    flag;
    flag = /^--([a-z-]+)=(\S+)\s+/.exec(body)
  ) {
    flags[flag[1] ?? ''] = flag[2] ?? ''
    body = body.slice(flag[0].length)
  }
  // HEALTHCHECK holds another instruction.
  if (name === 'HEALTHCHECK') {
    const command = parseInstruction(body)
    return { name, flags, args: command.args, exec: command.exec }
  }
  const exec = body.startsWith('[')
  return { name, flags, args: exec ? strings(body) : words(body), exec }
}

/** Lines with their continuations, without comments. */
function logicalLines(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

/** The stages, with `ARG`s that stand before the first one put in. Throws on what it does not know. */
export function parseDockerfile(text: string): readonly Stage[] {
  const stages: { base: string; name: string | undefined; instructions: Instruction[] }[] = []
  const values = new Map<string, string>()
  for (const line of logicalLines(text)) {
    const instruction = parseInstruction(line)
    if (instruction.name === 'FROM') {
      const [image = '', , name] = instruction.args
      const base = image.replace(/\$\{(\w+)\}/g, (_, key) => values.get(key) ?? `\${${key}}`)
      stages.push({ base, name, instructions: [] })
      continue
    }
    const [key = '', value = ''] = instruction.args[0]?.split('=') ?? []
    if (instruction.name === 'ARG' && stages.length === 0) values.set(key, value)
    else stages.at(-1)?.instructions.push(instruction)
  }
  return stages
}
