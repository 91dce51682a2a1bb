// Reads the body of our own small forms: strictly, and never more than 16 KiB (security.md R119, R120).

export type FormBody =
  | { readonly kind: 'form'; readonly get: (name: string) => string | undefined }
  | { readonly kind: 'refused'; readonly status: 400 | 413 | 415; readonly reason: string }

const maxBytes = 16 * 1024
const maxFields = 64

const refused = (status: 400 | 413 | 415, reason: string): FormBody => ({
  kind: 'refused',
  status,
  reason,
})

/** The body, counted as it arrives: Content-Length may lie or be missing. */
async function readBytes(request: Request): Promise<Uint8Array | 'too-long' | 'broken-off'> {
  if (Number(request.headers.get('Content-Length') ?? 0) > maxBytes) return 'too-long'
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = request.body?.getReader()
  while (reader) {
    // A client that hangs up, or whose chunks are malformed, is no fault of ours.
    const read = await reader.read().catch(() => undefined)
    if (read === undefined) return 'broken-off'
    if (read.done) break
    size += read.value.byteLength
    if (size > maxBytes) {
      await reader.cancel()
      return 'too-long'
    }
    chunks.push(read.value)
  }
  return Buffer.concat(chunks)
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function parseFields(text: string): FormBody {
  if (text.split('&').length > maxFields) return refused(400, 'too-many-fields')
  const fields = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(text)) {
    // No person types it, and PostgreSQL cannot hold it.
    if (name.includes('\0') || value.includes('\0')) return refused(400, 'nul-character')
    // One reader takes the first, another the last: so none is taken.
    if (fields.has(name)) return refused(400, 'repeated-field')
    fields.set(name, value)
  }
  return { kind: 'form', get: (name) => fields.get(name) }
}

/**
 * Reads an `application/x-www-form-urlencoded` body.
 *
 * @returns `refused` with 415 for another type or a content coding, 413 beyond 16 KiB, 400 for more than 64
 *   fields, a repeated field, a NUL character, bytes that are no UTF-8 or a body that breaks off
 */
export async function readFormBody(request: Request): Promise<FormBody> {
  const type = (request.headers.get('Content-Type') ?? '').toLowerCase().split(';', 1)[0]?.trim()
  if (type !== 'application/x-www-form-urlencoded') return refused(415, 'not-a-form')
  const coding = request.headers.get('Content-Encoding')
  if (coding !== null && coding.toLowerCase() !== 'identity') return refused(415, 'content-coding')
  const bytes = await readBytes(request)
  if (bytes === 'too-long') return refused(413, bytes)
  if (bytes === 'broken-off') return refused(400, bytes)
  const text = decode(bytes)
  return text === undefined ? refused(400, 'not-utf-8') : parseFields(text)
}
