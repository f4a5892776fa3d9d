import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testKeys } from '@kairship/apiserver/testing'
import { freePort } from '../../support/kairship.ts'
import { exited } from '../../support/process.ts'

export interface Answer {
  /** 0: no answer, so the outcome is unknown. */
  readonly status: number
  readonly body: string
}

/** A server in a process of its own that can be killed and started again on the same file and port. */
export interface ServerProcess extends AsyncDisposable {
  readonly port: number
  start(): Promise<void>
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
  send(method: string, path: string, body?: unknown): Promise<Answer>
  /** What it wrote to its standard error, over all starts. */
  errors(): string
}

export async function serverProcess(options: { readonly changes?: number } = {}): Promise<ServerProcess> {
  const directory = mkdtempSync(join(tmpdir(), 'kairship-durability-'))
  const keys = join(directory, 'keys.json')
  writeFileSync(keys, JSON.stringify(await testKeys()), { mode: 0o600 })
  const port = await freePort()
  const program = new URL('main.ts', import.meta.url).pathname
  // Compiled code is kept, so that starts after the first are quick.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(directory, 'compiled') }
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  let child: ChildProcess | undefined
  let errors = ''
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    if (child === undefined) return
    child.kill(signal)
    await exited(child)
    child = undefined
  }
  return {
    port,
    end,
    errors: () => errors,
    start: () =>
      new Promise((resolve, reject) => {
        const parameters = [join(directory, 'store.db'), String(port), keys, String(options.changes ?? 20_000)]
        const started = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...parameters], {
          env,
          stdio: ['ignore', 'pipe', 'pipe'],
        })
        child = started
        started.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
        started.stdout.once('data', () => resolve())
        started.once('exit', (code) =>
          reject(new Error(`the server ended with ${code} before it was ready: ${errors}`)),
        )
      }),
    send: (method, path, body) =>
      new Promise((resolve) => {
        const text = body === undefined ? undefined : JSON.stringify(body)
        const headers =
          text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
        const outgoing = request(
          { method, host: '127.0.0.1', port, path, agent, headers, timeout: 10_000 },
          (response) => {
            let received = ''
            response.setEncoding('utf8').on('data', (chunk: string) => (received += chunk))
            response.on('end', () =>
              resolve({ status: response.complete ? (response.statusCode ?? 0) : 0, body: received }),
            )
            response.on('error', () => resolve({ status: 0, body: received }))
          },
        )
        outgoing.on('timeout', () => outgoing.destroy())
        outgoing.on('error', () => resolve({ status: 0, body: '' }))
        outgoing.end(text)
      }),
    async [Symbol.asyncDispose]() {
      await end('SIGKILL')
      agent.destroy()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
