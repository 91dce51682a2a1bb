// A Keycloak to start: fetched from Maven Central once, built once for each path, kept outside the repository.

import { execFileSync } from 'node:child_process'
import { cpSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder, provide } from './cache-folder.ts'

/** The newest that runs on Java 17. */
export const keycloakVersion = '26.7.3'

/** What the servers of the tests are built for; each needs a build of its own. */
export const keycloakPaths = ['', '/sso'] as const
export type KeycloakPath = (typeof keycloakPaths)[number]

const unpackGoal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack'
const artifact = `org.keycloak:keycloak-quarkus-dist:${keycloakVersion}:zip`

// As in kc.sh, without which Keycloak's libraries may not look where they must.
const opened = ['java.util', 'java.util.concurrent', 'java.security', 'java.lang']

/** Arguments of `java` that run a Keycloak command; `home` holds `lib`, `conf` and the data. */
export const javaArguments = (home: string, command: readonly string[]): readonly string[] => [
  '-Xms64m',
  '-Xmx512m',
  // Starting is most of what it does here: compiling well does not pay.
  '-XX:TieredStopAtLevel=1',
  ...opened.map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`),
  '-Djava.util.concurrent.ForkJoinPool.common.threadFactory=io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory',
  '-Djava.util.logging.manager=org.jboss.logmanager.LogManager',
  `-Dkc.home.dir=${home}`,
  `-Djboss.server.config.dir=${join(home, 'conf')}`,
  '-Dpicocli.disable.closures=true',
  '-cp',
  join(home, 'lib/quarkus-run.jar'),
  'io.quarkus.bootstrap.runner.QuarkusEntryPoint',
  ...command,
]

function run(command: string, parameters: readonly string[], cwd: string, hint: string): void {
  try {
    execFileSync(command, parameters, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (fault) {
    const { stdout = '', stderr = '' } = { ...Object(fault) }
    throw new Error(`Keycloak cannot be had: ${hint}\n${fault}\n${stdout}${stderr}`)
  }
}

/** Fetches and unpacks into `folder`, through Maven's own client and whatever mirror it is set to. */
function unpack(folder: string): void {
  const options = [`-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`]
  const markers = `-DmarkersDirectory=${join(folder, 'markers')}`
  const maven = ['-B', '-q', '-C', unpackGoal, ...options, markers]
  run('mvn', maven, folder, `"mvn" did not bring ${artifact}; apt-get install maven`)
  const [name] = readdirSync(folder).filter((entry) => entry.startsWith('keycloak-'))
  if (name === undefined) throw new Error(`Keycloak cannot be had: ${artifact} holds no folder`)
  renameSync(join(folder, name), join(folder, 'made'))
}

function build(home: string, path: KeycloakPath): void {
  const options = ['--db=dev-file', '--cache=local', `--http-relative-path=${path || '/'}`]
  const command = javaArguments(home, ['build', ...options])
  run(
    'java',
    command,
    home,
    'it did not build; it needs Java 17: apt-get install default-jre-headless',
  )
}

/**
 * The folder of a built Keycloak that answers below `path`. The first call of a machine takes minutes, later
 * ones nothing.
 *
 * @throws when Java or Maven is missing or the download fails: a failure of the test, never a skip
 */
export function provideKeycloak(path: KeycloakPath): string {
  const cache = cacheFolder()
  run('java', ['-version'], cache, 'it needs Java 17: apt-get install default-jre-headless')
  const plain = join(cache, `keycloak-${keycloakVersion}`)
  return provide(`${plain}-built${path.replace('/', '-')}`, (folder) => {
    provide(plain, unpack)
    cpSync(plain, join(folder, 'made'), { recursive: true })
    build(join(folder, 'made'), path)
  })
}

if (import.meta.main) {
  for (const path of keycloakPaths) {
    const begun = performance.now()
    const home = provideKeycloak(path)
    console.log(`${home} after ${Math.round((performance.now() - begun) / 1000)} s`)
  }
}
