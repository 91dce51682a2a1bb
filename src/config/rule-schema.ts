// How rules for browser applications are written in the configuration.

import { z } from 'zod'
import { allow } from './allow-schema.ts'
import {
  demandShape,
  flag,
  list,
  matching,
  oneOf,
  plainPath,
  prose,
  required,
  setting,
  some,
  text,
} from './fields.ts'
import { asciiHost } from './hosts.ts'

function parseRuleHost(value: string): string | undefined {
  const [, host = '', port] = /^(.*?)(?::(\d{1,5}|\*))?$/s.exec(value) ?? []
  const isBracketed = host.startsWith('[')
  // URL would take a path or a user name after the bracket for something else.
  if (isBracketed && !/^\[[0-9a-f:.]+\]$/i.test(host)) return undefined
  const ascii = isBracketed ? URL.parse(`http://${host}`)?.hostname : asciiHost(host)
  if (ascii === undefined || (port !== undefined && Number(port) > 65535)) return undefined
  return port === undefined || port === '443'
    ? ascii
    : `${ascii}:${port === '*' ? port : Number(port)}`
}

const origin = text('an origin such as https://app.example.com', (value) => {
  const url = URL.parse(value)
  const isOrigin = url !== null && /^https?:$/.test(url.protocol)
  return isOrigin && [url.origin, `${url.origin}/`].includes(value) ? url.origin : undefined
})

const method = matching('a method in capital letters', /^[A-Z][A-Z-]{0,19}$/)

export const ruleShape = {
  name: setting(prose, {
    form: 'text',
    meaning: 'Shown in logs and on the refusal page',
    fallback: 'its position',
  }),
  host: required(
    text(
      'a host such as app.example.com or *.example.com, with an optional :port or :*',
      parseRuleHost,
    ),
    {
      form: 'text',
      meaning:
        'Host, or `*.example.com` for one label; with `:8443` or `:*` when the port is not the usual one',
    },
  ),
  path: setting(plainPath, {
    form: 'text',
    meaning: '`/exact`, or `/prefix/` for everything below and `/prefix` itself',
    fallback: 'every path',
  }),
  methods: setting(some(method, 'at least one method'), {
    form: 'list',
    meaning: 'Methods the rule is for',
    fallback: 'every method',
  }),
  access: setting(oneOf(['public', 'optional', 'required']), {
    form: 'text',
    meaning: '`public` asks nobody, `optional` tells the application who it is, `required` asks',
    fallback: 'required',
  }),
  allow: setting(allow, {
    form: 'yaml',
    meaning: 'Who may, besides the top-level `allow`',
    fallback: 'everyone whom the top-level `allow` lets in',
  }),
  ...demandShape,
  origins: setting(list(origin, 'a list of origins'), {
    form: 'list',
    meaning: "Origins besides the host's own that may use the session cookie",
  }),
  allow_preflight: setting(flag, {
    form: 'boolean',
    meaning: 'Let CORS preflights through to the application',
    fallback: 'false',
  }),
  app_authorization: setting(flag, {
    form: 'boolean',
    meaning: 'The `Authorization` header belongs to the application and is not read here',
    fallback: 'false',
  }),
}

export const rule = z.strictObject(ruleShape, { error: 'a rule' })

export type RuleEntry = z.output<typeof rule>
