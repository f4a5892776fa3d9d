import { spawn, type ChildProcess } from 'node:child_process'
import { access, cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

export interface EtcdOptions {
  /** More flags for the server. */
  readonly flags?: { readonly [name: string]: string }
  /** PEM. Clients must show a certificate that `clientCa` has signed. */
  readonly tls?: { readonly certificate: string; readonly key: string; readonly clientCa: string }
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
  /** A copy of the data of a server that does not run, to put it back later. */
  backup(): Promise<{ restore(): Promise<void> }>
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
  const { members, ...cluster } = await startEtcdCluster(binary, 1, options)
  const [server] = members
  if (server === undefined) throw new Error('a cluster without members')
  return { ...server, [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose]() }
}

/** Several members of one etcd. */
export async function startEtcdCluster(
  binary: string,
  size: number,
  options: EtcdOptions = {},
): Promise<AsyncDisposable & { readonly members: readonly EtcdServer[] }> {
  const directory = await mkdtemp(join(tmpdir(), 'kairship-etcd-'))
  const ports = await freePorts(3 * size)
  const scheme = options.tls === undefined ? 'http' : 'https'
  const secured = options.tls === undefined ? {} : await tlsFlags(directory, options.tls)
  const places = Array.from({ length: size }, (_, index) => ({
    name: `member-${index}`,
    directory: join(directory, `member-${index}`),
    endpoint: `${scheme}://127.0.0.1:${ports[3 * index]}`,
    peer: `http://127.0.0.1:${ports[3 * index + 1]}`,
    health: `http://127.0.0.1:${ports[3 * index + 2]}`,
  }))
  const cluster = places.map(({ name, peer }) => `${name}=${peer}`).join(',')
  const members = places.map((place) => member(binary, place, cluster, { ...secured, ...options.flags }))
  const dispose = async (): Promise<void> => {
    for (const one of members) one.resume()
    await Promise.all(members.map((one) => one.kill()))
    await rm(directory, { recursive: true, force: true })
  }
  try {
    await Promise.all(members.map((one) => one.start()))
    return { members, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

interface Place {
  readonly name: string
  readonly directory: string
  readonly endpoint: string
  readonly peer: string
  readonly health: string
}

function member(binary: string, place: Place, cluster: string, more: { readonly [name: string]: string }): EtcdServer {
  const { name, directory, endpoint, peer, health } = place
  const settings = {
    name,
    'data-dir': directory,
    logger: 'zap',
    'log-level': 'error',
    'listen-client-urls': endpoint,
    'advertise-client-urls': endpoint,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': cluster,
    // An election that takes a moment instead of a second.
    'heartbeat-interval': '20',
    'election-timeout': '200',
    'listen-metrics-urls': health,
    ...more,
  }
  const flags = Object.entries(settings).map(([flag, value]) => `--${flag}=${value}`)
  let process: ChildProcess | undefined
  /** Ends the server when the tests are ended so that they cannot. */
  let guard: ChildProcess | undefined

  const kill = async (): Promise<void> => {
    const running = process
    process = undefined
    guard?.kill('SIGKILL')
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return
    const gone = new Promise((resolve) => running.once('exit', resolve))
    running.kill('SIGKILL')
    await gone
  }
  return {
    endpoint,
    kill,
    async start() {
      let said = ''
      const started = spawn(binary, flags, { stdio: ['ignore', 'ignore', 'pipe'] })
      process = started
      guard = spawn('sh', ['-c', `read _; kill -9 ${started.pid}`], { stdio: ['pipe', 'ignore', 'ignore'] })
      started.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)))
      for (let tries = 0; !(await isHealthy(health)); tries++) {
        if (started.exitCode !== null || tries > 400) throw new Error(`etcd did not start: ${said}`)
        await new Promise((resolve) => setTimeout(resolve, 25))
      }
    },
    pause: () => void process?.kill('SIGSTOP'),
    resume: () => void process?.kill('SIGCONT'),
    async backup() {
      const copy = `${directory}.backup`
      await cp(directory, copy, { recursive: true })
      return {
        async restore() {
          await rm(directory, { recursive: true })
          await cp(copy, directory, { recursive: true })
        },
      }
    },
    async [Symbol.asyncDispose]() {
      await kill()
    },
  }
}

async function tlsFlags(
  directory: string,
  tls: NonNullable<EtcdOptions['tls']>,
): Promise<{ readonly [name: string]: string }> {
  const file = async (name: string, content: string): Promise<string> => {
    const path = join(directory, name)
    await writeFile(path, content, { mode: 0o600 })
    return path
  }
  return {
    'cert-file': await file('server.crt', tls.certificate),
    'key-file': await file('server.key', tls.key),
    'trusted-ca-file': await file('client-ca.crt', tls.clientCa),
    'client-cert-auth': 'true',
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
