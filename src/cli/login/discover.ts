// Who issues tokens for an address? A refused request says where people sign in; nothing else it says is believed.

import { LoginFault } from './fault.ts'
import { isSafe } from './place.ts'

export type Fetch = (url: URL, init: RequestInit) => Promise<Response>

const patienceMilliseconds = 10_000
const longestAnswer = 16_384

async function readJson(answer: Response): Promise<unknown> {
  const { body } = answer
  if (body === null) return undefined
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > longestAnswer) return undefined
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    return undefined
  }
}

const loginUrlIn = (body: unknown): string | undefined =>
  typeof body === 'object' &&
  body !== null &&
  'login_url' in body &&
  typeof body.login_url === 'string'
    ? body.login_url
    : undefined

function explain(place: URL, { status, headers }: Response): LoginFault {
  const hint = 'name an address that asks for a login, or say where to sign in: --issuer URL'
  if (headers.get('WWW-Authenticate')?.includes('resource_metadata=') === true)
    return new LoginFault(
      `"${place.href}" is an OAuth resource: its clients, such as MCP clients, sign in by themselves`,
    )
  const location = URL.parse(headers.get('Location') ?? '', place)
  if (status >= 300 && status < 400 && location !== null)
    return new LoginFault(`"${place.href}" only leads to "${location.href}": ${hint}`)
  return new LoginFault(`"${place.href}" answers ${status} and names no login: ${hint}`)
}

/**
 * The issuer that an address names when it refuses a request without credentials.
 *
 * @returns an origin: https, or http on this machine
 * @throws LoginFault when there is none
 */
export async function discoverIssuer(place: URL, fetch: Fetch): Promise<string> {
  const signal = AbortSignal.timeout(patienceMilliseconds)
  const answer = await fetch(place, {
    headers: { Accept: 'application/json' },
    redirect: 'manual',
    signal,
  }).catch((fault: unknown) => {
    throw new LoginFault(`Cannot reach "${place.origin}"`, { cause: fault })
  })
  if (answer.status !== 401) {
    await answer.body?.cancel()
    throw explain(place, answer)
  }
  const named = answer.headers.get('X-Auth-Login') ?? loginUrlIn(await readJson(answer))
  const login = URL.parse(named ?? '')
  if (login === null) throw explain(place, answer)
  if (!isSafe(login))
    throw new LoginFault(`"${place.href}" names a login that is neither https nor on this machine`)
  return login.origin
}
