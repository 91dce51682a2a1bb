// Which rules of the house does a set of source files break? The parser is the one vitest brings along.

import { dirname, join } from 'node:path/posix'
import { parseAst } from 'vitest/node'

/** A file of `src/`, its path relative to it. */
export type SourceFile = { readonly path: string; readonly text: string }

type Folder = keyof typeof mayImport

/** Folder (or root file) to what it may import of ours. Whoever is not a key may not exist. */
const mayImport = {
  protocol: ['protocol'],
  ports: ['protocol', 'ports'],
  access: ['protocol', 'ports', 'access'],
  appearance: ['appearance'],
  pages: ['protocol', 'ports', 'access', 'appearance', 'pages'],
  http: ['protocol', 'ports', 'access', 'appearance', 'pages', 'http'],
  adapters: ['protocol', 'ports', 'adapters'],
  'authorization-server': ['protocol', 'ports', 'access', 'authorization-server'],
  config: ['protocol', 'ports', 'access', 'appearance', 'config'],
  app: ['protocol', 'ports', 'access', 'appearance', 'pages', 'http', 'config', 'app'],
  'app.ts': ['protocol', 'ports', 'access', 'appearance', 'pages', 'http', 'config', 'app'],
  cli: [
    'protocol',
    'ports',
    'access',
    'appearance',
    'pages',
    'http',
    'adapters',
    'authorization-server',
    'config',
    'app',
    'app.ts',
    'cli',
  ],
  'main.ts': ['protocol', 'ports', 'access', 'http', 'adapters', 'config', 'app.ts', 'cli'],
} as const

const pure: readonly string[] = ['protocol', 'ports', 'access', 'appearance']
const entrance: readonly string[] = ['cli', 'main.ts']

/** What pure folders may take from Node: functions of their arguments, and nothing else of those modules. */
const pureNodeNames: Readonly<Record<string, readonly string[]>> = {
  // Finding a record by the hash of its secret and comparing in constant time are values in, value out.
  'node:crypto': ['createHash', 'hash', 'timingSafeEqual'],
  'node:net': ['isIP', 'isIPv4', 'isIPv6'],
  'node:url': ['domainToASCII'],
  'node:zlib': ['crc32'],
}

/** Pages, redirects and JSON: everything a browser must be told is decided there. */
const responseBuilder = 'http/reply.ts'

/** Below the framework: the decision in the proxy's words, and what is refused before a request is one. */
const rawWriters: readonly string[] = [
  'http/decision-endpoint.ts',
  'http/listeners.ts',
  // Where the library, whose framework answers otherwise, cannot even be made.
  'authorization-server/outage.ts',
]

/** Signing and verifying belong to jose and openid-client; only passwords, one-time codes and sealing use Node's own. */
const keyedCrypto = /^(createSign|createVerify|sign|verify|createHmac|createCipher|createDecipher)/
// RFC 4226 wants SHA-1, which jose rightly signs nothing with.
const keyedCryptoFiles: readonly string[] = ['adapters/sealing.ts', 'adapters/one-time-codes.ts']

/** A wait of random length is no secret. */
const jitterFiles: readonly string[] = ['adapters/sql/sqlite-dialect.ts']

const forbiddenStem = /(^|[-.])(utils?|helpers?|common|manager|misc|index)([-.]|$)/
const lineCeiling = 250

const folderOf = (path: string): string => path.split('/')[0] ?? path
const isFolder = (name: string): name is Folder => Object.hasOwn(mayImport, name)

type Node = Readonly<Record<string, unknown>> & { readonly type: string }
const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'

const child = (node: Node, key: string): Node | undefined => {
  const value = node[key]
  return isNode(value) ? value : undefined
}
const text = (node: Node | undefined, key: string): string => {
  const value = node?.[key]
  return typeof value === 'string' ? value : ''
}

function* descend(value: unknown, parent?: Node): Generator<[Node, Node | undefined]> {
  if (Array.isArray(value)) {
    for (const entry of value) yield* descend(entry, parent)
  } else if (typeof value === 'object' && value !== null) {
    if (isNode(value)) yield [value, parent]
    for (const entry of Object.values(value)) yield* descend(entry, isNode(value) ? value : parent)
  }
}

type Import = { readonly from: string; readonly names: readonly string[] }

function importsOf(nodes: readonly (readonly [Node, Node | undefined])[]): readonly Import[] {
  return nodes.flatMap(([node]) => {
    const from = text(child(node, 'source'), 'value')
    if (from === '') return []
    const specifiers = Array.isArray(node['specifiers']) ? node['specifiers'] : []
    const names = specifiers
      .filter(isNode)
      .map((one) => text(child(one, 'imported'), 'name') || '*')
    return [{ from, names: specifiers.length > 0 ? names : ['*'] }]
  })
}

/** `../protocol/time.ts` as seen from `ports/store.ts` is `protocol/time.ts`. */
const resolve = (path: string, from: string): string => join(dirname(path), from)

function importBreaches(path: string, imports: readonly Import[]): string[] {
  const folder = folderOf(path)
  if (!isFolder(folder)) return [`"${folder}" is no folder of the map: add it to the rules first`]
  const allowed: readonly string[] = mayImport[folder]
  return imports.flatMap(({ from, names }) => {
    if (from.startsWith('.')) {
      const target = resolve(path, from)
      return allowed.includes(folderOf(target)) ? [] : [`${folder} must not import ${target}`]
    }
    if (!from.startsWith('node:') || !pure.includes(folder)) return []
    return names
      .filter((name) => !pureNodeNames[from]?.includes(name))
      .map((name) => `${folder} must not import ${name} of ${from}: it does no I/O`)
  })
}

