// Somebody's machine with the program on it: a state directory, tools on its PATH, and nothing of the tester's own.

import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ConnectProxy, startConnectProxy } from './connect-proxy.ts'
import { scratchDirectory } from './loopback.ts'
import { type ClientRun, runClient } from './mcp-client.ts'
import { mainFile, nodeBinary } from './sallyport.ts'
import type { Stage } from './stage.ts'

export type Run = { readonly code: number; readonly output: string; readonly said: string }

export type CommandLine = {
  readonly directory: string
  /** Puts a program on the PATH. */
  readonly addTool: (name: string, script: string) => void
  /** Starts `sallyport` with a person who opens what it shows. */
  readonly start: (
    args: readonly string[],
    authorize: (address: string) => Promise<unknown>,
  ) => ClientRun
  /** Runs `sallyport` until it ends by itself. */
  readonly run: (...args: readonly string[]) => Promise<Run>
  /** Runs a line in a shell, where `sallyport` is a command. */
  readonly shell: (line: string) => Promise<Run>
  readonly close: () => Promise<void>
}

function execute(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Run> {
  return new Promise((resolve) => {
    execFile(command, [...args], { env: { ...env } }, (fault, output, said) => {
      const code = fault === null ? 0 : typeof fault.code === 'number' ? fault.code : -1
      resolve({ code, output, said })
    })
  })
}

const nextAddress = (output: string, opened: readonly string[]): string | undefined =>
  (output.match(/https:\/\/auth\.sep\.test\/(?:authorize|device)\S*(?=\n)/g) ?? []).find(
    (address) => !opened.includes(address),
  )

/** @param variables of the environment, besides those that lead to the stage */
export async function startCommandLine(
  stage: Stage,
  variables: Readonly<Record<string, string>> = {},
): Promise<CommandLine> {
  const { path: directory, remove } = scratchDirectory('command-line')
  const proxy: ConnectProxy = await startConnectProxy(stage.edge.port)
  const tools = join(directory, 'bin')
  mkdirSync(tools)
  const caFile = join(directory, 'ca.pem')
  writeFileSync(caFile, stage.edge.ca)
  const env = {
    ...proxy.env,
    PATH: `${tools}:${process.env['PATH'] ?? ''}`,
    HOME: directory,
    NODE_EXTRA_CA_CERTS: caFile,
    CURL_CA_BUNDLE: caFile,
    XDG_STATE_HOME: join(directory, 'state'),
    ...variables,
  }
  const addTool = (name: string, script: string) =>
    writeFileSync(join(tools, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  addTool('sallyport', `exec ${nodeBinary} ${mainFile} "$@"`)
  return {
    directory,
    addTool,
    start: (args, authorize) =>
      runClient({
        command: nodeBinary,
        args: [mainFile, ...args],
        cwd: directory,
        env,
        findAddress: nextAddress,
        authorize,
      }),
    run: (...args) => execute(nodeBinary, [mainFile, ...args], env),
    shell: (line) => execute('sh', ['-c', line], env),
    close: async () => {
      await proxy.close()
      remove()
    },
  }
}
