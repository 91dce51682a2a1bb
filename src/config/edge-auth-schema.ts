// How edge auth is set up in the configuration: a cookie for gateways, and sign-in for command lines.

import { seconds } from '../protocol/time.ts'
import {
  duration,
  flag,
  hostName,
  list,
  plainPath,
  prose,
  secretText,
  setting,
  text,
} from './fields.ts'

const hour = 3600

const gateway = text('a host name without port', (value) => {
  const result = hostName.safeParse(value)
  return result.success && !/:\d*$/.test(value) ? result.data : undefined
})

export const edgeAuthShape = {
  enabled: setting(flag, {
    form: 'boolean',
    meaning:
      '`/auth/connect`, `/_ws_tunnel` and the cookie `CF_Authorization`, in place of Cloudflare Access',
    fallback: 'false',
  }),
  hosts: setting(list(gateway, 'a list of host names'), {
    form: 'list',
    meaning: 'The gateways; `*.example.com` stands for one label',
    fallback: 'hosts that the cookie reaches and a rule protects',
  }),
  lifetime: setting(duration(seconds(60), seconds(24 * hour), 'a duration from 1m to 24h'), {
    form: 'text',
    meaning: 'Of the cookie; it ends with its session in any case',
    fallback: '24h',
  }),
  command_line_lifetime: setting(
    duration(seconds(60), seconds(12 * hour), 'a duration from 1m to 12h'),
    {
      form: 'text',
      meaning: 'Of the token that a command line gets; it ends with its session in any case',
      fallback: '12h',
    },
  ),
  command_line_paths: setting(list(plainPath, 'a list of paths'), {
    form: 'list',
    meaning:
      'Paths of the gateways, each with everything below, where tokens of command lines count',
    fallback: '/',
  }),
  secret: setting(secretText, {
    form: 'text',
    meaning:
      'At least 32 random bytes that guard the key of edge auth; required with `database_url`, the same on all nodes',
    fallback: 'made at the first start, in `edge-auth.key` in `data_dir`',
    secret: true,
  }),
  secret_file: setting(prose, { form: 'text', meaning: 'File that holds `edge_auth.secret`' }),
} as const
