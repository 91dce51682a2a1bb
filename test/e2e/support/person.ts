// The person in front of the client: opens the address it shows, signs in, agrees, and is sent back to it.

import { headerOf } from './http-message.ts'
import type { Page, Visitor } from './visitor.ts'

export type Person = {
  readonly visitor: Visitor
  /** Headings and texts of the pages that were seen, in order. */
  readonly pages: () => readonly Page[]
  /** Opens an authorization request and does what the pages ask for, until a page asks for nothing. */
  readonly authorize: (address: string) => Promise<Page>
}

/** What a person fills in or clicks, by the names in the form. The first that fits counts. */
export type Answers = readonly Readonly<Record<string, string>>[]

const mostPages = 8

const answerFor = (page: Page, answers: Answers): Readonly<Record<string, string>> | undefined =>
  answers.find((fields) =>
    Object.entries(fields).every(([name]) => page.answer.body.includes(`name="${name}"`)),
  )

export function createPerson(visitor: Visitor, answers: Answers): Person {
  const pages: Page[] = []
  return {
    visitor,
    pages: () => [...pages],
    authorize: async (address) => {
      let page = await visitor.open(address)
      for (let count = 0; count < mostPages; count += 1) {
        pages.push(page)
        const isHtml = headerOf(page.answer, 'content-type')?.includes('html') ?? false
        const fields = isHtml ? answerFor(page, answers) : undefined
        if (fields === undefined) return page
        page = await visitor.submit(page, fields)
      }
      throw new Error(`Pages without end: ${pages.map(({ url }) => url.href).join(' ')}`)
    },
  }
}
