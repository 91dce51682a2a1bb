// What does GitHub's REST API say about the person whose token this is?

import { type Configuration, fetchProtectedResource } from 'openid-client'
import { z } from 'zod'
import { parseEmail } from '../../protocol/email.ts'
import type { Identity } from '../../protocol/identity.ts'

/** Something GitHub answered that is not an answer to the question. */
export class GithubFault extends Error {
  /** It may be better in a while: 5xx, or too many questions. */
  readonly isTemporary: boolean

  constructor(path: string, response: Response) {
    super(`GitHub answered ${response.status} to ${path}`)
    const { status, headers } = response
    const isLimited = status === 429 || headers.get('x-ratelimit-remaining') === '0'
    this.isTemporary = status >= 500 || isLimited
  }
}

// A team comes with its whole organization: more of them would not fit the limit of an answer.
const pageSize = 30
const pageLimit = 20

const user = z.object({
  id: z.int().positive(),
  login: z.string().min(1),
  name: z.string().nullish(),
})
const emails = z.array(z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }))
const organizations = z.array(z.object({ login: z.string().min(1) }))
const teams = z.array(
  z.object({ slug: z.string().min(1), organization: z.object({ login: z.string().min(1) }) }),
)

export type GithubApi = {
  readonly user: () => Promise<z.output<typeof user>>
  /** The primary address, when GitHub has verified it; otherwise what it claims to be. */
  readonly email: () => Promise<Pick<Identity, 'email' | 'emailDomain' | 'unverifiedEmail'>>
  /** Organizations as `org`, teams as `org/team`; `complete` is false when there were more than could be read. */
  readonly groups: () => Promise<{
    readonly names: readonly string[]
    readonly complete: boolean
  }>
}

/** `https://api.github.com`, or the API of an Enterprise host; all follow from the issuer. */
export function apiUrl(issuer: string): string {
  const { origin, protocol, host } = new URL(issuer)
  const isHosted = host === 'github.com' || host.endsWith('.ghe.com')
  return isHosted ? `${protocol}//api.${host}` : `${origin}/api/v3`
}

function readEmail(list: z.output<typeof emails>) {
  const primary = list.find((one) => one.primary)
  const parsed = parseEmail(primary?.email)
  const none = { email: undefined, emailDomain: undefined, unverifiedEmail: undefined }
  if (parsed.kind !== 'email') return none
  if (primary?.verified !== true) return { ...none, unverifiedEmail: parsed.value }
  return { ...none, email: parsed.value, emailDomain: parsed.domain }
}

/** Asks in the name of one person. Every function rejects with `GithubFault` or a fault of the connection. */
export function createGithubApi(
  configuration: Configuration,
  base: string,
  accessToken: string,
): GithubApi {
  async function ask(path: string): Promise<Response> {
    const headers = new Headers({
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
    })
    const url = new URL(`${base}${path}`)
    const answer = await fetchProtectedResource(
      configuration,
      accessToken,
      url,
      'GET',
      undefined,
      headers,
    )
    if (answer.status !== 200) throw new GithubFault(path.split('?')[0] ?? path, answer)
    return answer
  }

  /** Page by page. The address of the next is made here: the token goes nowhere that an answer names. */
  async function askAll<T>(path: string, page: z.ZodType<readonly T[]>) {
    const all: T[] = []
    for (let number = 1; number <= pageLimit; number++) {
      const answer = await ask(`${path}?per_page=${pageSize}&page=${number}`)
      all.push(...page.parse(await answer.json()))
      if (!/;\s*rel="next"/.test(answer.headers.get('link') ?? '')) return { all, complete: true }
    }
    return { all, complete: false }
  }

  return {
    user: async () => user.parse(await (await ask('/user')).json()),
    email: async () => readEmail((await askAll('/user/emails', emails)).all),
    groups: async () => {
      const [orgs, inTeams] = await Promise.all([
        askAll('/user/orgs', organizations),
        askAll('/user/teams', teams),
      ])
      const names = [
        ...orgs.all.map(({ login }) => login),
        ...inTeams.all.map(({ slug, organization }) => `${organization.login}/${slug}`),
      ]
      return { names: [...new Set(names)], complete: orgs.complete && inTeams.complete }
    },
  }
}
