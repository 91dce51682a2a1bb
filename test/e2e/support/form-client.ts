// One request with any Host to a loopback port, and the answer as a client of the token endpoint reads it.

import { request } from 'node:http'

export type Said = {
  readonly status: number
  readonly body: string
  /** The body as JSON object; empty when it is none. */
  readonly json: Readonly<Record<string, unknown>>
  readonly location: URL | undefined
}

export type Question = {
  readonly path: string
  readonly host: string
  readonly headers?: Readonly<Record<string, string>>
  /** Posted as a form; a GET without. */
  readonly form?: Readonly<Record<string, string>>
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

/** Asks without following redirects. Status 0 when the connection broke before there was an answer. */
export function ask(port: number, { path, host, headers, form }: Question): Promise<Said> {
  const text = form === undefined ? '' : new URLSearchParams(form).toString()
  const type = form === undefined ? {} : { 'Content-Type': 'application/x-www-form-urlencoded' }
  return new Promise((resolve) => {
    const lost = () => resolve({ status: 0, body: '', json: {}, location: undefined })
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method: form === undefined ? 'GET' : 'POST',
        headers: { ...headers, ...type, Host: host },
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', lost)
        response.on('end', () => {
          const body = Buffer.concat(chunks).toString('utf8')
          const { location } = response.headers
          resolve({
            status: response.statusCode ?? 0,
            body,
            json: parse(body),
            location: location === undefined ? undefined : new URL(location, `http://${host}`),
          })
        })
      },
    )
    sent.on('error', lost)
    sent.end(text)
  })
}