function cryptoBreaches(path: string, imports: readonly Import[]): string[] {
  if (keyedCryptoFiles.includes(path)) return []
  const names = imports.filter(({ from }) => from === 'node:crypto').flatMap((one) => one.names)
  return names
    .filter((name) => name === '*' || keyedCrypto.test(name))
    .map((name) => `${name} of node:crypto: tokens are signed and verified by jose only (PF1)`)
}

const memberOf = (node: Node): string =>
  `${text(child(node, 'object'), 'name')}.${text(child(node, 'property'), 'name')}`

const clockOrDice = /^(Date|performance|fetch|crypto|setTimeout|setInterval|setImmediate)$/

/** A name that is used as a value, not a key, a label or a type. */
function isReference(node: Node, parent: Node | undefined): boolean {
  if (node.type !== 'Identifier' || parent === undefined) return false
  if (parent.type.startsWith('TS')) return false
  const isKey =
    parent['key'] === node && parent['computed'] !== true && parent['shorthand'] !== true
  const isMember = parent['property'] === node && parent['computed'] !== true
  return !isKey && !isMember
}

function referenceBreach(folder: string, name: string): string | undefined {
  if (pure.includes(folder) && clockOrDice.test(name)) return `${folder} must not use ${name}`
  if (!entrance.includes(folder) && /^(process|console)$/.test(name))
    return `${name} belongs to main.ts and cli`
  return undefined
}

/** Answers the browser of the person who runs the command, on their machine, and nobody else. */
const ownMachine: readonly string[] = ['cli/login/loopback.ts']

const writesHeader = /^(setHeader|appendHeader|writeHead|writeEarlyHints)$/
const honoAnswer = /^(c|ctx|context)\.(body|html|json|text|redirect|header|status|newResponse)$/

function responseBreach(path: string, node: Node): string | undefined {
  // Adapters hand on the answers of others (a guarded fetch); what our clients get is not their business.
  if (path === responseBuilder || folderOf(path) === 'adapters') return undefined
  const callee = child(node, 'callee')
  const builds = `only ${responseBuilder} builds a Response`
  if (node.type === 'NewExpression' && text(callee, 'name') === 'Response') return builds
  if (node.type !== 'CallExpression' || callee?.type !== 'MemberExpression') return undefined
  const member = memberOf(callee)
  if (/^Response\./.test(member) || honoAnswer.test(member)) return `${builds}: ${member}()`
  if (
    [...rawWriters, ...ownMachine].includes(path) ||
    !writesHeader.test(text(child(callee, 'property'), 'name'))
  ) {
    return undefined
  }
  return `only ${rawWriters.join(', ')} write below the framework: ${member}()`
}

function nodeBreach(path: string, node: Node, parent: Node | undefined): string | undefined {
  if (node.type === 'ExportDefaultDeclaration') return 'a default export'
  if (node.type === 'TSAnyKeyword') return 'any'
  if (node.type === 'TSNonNullExpression') return 'a non-null assertion'
  if (node.type === 'TSEnumDeclaration') return 'an enum'
  if (node.type === 'MemberExpression' && memberOf(node) === 'Math.random') {
    if (!jitterFiles.includes(path)) return 'Math.random is no source of secrets'
  }
  if (node.type === 'TSAsExpression' && child(node, 'expression')?.type === 'TSAsExpression')
    return 'a double cast'
  if (isReference(node, parent)) {
    const breach = referenceBreach(folderOf(path), text(node, 'name'))
    if (breach !== undefined) return breach
  }
  return responseBreach(path, node)
}

function shapeBreaches({ path, text: source }: SourceFile): string[] {
  const stem = path.split('/').at(-1)?.replace(/\.ts$/, '') ?? path
  const lines = source.split('\n').length - 1
  return [
    ...(forbiddenStem.test(stem) ? [`the name "${stem}" says nothing`] : []),
    ...(/^[a-z0-9]+(-[a-z0-9]+)*$/.test(stem) ? [] : [`the name "${stem}" is not kebab-case`]),
    ...(lines > lineCeiling ? [`${lines} lines, the ceiling is ${lineCeiling}`] : []),
    ...(source.startsWith('//') || source.startsWith('#!')
      ? []
      : ['does not begin with the line that says which question it answers']),
  ]
}

function cycleBreaches(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>()
  const found: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path)
    if (start >= 0)
      found.push(`${path}: import cycle ${[...trail.slice(start), path].join(' -> ')}`)
    if (start >= 0 || done.has(path)) return
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path])
    done.add(path)
  }
  for (const path of graph.keys()) visit(path, [])
  return found
}

/** What the files break, one line each, `path: what`. Type imports count: they tie folders together too. */
export function sourceBreaches(files: readonly SourceFile[]): readonly string[] {
  const graph = new Map<string, readonly string[]>()
  const breaches = files.flatMap((file) => {
    const nodes = [...descend(parseAst(file.text, { lang: 'ts' }))]
    const imports = importsOf(nodes)
    const own = imports.filter(({ from }) => from.startsWith('.'))
    graph.set(
      file.path,
      own.map(({ from }) => resolve(file.path, from)),
    )
    return [
      ...shapeBreaches(file),
      ...importBreaches(file.path, imports),
      ...cryptoBreaches(file.path, imports),
      ...nodes.flatMap(([node, parent]) => nodeBreach(file.path, node, parent) ?? []),
    ].map((breach) => `${file.path}: ${breach}`)
  })
  return [...new Set([...breaches, ...cycleBreaches(graph)])]
}
