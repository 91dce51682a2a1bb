// Every setting: its name, kind, default and meaning. Variables, flags and the reference follow from this.

import { isIP } from 'node:net'
import { isAbsolute } from 'node:path'
import ipaddr from 'ipaddr.js'
import { z } from 'zod'
import { dialects } from '../protocol/dialects.ts'
import { seconds } from '../protocol/time.ts'
import {
  duration,
  flag,
  hostName,
  list,
  listenHost,
  matching,
  oneOf,
  parsed,
  plainPath,
  port,
  printable,
  prose,
  setting,
  text,
  wordOf,
} from './fields.ts'
import { allow, resource, rule } from './policy-schema.ts'
import { provider } from './provider-schema.ts'
import {
  type IdentityHeaderSetting,
  type IdentityValue,
  identityValues,
  type LogLevel,
} from './settings.ts'

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

const wantedUrl = 'an https URL without user name, query and fragment'
const publicUrl = text(wantedUrl, (value) => {
  const url = URL.parse(value)
  if (url === null || !/^https?:\/\/[^/?#@\\\s%]+(?:\/[\w.~-]+)*\/?$/i.test(value)) return undefined
  const path = url.pathname.replace(/\/$/, '')
  // URL resolves dot segments; a base path that changes is not the one that was written.
  if (!value.replace(/\/$/, '').endsWith(path) || url.hostname.endsWith('.')) return undefined
  return {
    href: `${url.origin}${path}`,
    origin: url.origin,
    hostname: url.hostname,
    basePath: path,
  }
})

const headerName = matching('a header name of letters, digits and hyphens', /^[A-Za-z0-9-]{1,60}$/)
const identityHeader = z.strictObject(
  { name: headerName, value: oneOf(identityValues) },
  { error: 'a map with name and value' },
)

type HeaderChoice =
  | { readonly kind: 'set'; readonly name: 'forwarded' | 'remote' }
  | { readonly kind: 'list'; readonly headers: readonly IdentityHeaderSetting[] }

const wantedHeaders = `"forwarded", "remote", a list of {name, value}, or a map of header name to ${identityValues.join(', ')}`
const byName = z.record(headerName, oneOf(identityValues))

function parseHeaders(value: unknown): HeaderChoice | undefined {
  if (value === 'forwarded' || value === 'remote') return { kind: 'set', name: value }
  const asList = z.array(identityHeader).safeParse(value)
  if (asList.success) return { kind: 'list', headers: asList.data }
  const asMap = byName.safeParse(value)
  if (!asMap.success) return undefined
  const entries: [string, IdentityValue][] = Object.entries(asMap.data)
  return { kind: 'list', headers: entries.map(([name, what]) => ({ name, value: what })) }
}

const logLevels: ReadonlyMap<string, LogLevel> = new Map([
  ['0', 'debug'],
  ['1', 'info'],
  ['2', 'warn'],
  ['debug', 'debug'],
  ['info', 'info'],
  ['warn', 'warn'],
  ['minimal', 'warn'],
])

const logLevel = parsed('debug, info or warn (0, 1 or 2)', (value) =>
  logLevels.get(wordOf(value).toLowerCase()),
)

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
      meaning: `What \`/auth\` expects from the proxy: ${dialects.join(', ')}`,
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
} as const

function asDomain(value: string): string | undefined {
  const bare = value.startsWith('.') ? value.slice(1) : value
  const result = hostName.safeParse(bare)
  return result.success && !result.data.startsWith('*') && !bare.includes(':')
    ? result.data
    : undefined
}

const section = <T extends z.core.$ZodShape>(shape: T, meaning: string) =>
  setting(z.strictObject(shape, { error: 'a map of settings' }), { form: 'yaml', meaning })

export const fileShape = {
  public_url: setting(publicUrl, {
    form: 'text',
    meaning: 'Where browsers and clients reach Sallyport',
    fallback: 'required; `http://localhost:<port>` in development mode',
  }),
  development: setting(flag, {
    form: 'boolean',
    meaning: 'Plain http and cookies without `Secure`, on loopback, `.test` and `.localhost` only',
    fallback: 'false; true without any configuration',
  }),
  port: setting(port, { form: 'number', meaning: 'Port to listen on', fallback: '11000' }),
  listen: section(sections.listen, 'Where to listen'),
  decision_port: setting(port, {
    form: 'number',
    meaning: 'Port of a second, private listener for decisions only',
    fallback: 'decisions are answered on `port` too',
  }),
  decision_host: setting(listenHost, {
    form: 'text',
    meaning: 'Address of the decision listener',
    fallback: '`listen.host`',
  }),
  decision_socket: setting(
    text('an absolute path of at most 107 bytes', (value) =>
      isAbsolute(value) && Buffer.byteLength(value) <= 107 && !value.includes('\0')
        ? value
        : undefined,
    ),
    { form: 'text', meaning: 'Unix socket for decisions, instead of `decision_port`' },
  ),
  proxy: section(sections.proxy, 'The proxy that asks'),
  protected_path: setting(plainPath, {
    form: 'text',
    meaning: 'Another path of the decision endpoint besides `/auth`',
    fallback: '/sse',
  }),
  cookie: section(sections.cookie, 'The session cookie'),
  session: section(sections.session, 'How long a login lasts'),
  data_dir: setting(matching('a path', /^[^\p{Cc}]{0,1000}$/u), {
    form: 'text',
    meaning: 'Directory for what is kept; empty: nothing is kept over a restart',
    fallback: './data',
  }),
  database_url: setting(text('a postgres:// URL', asPostgres), {
    form: 'text',
    meaning: 'PostgreSQL instead of a SQLite file in `data_dir`',
    secret: true,
  }),
  database_url_file: setting(prose, { form: 'text', meaning: 'File that holds `database_url`' }),
  providers: setting(list(provider, 'a list of providers'), {
    form: 'yaml',
    meaning: 'OpenID providers to log in at; members below',
    fallback: 'none',
  }),
  local_accounts: setting(flag, {
    form: 'boolean',
    meaning: 'Accounts with a password kept here',
    fallback: 'false',
  }),
  allow: setting(allow, {
    form: 'yaml',
    meaning: 'Who may sign in at all; holds for tokens too; members below',
    fallback: 'nobody',
  }),
  rules: setting(list(rule, 'a list of rules'), {
    form: 'yaml',
    meaning: 'Browser applications; first match wins, no match denies; members below',
    fallback: 'none',
  }),
  resources: setting(list(resource, 'a list of resources'), {
    form: 'yaml',
    meaning: 'OAuth-protected resources: a challenge, never a login page; members below',
    fallback: 'none',
  }),
  identity_headers: setting(parsed(wantedHeaders, parseHeaders), {
    form: 'yaml',
    meaning:
      'Headers that tell applications who it is: `forwarded`, `remote` (adds `Remote-*`), or your own map',
    fallback: 'forwarded',
  }),
  pin_subject: setting(flag, {
    form: 'boolean',
    meaning: 'Refuse an e-mail address that another account was seen with first',
    fallback: 'false',
  }),
  realm: setting(printable, {
    form: 'text',
    meaning: 'The `realm` of challenges',
    fallback: 'sallyport',
  }),
  log_level: setting(logLevel, {
    form: 'text',
    meaning: 'debug, info or warn',
    fallback: 'info',
  }),
} as const

function asPostgres(value: string): string | undefined {
  const protocol = URL.parse(value)?.protocol
  return protocol === 'postgres:' || protocol === 'postgresql:' ? value : undefined
}

export const fileSchema = z.strictObject(fileShape)

/** A configuration whose every value was readable; what fits together is judged afterwards. */
export type FileSettings = z.output<typeof fileSchema>
