// The person in front of the client: opens the address it shows, signs in, agrees, and is sent back to it.

import { headerOf } from './http-message.ts'
import type { Page, Visitor } from './visitor.ts'

export type Person = {
  readonly visitor: Visitor
  /** Those that were seen, in order. */
  readonly pages: () => readonly Page[]
  /** Opens an authorization request and does what the pages ask for, until a page asks for nothing. */
  readonly authorize: (address: string) => Promise<Page>
}

/** What a person fills in or clicks, by the names in the form. The first that fits counts. */
export type Answers = readonly Readonly<Record<string, string>>[]

const mostPages = 8

const isHtml = ({ answer }: Page): boolean =>
  headerOf(answer, 'content-type')?.includes('html') ?? false

const answerFor = (page: Page, answers: Answers): Readonly<Record<string, string>> | undefined =>
  answers.find((fields) =>
    Object.keys(fields).every((name) => page.answer.body.includes(`name="${name}"`)),
  )

/** Where the one button leads that is a link. */
function linkOf({ url, answer }: Page): string | undefined {
  const [, link] = /<a class="go" href="([^"]*)"/.exec(answer.body) ?? []
  return link === undefined ? undefined : new URL(link.replaceAll('&amp;', '&'), url).href
}

export function createPerson(visitor: Visitor, answers: Answers): Person {
  const pages: Page[] = []
  const goOn = async (page: Page): Promise<Page | undefined> => {
    if (!isHtml(page)) return undefined
    const fields = answerFor(page, answers)
    if (fields !== undefined) return visitor.submit(page, fields)
    const link = linkOf(page)
    return link === undefined ? undefined : visitor.open(link)
  }
  return {
    visitor,
    pages: () => [...pages],
    authorize: async (address) => {
      let page: Page | undefined = await visitor.open(address)
      for (let count = 0; page !== undefined && count < mostPages; count += 1) {
        pages.push(page)
        const next = await goOn(page)
        if (next === undefined) return page
        page = next
      }
      throw new Error(`Pages without end: ${pages.map(({ url }) => url.href).join(' ')}`)
    },
  }
}
