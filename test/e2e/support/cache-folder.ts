// What tests fetch once and keep outside the repository, so that later runs need no network.

import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The folder for it; made when it does not exist. */
export function cacheFolder(): string {
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'sallyport-test')
  mkdirSync(cache, { recursive: true })
  return cache
}

/**
 * Makes `target` by `fill`, all or nothing, also when several processes do so at once.
 *
 * @param fill puts what becomes `target` into the folder `made` of the folder it is given
 */
export function provide(target: string, fill: (folder: string) => void): string {
  if (existsSync(target)) return target
  const folder = mkdtempSync(join(cacheFolder(), 'new-'))
  try {
    fill(folder)
    if (!existsSync(target)) renameSync(join(folder, 'made'), target)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return target
}
