/** Durable writes per second, latency, and start of the stores. `node bench/storage.ts [objects]` */
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { everything, memoryStore, type Store } from '@kairship/storage'
import { openEtcdStore } from '@kairship/storage-etcd'
import { etcdBinary, startEtcd } from '@kairship/storage-etcd/testing'
import { createSqliteEngine } from '@kairship/storage-sqlite'

const { positionals } = parseArgs({ allowPositionals: true })
const objects = Number(positionals[0] ?? 20_000)
const valueBytes = 1_500

const directory = await mkdtemp(join(tmpdir(), 'kairship-bench-'))
const engine = createSqliteEngine()
try {
  console.log(`${objects} objects of ${valueBytes} bytes\n`)
  console.log(row('store', 'what', 'per second', 'p50 ms', 'p99 ms'))
  console.log(row('---', '---', '---', '---', '---'))
  await using memory = memoryStore()
  await writes('memory', memory)
  const path = join(directory, 'bench.db')
  {
    await using sqlite = await engine.open(path)
    await writes('sqlite', sqlite)
  }
  const etcd = await etcdBinary(process.env['PATH'] ?? '')
  if (etcd !== undefined) {
    await using server = await startEtcd(etcd)
    await using store = await openEtcdStore({ endpoints: [server.endpoint], prefix: '/bench' })
    await writes('etcd', store)
  }
  const size = (await stat(path)).size
  let start = performance.now()
  await using reopened = await engine.open(path)
  const opened = performance.now() - start
  start = performance.now()
  const { entries } = await reopened.read(everything)
  const read = performance.now() - start
  console.log(
    `\nsqlite file ${(size / 2 ** 20).toFixed(1)} MiB; opened (checked, indexed) in ${opened.toFixed(0)} ms; `,
  )
  console.log(`${entries.length} entries read in ${read.toFixed(0)} ms (${perSecond(entries.length, read)} per second)`)
} finally {
  await engine[Symbol.asyncDispose]()
  await rm(directory, { recursive: true })
}

async function writes(name: string, store: Store): Promise<void> {
  const revisions = new Map<string, number>()
  const create = async (key: string): Promise<void> => {
    const result = await store.create(key, new Uint8Array(valueBytes).fill(key.length))
    if (result.ok) revisions.set(key, result.revision)
  }
  const update = async (key: string): Promise<void> => {
    const result = await store.update(key, new Uint8Array(valueBytes).fill(1), revisions.get(key) ?? 0)
    if (!result.ok) throw new Error(`lost a race alone: ${key}`)
    revisions.set(key, result.revision)
  }
  const keys = Array.from({ length: objects }, (_, i) => `/apps/deployments/namespace-${i % 50}/deployment-${i}`)
  const few = keys.splice(0, Math.min(2_000, objects / 4))
  await measure(name, 'create, 1 writer', few, 1, create)
  await measure(name, 'create, 64 writers', keys.splice(0, keys.length / 2), 64, create)
  await measure(name, 'create, 1,000 writers', keys, 1_000, create)
  await measure(name, 'update, 64 writers', [...revisions.keys()], 64, update)
}

async function measure(
  store: string,
  what: string,
  keys: readonly string[],
  writers: number,
  write: (key: string) => Promise<void>,
): Promise<void> {
  const latencies: number[] = []
  const todo = keys.values()
  const writer = async (): Promise<void> => {
    for (const key of todo) {
      const start = performance.now()
      await write(key)
      latencies.push(performance.now() - start)
    }
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: writers }, writer))
  const took = performance.now() - start
  latencies.sort((a, b) => a - b)
  const at = (share: number): string => (latencies[Math.floor(latencies.length * share)] ?? 0).toFixed(2)
  console.log(row(store, what, perSecond(keys.length, took), at(0.5), at(0.99)))
}

function perSecond(count: number, ms: number): string {
  return Math.round((count / ms) * 1000).toLocaleString('en')
}
function row(...cells: readonly string[]): string {
  return `| ${cells.map((cell, i) => (i < 2 ? cell.padEnd(22) : cell.padStart(10))).join(' | ')} |`
}
