// Takes over allow-list, rules and resources when the configuration file changes; nothing else does without a restart.

import { unwatchFile, watchFile } from 'node:fs'
import { type CompiledPolicy, compilePolicy } from '../access/rules.ts'
import type { Loading } from '../config/load.ts'
import type { Log } from '../ports/runtime.ts'

const pollMilliseconds = 500

export type PolicyHolder = {
  readonly current: () => CompiledPolicy
  /** Reads the configuration again; a faulty one changes nothing and is logged. */
  readonly reload: () => void
  /** Reloads on SIGHUP and, when there is a file, as soon as it changes. Returns what stops that. */
  readonly watch: (file: string | undefined) => () => void
}

export function createPolicyHolder(
  first: CompiledPolicy,
  load: () => Loading,
  log: Log,
): PolicyHolder {
  let current = first
  const reload = (): void => {
    const loading = load()
    if (loading.kind === 'problems') {
      log.error('policy.rejected', { problems: loading.problems })
      return
    }
    current = compilePolicy(loading.settings.policy)
    const { rules, resources } = loading.settings.policy
    log.info('policy.loaded', { rules: rules.length, resources: resources.length })
  }
  return {
    current: () => current,
    reload,
    watch: (file) => {
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
