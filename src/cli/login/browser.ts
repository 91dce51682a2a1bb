// Opens the person's browser, without a shell that could read anything into an address.

import { isSafe } from './place.ts'
import type { RunTool } from './run-tool.ts'

const openers: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
}

/** Whether a browser opened from here would be in front of the person, and reach this machine's loopback. */
export function hasDisplay(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): boolean {
  if (env['SSH_CONNECTION'] || env['SSH_TTY']) return false
  if (platform === 'darwin' || platform === 'win32') return true
  return Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY'])
}

/** Opens an address; false when that did not work. */
export async function openBrowser(
  url: URL,
  platform: NodeJS.Platform,
  run: RunTool,
): Promise<boolean> {
  if (!isSafe(url)) return false
  const [command, ...args] = openers[platform] ?? ['xdg-open']
  return (await run(command, [...args, url.href]))?.code === 0
}
