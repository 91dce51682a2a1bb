// How tokens for scripts are set up in the configuration: limits of those that people make, and those written down here.

import { z } from 'zod'
import { isMachineName } from '../protocol/machine.ts'
import { epochSeconds, seconds } from '../protocol/time.ts'
import { parseBoundsHost } from '../protocol/token-bounds.ts'
import {
  duration,
  flag,
  list,
  matching,
  parsed,
  plainPath,
  prose,
  required,
  scope,
  secretText,
  setting,
  some,
  text,
} from './fields.ts'

const day = 86_400
const longest = seconds(366 * day)

export const personalTokensShape = {
  enabled: setting(flag, {
    form: 'boolean',
    meaning:
      'People can make tokens for scripts on their account page; false: those there are refused',
    fallback: 'true',
  }),
  max_lifetime: setting(duration(seconds(day), longest, 'a duration from 1d to 366d'), {
    form: 'text',
    meaning: 'The longest life of a token; also ends older ones that were given a longer one',
    fallback: '365d',
  }),
  owner_absence: setting(duration(seconds(0), longest, 'a duration up to 366d such as 90d, or 0'), {
    form: 'text',
    meaning: "How long after its owner's last sign-in a token is still good; 0: until its own end",
    fallback: '90d',
  }),
} as const

const method = matching('a method in capital letters', /^[A-Z][A-Z-]{0,19}$/)

/** `2027-03-31`, the end of that day in UTC, or `never`. YAML gives both as text. */
const end = parsed('a day such as 2027-03-31, or never', (value) => {
  if (value === 'never') return 'never' as const
  const [, date] = (typeof value === 'string' && /^(\d{4}-\d\d-\d\d)$/.exec(value)) || []
  if (date === undefined) return undefined
  const moment = Date.parse(`${date}T23:59:59Z`)
  return Number.isNaN(moment) ? undefined : epochSeconds(moment / 1000)
})

export const staticTokenShape = {
  name: required(
    text('a name of letters, digits, ".", "_" and "-"', (value) =>
      isMachineName(value) ? value : undefined,
    ),
    { form: 'text', meaning: 'Who it is: lists name it as `allow.clients`, logs as this' },
  ),
  token: setting(secretText, {
    form: 'text',
    meaning: 'The value that is shown as `Authorization: Bearer`, at least 32 bytes',
    secret: true,
  }),
  token_file: setting(prose, { form: 'text', meaning: 'File that holds the value' }),
  token_sha256: setting(matching('64 hexadecimal digits', /^[0-9a-fA-F]{64}$/), {
    form: 'text',
    meaning: 'Its SHA-256 instead of the value, as `sha256sum` prints it',
  }),
  hosts: setting(
    some(
      text('a host such as app.example.com or *.example.com', parseBoundsHost),
      'at least one host',
    ),
    { form: 'list', meaning: 'Hosts it is good for', fallback: 'those of `resources`' },
  ),
  path: setting(plainPath, {
    form: 'text',
    meaning: '`/prefix`: it is good for that path and what is below',
    fallback: 'every path',
  }),
  methods: setting(some(method, 'at least one method'), {
    form: 'list',
    meaning: 'Methods it is good for',
    fallback: 'every method',
  }),
  scopes: setting(list(scope, 'a list of scopes'), {
    form: 'list',
    meaning: 'Scopes it has',
    fallback: 'none',
  }),
  expires: required(end, {
    form: 'text',
    meaning: 'The last day on which it is good, `2027-03-31`, or `never`',
  }),
}

export const staticToken = z.strictObject(staticTokenShape, { error: 'a token' })

export type StaticTokenEntry = z.output<typeof staticToken>
