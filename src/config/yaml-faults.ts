// What is wrong with a YAML text, without a word of it: the parser's own messages quote values, which may be secrets (R116).

import {
  type Document,
  type ErrorCode,
  isAlias,
  type LineCounter,
  visit,
  type YAMLError,
} from 'yaml'

const quoted = 'a text with such characters needs quotes'

/** By the parser's code. */
const reasons: Readonly<Record<ErrorCode, string>> = {
  ALIAS_PROPS: `an alias (*) cannot have an anchor or a tag; ${quoted}`,
  BAD_ALIAS: `"*" begins an alias and "&" an anchor, and this is neither; ${quoted}`,
  BAD_COLLECTION_TYPE: `"!" begins a tag, and this tag is not for a map or list; ${quoted}`,
  BAD_DIRECTIVE: 'a line that begins with "%" is no setting',
  BAD_DQ_ESCAPE: 'an escape that is unknown between double quotes; single quotes know none',
  BAD_INDENT: 'the indentation does not fit the lines above, or a bracket is not closed',
  BAD_PROP_ORDER: 'an anchor or tag in the wrong place',
  BAD_SCALAR_START: `a text cannot begin with this character; ${quoted}`,
  BLOCK_AS_IMPLICIT_KEY: `a map or list where a text is expected; ${quoted}`,
  BLOCK_IN_FLOW: 'a map or list without brackets inside of brackets',
  DUPLICATE_KEY: 'the keys of a map must be unique',
  IMPOSSIBLE: 'this cannot be read',
  KEY_OVER_1024_CHARS: 'a key of more than 1024 characters',
  MISSING_CHAR: `a comma, colon, quote, bracket or blank is missing; ${quoted}`,
  MULTILINE_IMPLICIT_KEY: `a key goes over several lines, or its colon is missing; ${quoted}`,
  MULTIPLE_ANCHORS: `two anchors (&) at one place; ${quoted}`,
  MULTIPLE_DOCS: 'several documents, separated by "---", where one is expected',
  MULTIPLE_TAGS: `two tags (!) at one place; ${quoted}`,
  NON_STRING_KEY: 'a key that is no text',
  RESOURCE_EXHAUSTION: 'nested too deep',
  TAB_AS_INDENT: 'a tab where blanks are expected',
  TAG_RESOLVE_FAILED: `"!" begins a tag, and this one is unknown; ${quoted}`,
  UNEXPECTED_TOKEN: `a character that cannot be here; ${quoted}`,
}

const at = (reason: string, { line, col }: { readonly line: number; readonly col: number }) =>
  `${reason} at line ${line}, column ${col}`

/** What the parser found, with line and column. */
export function syntaxFault(error: YAMLError, lines: LineCounter): string {
  const [offset] = error.pos
  return at(reasons[error.code], lines.linePos(Math.max(0, offset)))
}

/** The aliases without an anchor before them, which the parser leaves for later. */
export function aliasFaults(document: Document.Parsed, lines: LineCounter): readonly string[] {
  const faults: string[] = []
  const anchors = new Set<string>()
  visit(document, {
    Node: (_, node) => {
      if (!isAlias(node)) {
        if (node.anchor !== undefined) anchors.add(node.anchor)
      } else if (!anchors.has(node.source))
        faults.push(at(reasons.BAD_ALIAS, lines.linePos(node.range?.[0] ?? 0)))
    },
  })
  return faults
}
