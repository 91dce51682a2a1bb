// Every setting: its name, kind, default and meaning. Variables, flags and the reference follow from this.

import { isAbsolute } from 'node:path'
import { z } from 'zod'
import { allow } from './allow-schema.ts'
import { languageFiles, languageTag } from './appearance-schema.ts'
import {
  flag,
  list,
  listenHost,
  matching,
  parsed,
  plainPath,
  port,
  printable,
  prose,
  secretText,
  setting,
  text,
  wordOf,
} from './fields.ts'
import { headerChoice } from './header-choice.ts'
import { provider } from './provider-schema.ts'
import { resource } from './resource-schema.ts'
import { rule } from './rule-schema.ts'
import { sections } from './sections.ts'
import type { LogLevel } from './settings.ts'
import { staticToken } from './token-schema.ts'

const wantedUrl = 'an https URL without user name, query and fragment'
const publicUrl = text(wantedUrl, (value) => {
  const url = URL.parse(value)
  const [, path] = /^https?:\/\/[^/?#@\\\s%*]+((?:\/[\w.~-]+)*)\/?$/i.exec(value) ?? []
  if (url === null || path === undefined || url.hostname.endsWith('.')) return undefined
  // URL resolves dot segments: a base path that changes is not the one that was written.
  if (url.pathname.replace(/\/$/, '') !== path) return undefined
  return {
    href: `${url.origin}${path}`,
    origin: url.origin,
    hostname: url.hostname,
    basePath: path,
  }
})

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
  handoff_path: setting(plainPath, {
    form: 'text',
    meaning:
      'Path that the proxy leads to Sallyport on hosts that get a cookie of their own (`cookie.domains`, `cookie.mode: isolated`)',
    fallback: '/.sallyport',
  }),
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
    meaning: 'Accounts kept here, with passwords, passkeys and second factors',
    fallback: 'false',
  }),
  accounts_secret: setting(secretText, {
    form: 'text',
    meaning:
      'At least 32 random bytes that guard the secrets of authenticator apps; with `database_url` there are no such apps without it',
    secret: true,
    fallback: 'made and kept in `data_dir`',
  }),
  accounts_secret_file: setting(prose, {
    form: 'text',
    meaning: 'File that holds `accounts_secret`',
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
  authorization_server: section(
    sections.authorization_server,
    'Our own authorization server, on as soon as a resource has it as issuer',
  ),
  command_line_login: setting(flag, {
    form: 'boolean',
    meaning: 'People may sign in from command lines with `sallyport login`, for hosts with rules',
    fallback: 'false',
  }),
  edge_auth: section(sections.edge_auth, 'Edge auth: gateways behind a cookie, and command lines'),
  personal_tokens: section(
    sections.personal_tokens,
    'Tokens that people make for scripts, git and docker on their account page',
  ),
  static_tokens: setting(list(staticToken, 'a list of tokens'), {
    form: 'yaml',
    meaning: 'Tokens of machines, written down here; members below',
    fallback: 'none',
  }),
  identity_headers: setting(headerChoice, {
    form: 'yaml',
    meaning:
      'Headers that tell applications who it is: `forwarded`, `remote` (adds `Remote-*`), or your own map. The user is the verified address, else the username unless it reads as an address, else the subject',
    fallback: 'forwarded',
  }),
  pin_subject: setting(flag, {
    form: 'boolean',
    meaning: 'Refuse an e-mail address that another account was seen with first',
    fallback: 'false',
  }),
  branding: section(sections.branding, 'The look of the pages'),
  languages: setting(languageFiles, {
    form: 'yaml',
    meaning:
      'More languages for the pages, or other words in `en` and `de`: tag and JSON file, `{ fr: ./fr.json }`; `sallyport print-messages` prints one to begin with',
    fallback: 'none',
  }),
  default_language: setting(languageTag, {
    form: 'text',
    meaning: 'Language for browsers that ask for none of ours',
    fallback: 'en',
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
