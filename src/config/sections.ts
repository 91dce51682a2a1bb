// Settings that belong together in the file: listen, proxy, cookie, session, authorization_server, branding.

import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { dialects, proxyDialects } from '../protocol/dialects.ts'
import { seconds } from '../protocol/time.ts'
import { brandingShape } from './appearance-schema.ts'
import { authorizationServerShape } from './authorization-server-schema.ts'
import { edgeAuthShape } from './edge-auth-schema.ts'
import {
  duration,
  flag,
  hostName,
  list,
  listenHost,
  matching,
  oneOf,
  port,
  setting,
  text,
} from './fields.ts'
import { personalTokensShape } from './token-schema.ts'

const week = seconds(7 * 86_400)

function parseNetwork(value: string): string | undefined {
  const [written = ''] = value.split('/')
  const whole = isIP(written) === 6 ? 128 : 32
  const withLength = value.includes('/') ? value : `${value}/${whole}`
  // The library reads `10/8` as 0.0.0.10; only the usual spelling is meant.
  if (isIP(written) === 0 || !ipaddr.isValidCIDR(withLength)) return undefined
  const [address, bits] = ipaddr.parseCIDR(withLength)
  return `${address.toString()}/${bits}`
}

function asDomain(value: string): string | undefined {
  const bare = value.startsWith('.') ? value.slice(1) : value
  const result = hostName.safeParse(bare)
  return result.success && !result.data.startsWith('*') && !bare.includes(':')
    ? result.data
    : undefined
}

/** Sections of the file; their members are also settings of their own, `listen.host` as `SALLYPORT_LISTEN_HOST`. */
export const sections = {
  listen: {
    host: setting(listenHost, {
      form: 'text',
      meaning: 'Address to listen on; `::` is every address',
      fallback: '`::`, in development mode 127.0.0.1',
    }),
    port: setting(port, { form: 'number', meaning: 'The same as `port`', fallback: '11000' }),
  },
  proxy: {
    dialect: setting(oneOf(dialects), {
      form: 'text',
      meaning: `What \`/auth\` expects from the proxy: ${proxyDialects.join(', ')}`,
      fallback: 'traefik',
    }),
    trusted: setting(
      list(
        text('an address or a network such as 172.18.0.0/16', parseNetwork),
        'a list of addresses and networks',
      ),
      {
        form: 'list',
        meaning: 'Addresses and networks of the proxies: only their forwarded headers count',
        fallback: '127.0.0.0/8, ::1/128',
      },
    ),
    trust_everyone: setting(flag, {
      form: 'boolean',
      meaning: 'Acknowledges a trusted network that is the whole internet',
      fallback: 'false',
    }),
  },
  cookie: {
    domain: setting(
      text('a domain', (value) => asDomain(value)),
      {
        form: 'text',
        meaning: 'Domain that shares one login, a parent of the public host',
        fallback: 'only the public host',
      },
    ),
    domains: setting(
      list(
        text('a domain', (value) => asDomain(value)),
        'a list of domains',
      ),
      {
        form: 'list',
        meaning:
          'Several unrelated domains with one login, one of them a parent of the public host; instead of `cookie.domain`',
        fallback: 'none',
      },
    ),
    mode: setting(oneOf(['shared', 'isolated']), {
      form: 'text',
      meaning:
        '`isolated`: every host gets a cookie of its own that is good for nothing else; needs no domain',
      fallback: 'shared',
    }),
    name: setting(matching('a cookie name of letters, digits, "_" and "-"', /^[\w-]{1,64}$/), {
      form: 'text',
      meaning: 'Name of the session cookie; `__Secure-` or `__Host-` is put in front',
      fallback: 'sallyport',
    }),
  },
  session: {
    lifetime: setting(duration(seconds(60), week, 'a duration from 1m to 7d, such as 12h'), {
      form: 'text',
      meaning: 'When a session ends whatever the use',
      fallback: '12h',
    }),
    idle: setting(duration(seconds(0), week, 'a duration up to 7d such as 60m, or 0'), {
      form: 'text',
      meaning: 'When an unused session ends; 0: never before its lifetime',
      fallback: '60m',
    }),
  },
  authorization_server: authorizationServerShape,
  edge_auth: edgeAuthShape,
  personal_tokens: personalTokensShape,
  branding: brandingShape,
} as const
