// YAML text to a plain value, or the reasons why not. Total: no text makes it throw.

import { LineCounter, parseDocument } from 'yaml'
import { aliasFaults, syntaxFault } from './yaml-faults.ts'

export type YamlReading =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'faults'; readonly faults: readonly string[] }

const maxDepth = 24
const maxNodes = 100_000

export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** What is wrong with the shape of a value: too deep, too large, circular, or with keys that reach prototypes. */
function shapeFault(root: unknown): string | undefined {
  let nodes = 0
  const visit = (value: unknown, depth: number): string | undefined => {
    nodes += 1
    if (depth > maxDepth) return `nested more than ${maxDepth} levels deep`
    if (nodes > maxNodes) return `more than ${maxNodes} values`
    if (typeof value !== 'object' || value === null) return undefined
    for (const [key, inner] of Object.entries(value)) {
      if (forbiddenKeys.has(key)) return `the key "${key}" is not allowed`
      const fault = visit(inner, depth + 1)
      if (fault !== undefined) return fault
    }
    return undefined
  }
  return visit(root, 0)
}

/**
 * Reads one YAML 1.2 document (JSON is one). Faults name line and column and quote nothing of the
 * text, which may be a secret. Duplicate keys, unknown tags, several documents, circular and explosive aliases are faults.
 */
export function parseYaml(text: string): YamlReading {
  try {
    const lines = new LineCounter()
    const document = parseDocument(text, {
      uniqueKeys: true,
      strict: true,
      merge: false,
      prettyErrors: false,
      lineCounter: lines,
    })
    const errors = [...document.errors, ...document.warnings]
    const faults =
      errors.length > 0
        ? errors.map((error) => syntaxFault(error, lines))
        : aliasFaults(document, lines)
    if (faults.length > 0) return { kind: 'faults', faults }
    const value: unknown = document.toJS({ maxAliasCount: 100 })
    const fault = shapeFault(value)
    return fault === undefined ? { kind: 'value', value } : { kind: 'faults', faults: [fault] }
  } catch (fault) {
    const tooDeep = fault instanceof RangeError
    // Its aliases have anchors: what is left to throw for is that they are too many.
    return { kind: 'faults', faults: [tooDeep ? 'nested too deep' : 'too many aliases'] }
  }
}
