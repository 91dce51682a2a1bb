// The MCP clients of `test/e2e/mcp`, installed once with their exact versions, outside the repository.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { z } from 'zod'
import { cacheFolder, provide } from './cache-folder.ts'
import { nodeBinary } from './sallyport.ts'

const sources = join(import.meta.dirname, '../mcp')
const manifest = z.object({ dependencies: z.record(z.string(), z.string()) })

const fileOf = (name: string): string => readFileSync(join(sources, name), 'utf8')
const digestOf = (name: string): string =>
  createHash('sha256').update(fileOf(name)).digest('hex').slice(0, 12)

/** The pinned version of a package, from npm or (`mcp`) from PyPI. */
export function pinnedVersion(name: string): string {
  const [, python] = new RegExp(`^${name}==(.+)$`, 'm').exec(fileOf('requirements.txt')) ?? []
  const version = manifest.parse(JSON.parse(fileOf('package.json'))).dependencies[name] ?? python
  if (version === undefined) throw new Error(`test/e2e/mcp does not pin "${name}"`)
  // An alias says which package it stands for.
  return version.slice(version.lastIndexOf('@') + 1)
}

function run(command: string, parameters: readonly string[], cwd: string, hint: string): void {
  const PATH = `${dirname(nodeBinary)}${delimiter}${process.env['PATH']}`
  try {
    const env = { ...process.env, PATH }
    execFileSync(command, parameters, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (fault) {
    const { stdout = '', stderr = '' } = { ...Object(fault) }
    throw new Error(`The MCP clients cannot be had: ${hint}\n${fault}\n${stdout}${stderr}`)
  }
}

/**
 * The `node_modules` with the npm packages. The first call of a machine downloads them.
 *
 * @throws when that fails: a failure of the test, never a skip
 */
export function provideNpmClients(): string {
  const target = join(cacheFolder(), `mcp-clients-${digestOf('package-lock.json')}`)
  provide(target, (folder) => {
    const made = join(folder, 'made')
    mkdirSync(made)
    for (const name of ['package.json', 'package-lock.json'])
      copyFileSync(join(sources, name), join(made, name))
    run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], made, '"npm ci" failed')
  })
  return join(target, 'node_modules')
}

/**
 * A Python that has the SDK. The first call of a machine downloads it.
 *
 * @throws as `provideNpmClients` does
 */
export function providePython(): string {
  const target = join(cacheFolder(), `mcp-python-${digestOf('requirements.txt')}`)
  provide(target, (folder) => {
    const hint = 'Python 3.10 or newer with venv is needed: apt-get install python3-venv'
    run('python3', ['-m', 'venv', 'made'], folder, hint)
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps']
    const pinned = ['-r', join(sources, 'requirements.txt')]
    run(join(folder, 'made/bin/python'), [...install, ...pinned], folder, '"pip install" failed')
  })
  return join(target, 'bin/python')
}

if (import.meta.main) {
  const begun = performance.now()
  console.log(provideNpmClients())
  console.log(providePython())
  console.log(`after ${Math.round((performance.now() - begun) / 1000)} s`)
}
