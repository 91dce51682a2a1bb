// How allow lists are written in the configuration.

import { z } from 'zod'
import type { AllowClause } from '../access/policy.ts'
import { parseEmail } from '../protocol/email.ts'
import { matching, oneOrMore, setting, some, text } from './fields.ts'

const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const domainPattern = new RegExp(`^(?:\\*\\.)?${label}(?:\\.${label})+$`)

/** `me@example.com`, `@example.com`, `@*.example.com` in lower case (R45, R46). */
function parseEmailEntry(value: string): string | undefined {
  if (!value.startsWith('@')) {
    const email = parseEmail(value)
    return email.kind === 'email' && email.domain.includes('.') ? email.value : undefined
  }
  const domain = value.slice(1).toLowerCase()
  return value.length <= 254 && domainPattern.test(domain) ? `@${domain}` : undefined
}

const emailEntry = text(
  'me@example.com, @example.com or @*.example.com (its sub-domains)',
  parseEmailEntry,
)
const name = matching('a name', /^[^\p{Cc}]{1,200}$/u)

export const allowShape = {
  emails: setting(some(emailEntry, 'at least one address'), {
    form: 'list',
    meaning: 'Verified addresses; `@example.com` is the domain, `@*.example.com` its sub-domains',
  }),
  groups: setting(some(name, 'at least one group'), {
    form: 'list',
    meaning: 'Groups, as the provider names them',
  }),
  providers: setting(some(name, 'at least one provider'), {
    form: 'list',
    meaning: 'Ids of providers; `local` for local accounts',
  }),
  users: setting(some(name, 'at least one user'), {
    form: 'list',
    meaning: 'Names of local accounts',
  }),
  clients: setting(some(name, 'at least one client'), {
    form: 'list',
    meaning: 'Ids of clients of our authorization server that act for themselves',
  }),
  anyone: setting(z.literal(true, { error: 'true, or the setting left out' }), {
    form: 'boolean',
    meaning: 'Everyone who can log in, or whose token is good',
  }),
}

const clauseShape = z.strictObject(allowShape, {
  error: 'emails, groups, providers, users, clients, or anyone: true',
})

const clause = clauseShape.transform((value, context): AllowClause => {
  const kinds = Object.values(value).filter((kind) => kind !== undefined).length
  const refuse = (message: string) => context.addIssue({ code: 'custom', message })
  if (kinds === 0)
    refuse('at least one of emails, groups, providers, users, clients, or anyone: true')
  if (kinds > 1 && value.anyone === true)
    refuse('either anyone: true or a list of who may, not both')
  return value
})

/** One clause, or several of which one is enough. */
export const allow = oneOrMore(clause)
