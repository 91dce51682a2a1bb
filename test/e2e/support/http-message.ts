// HTTP/1.1 messages byte by byte: order, case and repetition of headers as they were sent.

export type HeaderLine = readonly [name: string, value: string]

export type HttpMessage = {
  /** Request line or status line. */
  readonly start: string
  readonly headers: readonly HeaderLine[]
  /** Body, transfer coding removed. Latin-1, one character per byte. */
  readonly body: string
}

export type ParsedMessage = { readonly message: HttpMessage; readonly rest: string }

/** Every value of a header, in order. */
export function headersOf(message: HttpMessage, name: string): string[] {
  const wanted = name.toLowerCase()
  return message.headers.filter(([key]) => key.toLowerCase() === wanted).map(([, value]) => value)
}

/** The value of a header that must not be repeated. */
export function headerOf(message: HttpMessage, name: string): string | undefined {
  const values = headersOf(message, name)
  if (values.length > 1) throw new Error(`Header "${name}" came ${values.length} times`)
  return values[0]
}

export const statusOf = (message: HttpMessage): number => Number(message.start.split(' ')[1])

function parseChunks(text: string): { body: string; rest: string } | undefined {
  let body = ''
  let rest = text
  for (;;) {
    const line = rest.indexOf('\r\n')
    if (line === -1) return undefined
    const size = Number.parseInt(rest.slice(0, line), 16)
    const end = line + 2 + size
    if (rest.length < end + 2) return undefined
    body += rest.slice(line + 2, end)
    rest = rest.slice(end + 2)
    if (size === 0) return { body, rest }
  }
}

/** A head alone, without looking for a body. Undefined: more bytes are needed. */
export function parseHead(text: string): ParsedMessage | undefined {
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const [start = '', ...lines] = text.slice(0, end).split('\r\n')
  const headers = lines.map((line): HeaderLine => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).trim()]
  })
  return { message: { start, headers, body: '' }, rest: text.slice(end + 4) }
}

/**
 * Reads the first whole message of `text`. Undefined: more bytes are needed.
 *
 * @param closed no more bytes will come, so a body without a length ends here
 */
export function parseMessage(text: string, closed: boolean): ParsedMessage | undefined {
  const head = parseHead(text)
  if (head === undefined) return undefined
  const { message, rest } = head
  if (headersOf(message, 'transfer-encoding').includes('chunked')) {
    const chunks = parseChunks(rest)
    return chunks && { message: { ...message, body: chunks.body }, rest: chunks.rest }
  }
  const isAnswer = message.start.startsWith('HTTP/')
  const length = headersOf(message, 'content-length')[0]
  if (length !== undefined || !isAnswer || [101, 204, 304].includes(statusOf(message))) {
    const size = Number(length ?? 0)
    if (rest.length < size) return undefined
    return { message: { ...message, body: rest.slice(0, size) }, rest: rest.slice(size) }
  }
  return closed ? { message: { ...message, body: rest }, rest: '' } : undefined
}
