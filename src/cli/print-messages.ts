// sallyport print-messages: everything the pages say, as the file that a new language starts from.

import { builtInLanguages } from '../appearance/languages.ts'

export type PrintMessagesIo = {
  readonly print: (line: string) => void
  readonly printError: (line: string) => void
}

/**
 * Prints the messages of a language of ours as JSON, English when none is named.
 *
 * @returns exit code
 */
export function printMessages(rest: readonly string[], io: PrintMessagesIo): number {
  const [tag = 'en', ...more] = rest
  const language = builtInLanguages.find((known) => known.tag === tag)
  if (language === undefined || more.length > 0) {
    const tags = builtInLanguages.map((known) => known.tag).join(' | ')
    io.printError(`Usage: sallyport print-messages [${tags}]`)
    return 1
  }
  io.print(JSON.stringify(language.messages, null, 2))
  return 0
}
