// `npm run build`: one bundled file that needs nothing beside it but the SQLite binding.

import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import manifest from '../package.json' with { type: 'json' }

const root = join(import.meta.dirname, '..')

const [, major, minor] = /^>=(\d+)\.(\d+)$/.exec(manifest.engines.node) ?? []

/**
 * The launcher is a file of its own because the compile cache only serves modules that are loaded after it
 * was switched on. It lies beside the bundle and not in the shared temporary directory: whoever can write
 * the cache can change what runs. It names nothing that an older Node lacks before it has looked which one this is.
 */
const launcher = `#!/usr/bin/env node
import module from 'node:module'
import { join } from 'node:path'
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < ${major} || (major === ${major} && minor < ${minor})) {
  console.error('Sallyport needs Node ${major}.${minor} or newer; this is ' + process.versions.node)
  process.exit(1)
}
if (!process.env.NODE_COMPILE_CACHE) module.enableCompileCache(join(import.meta.dirname, '.compile-cache'))
else module.enableCompileCache()
await import('./service.mjs')
`

/** CommonJS packages inside the bundle ask for Node's own modules through `require`. */
const banner = `import { createRequire } from 'node:module'
const require = createRequire(import.meta.url)
`

/**
 * Writes `sallyport.mjs` (launcher) and `service.mjs` (everything) with its source map into a folder.
 * The folder is emptied first.
 */
export async function bundle(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await build({
    entryPoints: [join(root, 'src/main.ts')],
    outfile: join(folder, 'service.mjs'),
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap: 'external',
    legalComments: 'eof',
    banner: { js: banner },
    define: { SALLYPORT_VERSION: JSON.stringify(manifest.version) },
    // The binding is machine code, and pg tries its own native twin only when asked to.
    external: ['better-sqlite3', 'pg-native'],
    logLevel: 'warning',
  })
  await writeFile(join(folder, 'sallyport.mjs'), launcher, { mode: 0o755 })
}

if (import.meta.main) await bundle(join(root, 'dist'))
