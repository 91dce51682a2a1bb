// What is wrong with a configuration and what is worth saying about it, collected to be printed together.

import type { ConfigurationWarning } from './settings.ts'

export type Findings = {
  readonly problems: readonly string[]
  readonly warnings: readonly ConfigurationWarning[]
  /** Anything that refuses the start. */
  readonly problem: (text: string) => void
  readonly warn: (text: string) => void
  readonly notice: (text: string) => void
}

/** An empty collection. The same text is kept once. */
export function createFindings(): Findings {
  const problems: string[] = []
  const warnings: ConfigurationWarning[] = []
  const add = (severity: ConfigurationWarning['severity'], text: string) => {
    if (!warnings.some((known) => known.text === text)) warnings.push({ severity, text })
  }
  return {
    problems,
    warnings,
    problem: (text) => {
      if (!problems.includes(text)) problems.push(text)
    },
    warn: (text) => add('warning', text),
    notice: (text) => add('notice', text),
  }
}

const longestShown = 80

/** A value as a message shows it: JSON, cut after 80 characters, never with control characters. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = printed(value)
  return text.length > longestShown ? `${text.slice(0, longestShown)}...` : text
}

function printed(value: unknown): string {
  if (typeof value === 'number') return String(value)
  try {
    return JSON.stringify(value) ?? typeof value
  } catch {
    return typeof value
  }
}

/** `Cannot read setting "x": expected y, got z`. Give no value for a secret. */
export function unreadable(setting: string, wanted: string, got?: string): string {
  return `Cannot read setting "${setting}": expected ${wanted}${got === undefined ? '' : `, got ${got}`}`
}
