// What a form that oidc-provider made says: where it goes and what it carries.

const entities: ReadonlyMap<string, string> = new Map([
  ['&amp;', '&'],
  ['&lt;', '<'],
  ['&gt;', '>'],
  ['&quot;', '"'],
  ['&#39;', "'"],
])

const unescaped = (text: string): string =>
  text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => entities.get(entity) ?? entity)

function attribute(tag: string, name: string): string | undefined {
  const [, value] = new RegExp(`\\s${name}="([^"]*)"`).exec(tag) ?? []
  return value === undefined ? undefined : unescaped(value)
}

export type LibraryForm = {
  readonly action: string
  /** The token in it. */
  readonly csrf: string
  /** Empty: none came with it. */
  readonly userCode: string
}

/**
 * Reads a form, or a page that holds one. Its own markup is never shown: it has handlers that our policy
 * forbids, and fields without a label.
 *
 * @throws Error when the form lacks address or token, which would be a change of the library
 */
export function readLibraryForm(markup: string): LibraryForm {
  const [form = ''] = /<form\s[\s\S]*?<\/form>/.exec(markup) ?? []
  const [opening = ''] = /<form\s[^>]*>/.exec(form) ?? []
  const inputs = form.match(/<input\s[^>]*>/g) ?? []
  const read = (name: string) => {
    const input = inputs.find((one) => attribute(one, 'name') === name)
    return input === undefined ? undefined : attribute(input, 'value')
  }
  const action = attribute(opening, 'action')
  const csrf = read('xsrf')
  if (action === undefined || csrf === undefined) {
    throw new Error('Cannot read the form of a page: expected an action and a field "xsrf"')
  }
  return { action, csrf, userCode: read('user_code') ?? '' }
}
