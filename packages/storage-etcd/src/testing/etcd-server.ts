import { spawn, type ChildProcess } from 'node:child_process'
import { access, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

export interface EtcdOptions {
  /** More flags for the server. */
  readonly flags?: { readonly [name: string]: string }
}

/** A real etcd of its own, on free ports of 127.0.0.1, with its data in a directory that disposing removes. */
export interface EtcdServer extends AsyncDisposable {
  readonly endpoint: string
  /** SIGKILL: nothing is finished, nothing is flushed. */
  kill(): Promise<void>
  /** Starts it again on the same data and ports. */
  start(): Promise<void>
  /** SIGSTOP and SIGCONT: a process that hangs. */
  pause(): void
  resume(): void
}

/** Where the `etcd` program is, if there is one. */
export async function etcdBinary(path: string): Promise<string | undefined> {
  for (const directory of [...path.split(delimiter), '/usr/bin', '/usr/local/bin']) {
    const candidate = join(directory, 'etcd')
    const found =
      directory !== '' &&
      (await access(candidate).then(
        () => true,
        () => false,
      ))
    if (found) return candidate
  }
  return undefined
}

export async function startEtcd(binary: string, options: EtcdOptions = {}): Promise<EtcdServer> {
  const directory = await mkdtemp(join(tmpdir(), 'kairship-etcd-'))
  const [client, peer] = await freePorts(2)
  const endpoint = `http://127.0.0.1:${client}`
  const peerEndpoint = `http://127.0.0.1:${peer}`
  const settings = {
    name: 'test',
    'data-dir': directory,
    logger: 'zap',
    'log-level': 'error',
    'listen-client-urls': endpoint,
    'advertise-client-urls': endpoint,
    'listen-peer-urls': peerEndpoint,
    'initial-advertise-peer-urls': peerEndpoint,
    'initial-cluster': `test=${peerEndpoint}`,
    // An election that takes a moment instead of a second.
    'heartbeat-interval': '20',
    'election-timeout': '200',
    ...options.flags,
  }
  const flags = Object.entries(settings).map(([name, value]) => `--${name}=${value}`)
  let process: ChildProcess | undefined
  let said = ''

  const start = async (): Promise<void> => {
    said = ''
    const started = spawn(binary, flags, { stdio: ['ignore', 'ignore', 'pipe'] })
    process = started
    started.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)))
    for (let tries = 0; ; tries++) {
      if (await isHealthy(endpoint)) return
      if (started.exitCode !== null || tries > 200) throw new Error(`etcd did not start: ${said}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  const kill = async (): Promise<void> => {
    const running = process
    process = undefined
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return
    const gone = new Promise((resolve) => running.once('exit', resolve))
    running.kill('SIGKILL')
    await gone
  }
  const server: EtcdServer = {
    endpoint,
    start,
    kill,
    pause: () => void process?.kill('SIGSTOP'),
    resume: () => void process?.kill('SIGCONT'),
    async [Symbol.asyncDispose]() {
      await kill()
      await rm(directory, { recursive: true, force: true })
    },
  }
  try {
    await start()
    return server
  } catch (error) {
    await server[Symbol.asyncDispose]()
    throw error
  }
}

async function isHealthy(endpoint: string): Promise<boolean> {
  try {
    const answer = await fetch(`${endpoint}/health`, { signal: AbortSignal.timeout(1_000) })
    return answer.ok && (await answer.text()).includes('true')
  } catch {
    return false
  }
}

/** Ports that nobody has at this moment; held together so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject)
          server.listen(0, '127.0.0.1', () => {
            const address = server.address()
            resolve(typeof address === 'object' && address !== null ? address.port : 0)
          })
        }),
    ),
  )
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
