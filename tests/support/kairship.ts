import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually, exited, type Finished, run } from './process.ts'

export const repository: string = new URL('../..', import.meta.url).pathname
export const fixtures: string = new URL('../../../shared/fixtures', import.meta.url).pathname

/** A running server: a real child process on real files and loopback ports. */
export interface Kairship extends AsyncDisposable {
  readonly data: string
  readonly listen: string
  readonly ui: string
  readonly pid: number
  /** Everything it printed so far. */
  output(): string
  kubeconfig(which: 'hub' | `instances/${string}` | `clusters/${string}`): string
  kubectl(
    which: 'hub' | `instances/${string}` | `clusters/${string}`,
    parameters: readonly string[],
    input?: string,
  ): Promise<Finished>
  cli(parameters: readonly string[], input?: string): Promise<Finished>
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>
  /** SIGKILL. The data directory stays for the next start. */
  kill(): Promise<void>
  /** Starts again on the same data directory and ports. */
  restart(): Promise<Kairship>
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** The kubectl to use: `KUBECTL` or the one on PATH. */
export function kubectlProgram(): string {
  return process.env['KUBECTL'] ?? 'kubectl'
}

export function kubectl(kubeconfig: string, parameters: readonly string[], input?: string): Promise<Finished> {
  return run(kubectlProgram(), ['--kubeconfig', kubeconfig, ...parameters], input === undefined ? {} : { input })
}

/** Runs kubectl and fails with its stderr when it does not exit 0. */
export async function kubectlOk(kubeconfig: string, parameters: readonly string[], input?: string): Promise<string> {
  const result = await kubectl(kubeconfig, parameters, input)
  if (result.code !== 0) {
    throw new Error(`kubectl ${parameters.join(' ')} exited ${result.code}\n${result.stdout}\n${result.stderr}`)
  }
  return result.stdout
}

export async function startKairship(
  options: { readonly demo?: boolean; readonly data?: string; readonly listen?: string; readonly ui?: string } = {},
): Promise<Kairship> {
  const ownsData = options.data === undefined
  const data = options.data ?? (await mkdtemp(join(tmpdir(), 'kairship-test-')))
  const listen = options.listen ?? `127.0.0.1:${await freePort()}`
  const ui = options.ui ?? `127.0.0.1:${await freePort()}`
  const main = join(repository, 'apps/cli/src/main.ts')
  const parameters = ['up', '--data', data, '--listen', listen, '--ui', ui, ...(options.demo ? [] : ['--no-demo'])]
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...parameters], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: repository,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const kubeconfig = (which: string): string => join(data, 'kubeconfig', `${which}.yaml`)
  const kairship: Kairship = {
    data,
    listen,
    ui,
    pid: child.pid ?? -1,
    output: () => output,
    kubeconfig,
    kubectl: (which, rest, input) => kubectl(kubeconfig(which), rest, input),
    cli: (rest, input) =>
      run(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...rest, '--data', data], {
        ...(input === undefined ? {} : { input }),
        cwd: repository,
      }),
    async stop() {
      child.kill('SIGTERM')
      return (await exited(child)).code
    },
    async kill() {
      child.kill('SIGKILL')
      await exited(child)
    },
    restart: () => startKairship({ ...options, data, listen, ui }),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exited(child)
      if (ownsData) await rm(data, { recursive: true, force: true })
    },
  }
  await eventually(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const result = await run(kubectlProgram(), ['--kubeconfig', kubeconfig('hub'), 'get', '--raw', '/readyz'])
    if (result.stdout !== 'ok') throw new Error(`not ready: ${result.stdout}${result.stderr}\n${output}`)
  }, 60_000)
  if (child.exitCode !== null) throw new Error(`the server exited with ${child.exitCode}:\n${output}`)
  return kairship
}
