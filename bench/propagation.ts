// Propagation of N Deployments to three simulated members, from outside: a server process of its own, HTTPS, watches.
// Prints one row per size: create call → present in every member, create call → status back on the template.
//
//   ./kairship node bench/propagation.ts [--count 100,1000] [--parallel 16] [--mode duplicated|divided] [--json FILE]
import { execFileSync, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { resourceRef, type KubeObject, type ResourceRef } from '@kairship/apimachinery'
import { type Client, createClient, createInformers, type Informer } from '@kairship/client'
import { httpConnection, loadKubeconfig } from '@kairship/client/node'
import { silentLogger, systemClock } from '@kairship/runtime'
import { freePort } from '../tests/support/kairship.ts'
import { eventually, exited, run } from '../tests/support/process.ts'

type Deployment = KubeObject & {
  spec: { replicas?: number; [field: string]: unknown }
  status?: { readyReplicas?: number }
}
const Deployments: ResourceRef<Deployment> = resourceRef<Deployment>({
  group: 'apps',
  version: 'v1',
  resource: 'deployments',
  kind: 'Deployment',
  namespaced: true,
})
const Namespaces = resourceRef({
  group: '',
  version: 'v1',
  resource: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
})
const Policies = resourceRef<KubeObject & { spec: unknown }>({
  group: 'policy.karmada.io',
  version: 'v1alpha1',
  resource: 'propagationpolicies',
  kind: 'PropagationPolicy',
  namespaced: true,
})

interface Row {
  readonly deployments: number
  readonly createMs: number
  readonly presentMs: number
  readonly presentP50: number
  readonly presentP99: number
  readonly statusMs: number
  readonly statusP50: number
  readonly statusP99: number
  readonly cpuSeconds: number
  readonly peakMiB: number
}

const root = new URL('..', import.meta.url).pathname
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100,1000' },
    parallel: { type: 'string', default: '16' },
    mode: { type: 'string', default: 'duplicated' },
    json: { type: 'string' },
  },
})
const clock = systemClock()
const data = await mkdtemp(join(tmpdir(), 'kairship-bench-'))
const listen = `127.0.0.1:${await freePort()}`
const ui = `127.0.0.1:${await freePort()}`
const members = ['one', 'two', 'three']

const { child, readyMs: firstStartMs } = await start()
const rows: Row[] = []
let server = child
try {
  await cli('instance', 'create', 'bench')
  for (const member of members)
    await cli(
      'cluster',
      'create-simulated',
      member,
      '--instance',
      'bench',
      '--provider',
      'aws',
      '--region',
      member,
      '--nodes',
      '20',
    )
  const idleMiB = memory(server.pid, 'VmRSS')
  for (const count of values.count.split(',').map(Number)) rows.push(await measure(count))
  server.kill('SIGTERM')
  await exited(server)
  const again = await start()
  server = again.child
  const report = {
    machine: `${cpus()[0]?.model ?? 'unknown'} × ${cpus().length}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim(),
    mode: values.mode,
    firstStartMs,
    laterStartMs: again.readyMs,
    idleMiB,
    rows,
  }
  print(report)
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`)
} finally {
  server.kill('SIGKILL')
  await exited(server)
  await rm(data, { recursive: true, force: true })
}
process.exit(0)

async function start(): Promise<{ child: ReturnType<typeof spawn>; readyMs: number }> {
  const started = performance.now()
  const process_ = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      join(root, 'apps/cli/src/main.ts'),
      'up',
      '--no-demo',
      '--data',
      data,
      '--listen',
      listen,
      '--ui',
      ui,
    ],
    {
      stdio: 'ignore',
      cwd: root,
      env: { ...process.env, NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/compile') },
    },
  )
  await eventually(
    async () => {
      const config = loadKubeconfig(await readFile(join(data, 'kubeconfig/hub.yaml'), 'utf8'))
      const connection = httpConnection({ ...config, clock })
      try {
        const reply = await connection.raw('/readyz')
        if (Buffer.from(reply.body).toString() !== 'ok') throw new Error('not ready')
      } finally {
        await connection[Symbol.asyncDispose]()
      }
    },
    60_000,
    10,
  )
  return { child: process_, readyMs: Math.round(performance.now() - started) }
}

async function cli(...parameters: string[]): Promise<void> {
  const result = await run(process.execPath, [join(root, 'apps/cli/src/main.ts'), ...parameters, '--data', data], {
    cwd: root,
  })
  if (result.code !== 0) throw new Error(`kairship ${parameters.join(' ')}: ${result.stderr}`)
}

async function clientFor(file: string): Promise<Client> {
  return createClient(
    httpConnection({ ...loadKubeconfig(await readFile(join(data, 'kubeconfig', file), 'utf8')), clock }),
  )
}

