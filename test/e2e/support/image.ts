// The image as a tree of files: carries out the COPY and RUN lines of the Dockerfile without an engine, and runs
// the result as one would: another root, read-only, another user, no capabilities.

import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { cp, symlink } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { type Instruction, parseDockerfile, type Stage } from './dockerfile.ts'
import { nodeBinary } from './sallyport.ts'

export const root = join(import.meta.dirname, '../../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

export const stages = parseDockerfile(read('Dockerfile'))

export type Image = {
  /** What would be `/`. */
  readonly directory: string
  readonly user: string
  readonly workdir: string
  readonly env: readonly string[]
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  readonly healthcheck: readonly string[]
}

/** What the base images bring that the Dockerfile takes or the program needs. */
function layBase(image: string, directory: string): void {
  const put = (from: string, to: string) => {
    mkdirSync(dirname(join(directory, to)), { recursive: true })
    copyFileSync(from, join(directory, to))
  }
  if (image.startsWith('node:')) {
    put(nodeBinary, '/usr/local/bin/node')
    // The base's own; what it says is not our matter here.
    writeFileSync(join(directory, '/usr/local/LICENSE'), '')
    return
  }
  if (!image.startsWith('gcr.io/distroless/cc-')) throw new Error(`Unknown base image "${image}"`)
  // The C and C++ libraries, and nothing that could be started.
  const linked = String(execFileSync('ldd', [nodeBinary]))
  for (const [, path = ''] of linked.matchAll(/(\/\S+\.so\S*) \(/g)) put(path, path)
  for (const path of ['proc', 'tmp', 'dev']) mkdirSync(join(directory, path))
}

/** Patterns of `.dockerignore` that let something in again; everything else stays outside. */
function isInContext(path: string): boolean {
  const [first, ...others] = read('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  if (first !== '*') throw new Error('.dockerignore does not begin with "*" any more')
  return others.some((line) => line === `!${path}` || path.startsWith(`${line.slice(1)}/`))
}

type Built = ReadonlyMap<string, string>

async function copy(instruction: Instruction, directory: string, workdir: string, built: Built) {
  const { from, chown, ...unknown } = instruction.flags
  if (Object.keys(unknown).length > 0) throw new Error(`Unknown flag in ${JSON.stringify(unknown)}`)
  const sources = instruction.args.slice(0, -1)
  const target = instruction.args.at(-1) ?? ''
  const destination = join(directory, resolve(workdir, target))
  const into = target.endsWith('/') || sources.length > 1
  for (const source of sources) {
    const base = from === undefined ? root : built.get(from)
    if (base === undefined) throw new Error(`There is no stage "${from}"`)
    if (from === undefined && !isInContext(source))
      throw new Error(`.dockerignore keeps "${source}" away from the build`)
    const path = into ? join(destination, basename(source)) : destination
    mkdirSync(dirname(path), { recursive: true })
    await cp(join(base, source), path, { recursive: true, dereference: true })
    if (chown !== undefined) {
      const [user = '', group = ''] = chown.split(':')
      chownSync(path, Number(user), Number(group))
    }
  }
}

async function run({ args, exec }: Instruction, folder: string): Promise<void> {
  if (!exec) throw new Error(`RUN ${args.join(' ')} asks a shell`)
  const [command = '', ...rest] = args
  // What `npm ci` of this lock file has installed is what the tests themselves run on.
  if (command === 'npm' && rest[0] === 'ci')
    return symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  execFileSync(command, rest, { cwd: folder, stdio: 'pipe' })
}

async function buildStage(stage: Stage, directory: string, built: Built): Promise<void> {
  mkdirSync(directory, { recursive: true })
  layBase(stage.base, directory)
  let workdir = '/'
  for (const instruction of stage.instructions) {
    if (instruction.name === 'WORKDIR') {
      workdir = resolve(workdir, instruction.args[0] ?? '')
      mkdirSync(join(directory, workdir), { recursive: true })
    }
    if (instruction.name === 'COPY') await copy(instruction, directory, workdir, built)
    if (instruction.name === 'RUN') await run(instruction, join(directory, workdir))
  }
}

export const lastStage = (): Stage => {
  const stage = stages.at(-1)
  if (stage === undefined) throw new Error('The Dockerfile has no stage')
  return stage
}

/** Arguments of the one instruction of the last stage with this name. */
export function argumentsOf(name: string): readonly string[] {
  const found = lastStage().instructions.filter((one) => one.name === name)
  if (found.length !== 1) throw new Error(`Expected one ${name}, found ${found.length}`)
  return found[0]?.args ?? []
}

/** Carries out the Dockerfile below a directory. */
export async function buildImage(scratch: string): Promise<Image> {
  const built = new Map<string, string>()
  for (const [at, stage] of stages.entries()) {
    const directory = join(scratch, stage.name ?? `stage-${at}`)
    await buildStage(stage, directory, built)
    if (stage.name !== undefined) built.set(stage.name, directory)
  }
  // Others get in: the user of the image is not the one who runs the tests.
  for (
    let path = scratch;
    path !== dirname(scratch) && path.includes('sallyport-');
    path = dirname(path)
  )
    chmodSync(path, 0o755)
  return {
    directory: join(scratch, `stage-${stages.length - 1}`),
    user: argumentsOf('USER')[0] ?? '',
    workdir: argumentsOf('WORKDIR')[0] ?? '',
    env: argumentsOf('ENV'),
    entrypoint: argumentsOf('ENTRYPOINT'),
    command: argumentsOf('CMD'),
    healthcheck: argumentsOf('HEALTHCHECK'),
  }
}

export type RunOptions = {
  /** The program and its arguments inside the image. */
  readonly argv: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Directories or files of this machine by their place inside the image. */
  readonly mounts?: Readonly<Record<string, string>>
}

// Nothing of it is left behind: the mounts end with the process, and `exec` keeps its process id.
const script = `
set -eu
root=$1 user=\${2%:*} group=\${2#*:} workdir=$3 mounts=$4
shift 4
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc -o ro,nosuid,nodev,noexec proc "$root/proc"
mount -o remount,bind,ro "$root"
while [ "$mounts" -gt 0 ]; do mount --bind "$1" "$root$2"; shift 2; mounts=$((mounts - 1)); done
exec env -i "$@"
`

/** The command line that starts a program inside the image, for `execFile` or `spawn`. Needs root on Linux. */
export function insideImage(image: Image, { argv, env = {}, mounts = {} }: RunOptions) {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    throw new Error('Running the image without an engine needs root on Linux')
  const [user = '', group = ''] = image.user.split(':')
  const places = Object.entries(mounts)
  for (const [place] of places) {
    if (!existsSync(join(image.directory, place)))
      throw new Error(`The image has no ${place} to mount on`)
  }
  const variables = [
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    ...image.env,
    ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
  ]
  const entrance = ['setpriv', '--no-new-privs', 'unshare', `--root=${image.directory}`]
  const identity = [`--wd=${image.workdir}`, `--setgid=${group}`, `--setuid=${user}`, '--']
  const mounted = places.flatMap(([place, source]) => [source, place])
  const wrapper = ['sh', image.directory, image.user, image.workdir, String(places.length)]
  return {
    command: 'unshare',
    args: [
      ...['--mount', 'sh', '-c', script, ...wrapper, ...mounted],
      ...[...variables, ...entrance, ...identity, ...argv],
    ],
  }
}
