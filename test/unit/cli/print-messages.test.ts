import { describe, expect, test } from 'vitest'
import { english } from '../../../src/appearance/english.ts'
import { german } from '../../../src/appearance/german.ts'
import { printMessages } from '../../../src/cli/print-messages.ts'
import { fileWith, load } from '../../support/load-configuration.ts'

function run(...rest: string[]) {
  const printed: string[] = []
  const errors: string[] = []
  const io = {
    print: (line: string) => void printed.push(line),
    printError: (line: string) => void errors.push(line),
  }
  return { code: printMessages(rest, io), text: printed.join('\n'), errors }
}

describe('printMessages()', () => {
  test.each([
    [[], english],
    [['en'], english],
    [['de'], german],
  ])('prints the messages for %j', (rest, messages) => {
    const { code, text } = run(...rest)
    expect(code).toBe(0)
    expect(JSON.parse(text)).toEqual(messages)
  })

  test('prints what the setting "languages" takes as it is', () => {
    const yaml = fileWith('languages: { fr: ./fr.json }\n')
    const loading = load({ yaml, files: { './fr.json': run().text } })
    expect(loading.kind).toBe('settings')
    expect(loading.warnings.filter(({ text }) => text.includes('languages'))).toEqual([])
  })

  test.each([[['fr']], [['en', 'de']]])('refuses %j and says what there is', (rest) => {
    const { code, text, errors } = run(...rest)
    expect([code, text]).toEqual([1, ''])
    expect(errors).toEqual(['Usage: sallyport print-messages [en | de]'])
  })
})