async function measure(count: number): Promise<Row> {
  const namespace = `bench-${count}`
  const plane = await clientFor('instances/bench.yaml')
  const memberClients = await Promise.all(members.map((member) => clientFor(`clusters/${member}.yaml`)))
  await plane.of(Namespaces).create({ metadata: { name: namespace } })
  await Promise.all(memberClients.map((member) => eventually(() => member.of(Namespaces).get(namespace), 30_000)))
  const divided = values.mode === 'divided'
  await plane.of(Policies, namespace).create({
    apiVersion: 'policy.karmada.io/v1alpha1',
    kind: 'PropagationPolicy',
    metadata: { name: 'bench', namespace },
    spec: {
      resourceSelectors: [{ apiVersion: 'apps/v1', kind: 'Deployment' }],
      placement: {
        clusterAffinity: { clusterNames: members },
        replicaScheduling: divided
          ? {
              replicaSchedulingType: 'Divided',
              replicaDivisionPreference: 'Weighted',
              weightPreference: {
                staticWeightList: members.map((name) => ({ targetCluster: { clusterNames: [name] }, weight: 1 })),
              },
            }
          : { replicaSchedulingType: 'Duplicated' },
      },
    },
  })
  await clock.sleep(500)

  const sent = new Map<string, number>()
  const seen = new Map<string, Set<number>>()
  const present: number[] = []
  const status: number[] = []
  const done = new Set<string>()
  const watchers = [plane, ...memberClients].map((client) => createInformers({ client, clock, log: silentLogger() }))
  const informers = watchers.map((watcher): Informer<Deployment> => watcher.of(Deployments))
  const stop = new AbortController()
  await Promise.all(informers.map((informer) => informer.synced(stop.signal)))
  informers.forEach((informer, index) => {
    informer.subscribe((event) => {
      const { name = '', namespace: where } = event.object.metadata
      if (where !== namespace) return
      const since = performance.now() - (sent.get(name) ?? 0)
      if (index === 0) {
        if (event.object.status?.readyReplicas === members.length && !done.has(name)) {
          done.add(name)
          status.push(since)
        }
        return
      }
      const places = seen.get(name) ?? new Set()
      seen.set(name, places)
      if (places.has(index)) return
      places.add(index)
      if (places.size === members.length) present.push(since)
    })
  })

  const pid = server.pid ?? 0
  const cpuBefore = cpuSeconds(pid)
  const started = performance.now()
  let next = 0
  let presentMs = 0
  await Promise.all(
    Array.from({ length: Number(values.parallel) }, async () => {
      while (next < count) {
        const name = `d${String(next++).padStart(5, '0')}`
        sent.set(name, performance.now())
        await plane.of(Deployments, namespace).create(deployment(name, namespace, divided ? members.length : 1))
      }
    }),
  )
  const createMs = performance.now() - started
  while (present.length < count) await clock.sleep(5)
  presentMs = performance.now() - started
  while (status.length < count) await clock.sleep(5)
  const statusMs = performance.now() - started
  const row: Row = {
    deployments: count,
    createMs: Math.round(createMs),
    presentMs: Math.round(presentMs),
    presentP50: percentile(present, 0.5),
    presentP99: percentile(present, 0.99),
    statusMs: Math.round(statusMs),
    statusP50: percentile(status, 0.5),
    statusP99: percentile(status, 0.99),
    cpuSeconds: Math.round((cpuSeconds(pid) - cpuBefore) * 10) / 10,
    peakMiB: memory(pid, 'VmHWM'),
  }
  stop.abort()
  await Promise.all(watchers.map((watcher) => watcher[Symbol.asyncDispose]()))
  return row
}

function deployment(name: string, namespace: string, replicas: number): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels: { app: name } },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [{ name: 'c', image: 'nginx:1.29', resources: { requests: { cpu: '10m', memory: '16Mi' } } }],
        },
      },
    },
  }
}

function percentile(values_: readonly number[], share: number): number {
  const sorted = values_.toSorted((a, b) => a - b)
  return Math.round(sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0)
}

/** MiB of a process, from /proc. */
function memory(pid: number | undefined, field: 'VmRSS' | 'VmHWM'): number {
  const text = execFileSync('grep', [field, `/proc/${pid}/status`], { encoding: 'utf8' })
  return Math.round(Number(/(\d+)/.exec(text)?.[1] ?? 0) / 1024)
}

function cpuSeconds(pid: number): number {
  const fields =
    execFileSync('cat', [`/proc/${pid}/stat`], { encoding: 'utf8' })
      .split(') ')[1]
      ?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

function print(report: {
  readonly machine: string
  readonly commit: string
  readonly mode: string
  readonly firstStartMs: number
  readonly laterStartMs: number
  readonly idleMiB: number
  readonly rows: readonly Row[]
}): void {
  const upstream: Readonly<Record<number, string>> = { 100: '64.9 s / 66.3 s', 1000: '661.6 s (divided)' }
  const lines = [
    `machine ${report.machine}; commit ${report.commit}; three simulated members, ${report.mode}; server in one process`,
    `start to ready: ${report.firstStartMs} ms on an empty directory, ${report.laterStartMs} ms later; memory idle ${report.idleMiB} MiB`,
    '',
    '| Deployments × 3 | created | present in all (p50 / p99) | status back (p50 / p99) | server CPU | peak memory | upstream Karmada: present / status |',
    '|---|---|---|---|---|---|---|',
    ...report.rows.map(
      (row) =>
        `| ${row.deployments} | ${row.createMs} ms | ${row.presentMs} ms (${row.presentP50} / ${row.presentP99}) | ${row.statusMs} ms (${row.statusP50} / ${row.statusP99}) | ${row.cpuSeconds} s | ${row.peakMiB} MiB | ${upstream[row.deployments] ?? ''} |`,
    ),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}
