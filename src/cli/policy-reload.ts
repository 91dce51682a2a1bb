// Takes over allow-list, rules and resources when the configuration file changes; nothing else does without a restart.

import { unwatchFile, watchFile } from 'node:fs'
import { type CompiledPolicy, compilePolicy } from '../access/rules.ts'
import type { Loading } from '../config/load.ts'
import type { Settings } from '../config/settings.ts'
import type { Log } from '../ports/runtime.ts'
import type { Secret } from '../protocol/secret.ts'

const pollMilliseconds = 500

export type PolicyStart = {
  readonly settings: Settings
  /** The configuration file that they are from, if there is one. */
  readonly file: string | undefined
}

export type PolicyHolder = {
  readonly current: () => CompiledPolicy
  /** Reads the configuration again; a faulty one changes nothing and is logged. */
  readonly reload: () => void
  /** Reloads on SIGHUP and, when there is a file, as soon as it changes. Returns what stops that. */
  readonly watch: () => () => void
}

type Fixed = Omit<Settings, 'policy'>

/** What the file calls the settings that need a restart; the compiler asks for every new one. */
const settingNames: { readonly [Key in keyof Fixed]: string } = {
  authorizationServer: 'authorization_server, resources of its own',
  appearance: 'branding, languages, default_language',
  cookie: 'cookie',
  dataDirectory: 'data_dir',
  database: 'database_url',
  decision: 'decision_port, decision_socket',
  development: 'development',
  edgeAuth: 'edge_auth',
  handOff: 'cookie, handoff_path',
  identityHeaders: 'identity_headers',
  listen: 'listen, port',
  localAccounts: 'local_accounts',
  accountsSecret: 'accounts_secret',
  log: 'log_level',
  personalTokens: 'personal_tokens',
  pinSubject: 'pin_subject',
  protectedPath: 'protected_path',
  providers: 'providers',
  proxy: 'proxy',
  publicUrl: 'public_url',
  realm: 'realm',
  session: 'session',
  staticTokens: 'static_tokens',
  tokenIssuers: 'issuers of resources',
}

const isSecret = (value: unknown): value is Secret =>
  typeof value === 'object' && value !== null && 'reveal' in value

// Two secrets look alike in every form but this one, which does not leave this file.
const comparable = (setting: unknown): string =>
  JSON.stringify([setting], function (this: Readonly<Record<string, unknown>>, key, shown) {
    const own = this[key]
    return isSecret(own) ? own.reveal() : shown
  })

/** The settings besides the policy in which two configurations differ, as the file calls them. */
function changedSettings(running: Fixed, read: Fixed): readonly string[] {
  const names: readonly string[] = Object.values(settingNames)
  const valuesOf = (settings: Fixed) => {
    const byKey = new Map<string, unknown>(Object.entries(settings))
    return Object.keys(settingNames).map((key) => comparable(byKey.get(key)))
  }
  const before = valuesOf(running)
  const after = valuesOf(read)
  return names.filter((_, at) => before[at] !== after[at])
}

// Without its file a service is configured for development, or for nobody: that is never what was meant.
function gone(
  running: Settings,
  read: Extract<Loading, { kind: 'settings' }>,
  file: string | undefined,
): readonly string[] {
  if (file !== undefined && read.file === undefined) return [`"${file}" is gone`]
  if (read.settings.development === running.development) return []
  return ['"development" is another than at the start: that needs a restart']
}

/**
 * Holds the policy in force.
 *
 * @param start what the service runs on: a file that differs from it in more than the policy is said to
 *   need a restart, each time it is read
 */
export function createPolicyHolder(
  { settings: running, file }: PolicyStart,
  load: () => Loading,
  log: Log,
): PolicyHolder {
  let current = compilePolicy(running.policy)
  const reload = (): void => {
    const loading = load()
    const problems = loading.kind === 'problems' ? loading.problems : gone(running, loading, file)
    if (loading.kind === 'problems' || problems.length > 0) {
      log.error('policy.rejected', { problems })
      return
    }
    current = compilePolicy(loading.settings.policy)
    const { rules, resources } = loading.settings.policy
    log.info('policy.loaded', { rules: rules.length, resources: resources.length })
    const changed = changedSettings(running, loading.settings)
    if (changed.length > 0) {
      log.warn('policy.restart_needed', {
        text: `rules, resources and the allow list are taken over; the rest needs a restart: ${changed.join('; ')}`,
      })
    }
  }
  return {
    current: () => current,
    reload,
    watch: () => {
      process.on('SIGHUP', reload)
      // Polling sees editors that replace the file and mounted config maps that swap a link; inotify misses both.
      if (file !== undefined)
        watchFile(file, { interval: pollMilliseconds, persistent: false }, reload)
      return () => {
        process.off('SIGHUP', reload)
        if (file !== undefined) unwatchFile(file, reload)
      }
    },
  }
}
