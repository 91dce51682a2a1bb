// The settings reference, from the schema's own descriptions: what README.md shows and CI compares.

import { allowShape } from './allow-schema.ts'
import { catalogue, type Entry } from './catalogue.ts'
import { clientShape } from './client-schema.ts'
import { type Description, descriptions } from './fields.ts'
import { type OldName, oldNames } from './mcpauth-names.ts'
import { providerShape } from './provider-schema.ts'
import { resourceShape } from './resource-schema.ts'
import { ruleShape } from './rule-schema.ts'
import { sections } from './sections.ts'
import { staticTokenShape } from './token-schema.ts'

const code = (text: string): string => `\`${text}\``
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

const isSection = ({ path }: Entry): boolean => Object.hasOwn(sections, path)

const settingRow = ({ path, variable, flag, fallback, meaning }: Entry): readonly string[] => [
  code(path),
  code(variable),
  code(`--${flag}`),
  fallback ?? '',
  meaning,
]

type Shape = Readonly<Record<string, Parameters<typeof descriptions.get>[0]>>

function memberTable(shape: Shape): string {
  const rows = Object.entries(shape).flatMap(([key, schema]) => {
    const description: Description | undefined = descriptions.get(schema)
    return description === undefined
      ? []
      : [[code(key), description.fallback ?? '', description.meaning]]
  })
  return table(['Member', 'Default', 'Meaning'], rows)
}

function oldRow({ name, variable, flag, file, becomes, state }: OldName): readonly string[] {
  const names = variable ? [name, ...(file ? [`${name}_FILE`] : [])] : []
  const isName = /^[\w.[\]]+$/.test(becomes)
  return [
    names.map(code).join(', '),
    flag === undefined ? '' : code(`-${flag}`),
    state === 'refused'
      ? 'refused: no admin UI, no default password'
      : isName
        ? code(becomes)
        : becomes,
  ]
}

const start = '<!-- settings:start -->'
const end = '<!-- settings:end -->'

/**
 * The reference as Markdown: every setting with variable, flag, default and meaning, the members of its
 * lists, and mcpauth's names. Ends with a newline.
 */
export function settingsTable(): string {
  const settings = catalogue.filter((entry) => !isSection(entry)).map(settingRow)
  const parts = [
    'A flag beats a variable, a variable beats the file (`--config`, `SALLYPORT_CONFIG`, else `./sallyport.yaml`). Lists are written with commas in variables and flags, everything nested as YAML or JSON. Every secret can be kept in a file (`..._file`, `..._FILE`), which only its owner may read; below `/run/secrets` it may be readable by others, elsewhere only with `SALLYPORT_ALLOW_READABLE_SECRETS=true`. Both `-flag` and `--flag` work.',
    table(['Setting', 'Variable', 'Flag', 'Default', 'Meaning'], settings),
    '**Each of `providers`;** what to enter at each of them is in [deploy/providers.md](deploy/providers.md):',
    memberTable(providerShape),
    '**`allow`, at the top, in a rule and in a resource:** a map in which every kind that is named must hold, or a list of such maps of which one is enough.',
    memberTable(allowShape),
    '**Each of `rules`:**',
    memberTable(ruleShape),
    '**Each of `resources`:**',
    memberTable(resourceShape),
    '**Each of `authorization_server.clients`:**',
    memberTable(clientShape),
    '**Each of `static_tokens`:**',
    memberTable(staticTokenShape),
    "**mcpauth's names**, all still read:",
    table(['Variable', 'Flag', 'Now'], oldNames.map(oldRow)),
  ]
  return `${parts.join('\n\n')}\n`
}

/** A document with the reference put between its two markers; undefined when it has none. */
export function withSettingsTable(document: string): string | undefined {
  const from = document.indexOf(start)
  const to = document.indexOf(end, from)
  if (from === -1 || to === -1) return undefined
  return `${document.slice(0, from)}${start}\n${settingsTable()}${document.slice(to)}`
}
