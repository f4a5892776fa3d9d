// What one plane does on one core, through the in-process door with the memory store.
//   node bench/plane.ts [--n 20000] [--parallel 64]
import type { Connection, JsonObject, Operation } from '@kairship/apimachinery'
import { startTestServer } from '@kairship/apiserver/testing'
import { parseArgs } from 'node:util'

const { values } = parseArgs({ options: { n: { type: 'string' }, parallel: { type: 'string' } } })
const count = Number(values.n ?? 20_000)
const parallel = Number(values.parallel ?? 64)
const namespace = 'default'

const configMap = (name: string): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, labels: { app: name } },
  data: { one: 'first value', two: 'second value' },
})
const deployment = (name: string): JsonObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, labels: { app: name } },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        containers: [
          {
            name: 'c',
            image: 'nginx:1.27',
            env: Array.from({ length: 8 }, (_, k) => ({ name: `E${k}`, value: `value-${k}` })),
            resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '1', memory: '128Mi' } },
          },
        ],
      },
    },
  },
})
const configMaps = { group: '', version: 'v1', resource: 'configmaps', namespace }
const deployments = { group: 'apps', version: 'v1', resource: 'deployments', namespace }

async function send(connection: Connection, operation: Operation): Promise<void> {
  const reply = await connection.request(operation)
  if (reply.status >= 300) throw new Error(`${operation.verb} ${operation.resource}: ${JSON.stringify(reply.body)}`)
}

async function measure(label: string, n: number, run: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  const start = performance.now()
  const cpuBefore = process.cpuUsage()
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      while (next < n) await run(next++)
    }),
  )
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpuBefore)
  console.log(row(label, Math.round(n / seconds).toLocaleString('en'), ((user + system) / n).toFixed(0)))
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(26) : cell.padStart(12))).join(' | ')} |`
}

console.log(row('what', 'per second', 'µs CPU each'))
console.log(row('---', '---', '---'))
await using server = await startTestServer()
const { connection } = server
await connection.request({
  verb: 'create',
  group: '',
  version: 'v1',
  resource: 'namespaces',
  body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
})
const name = (index: number): string => `o${index}`
await measure('warm up', Math.min(count, 2000), (i) =>
  send(connection, { verb: 'create', ...configMaps, body: configMap(`warm${i}`) }),
)
await measure('create ConfigMap', count, (i) =>
  send(connection, { verb: 'create', ...configMaps, body: configMap(name(i)) }),
)
await measure('get ConfigMap', count, (i) => send(connection, { verb: 'get', ...configMaps, name: name(i) }))
await measure('merge-patch ConfigMap', count, (i) =>
  send(connection, {
    verb: 'patch',
    patchType: 'merge',
    ...configMaps,
    name: name(i),
    body: { data: { three: 'third value' } },
  }),
)
await measure('list all ConfigMaps', 50, () => send(connection, { verb: 'list', ...configMaps }))
await measure('delete ConfigMap', count, (i) => send(connection, { verb: 'delete', ...configMaps, name: name(i) }))
const fewer = Math.ceil(count / 2)
await measure('create Deployment', fewer, (i) =>
  send(connection, { verb: 'create', ...deployments, body: deployment(name(i)) }),
)
await measure('strategic patch Deployment', fewer, (i) =>
  send(connection, {
    verb: 'patch',
    patchType: 'strategic',
    ...deployments,
    name: name(i),
    body: { spec: { template: { spec: { containers: [{ name: 'c', image: 'nginx:1.28' }] } } } },
  }),
)
await measure('status patch Deployment', fewer, (i) =>
  send(connection, {
    verb: 'patch',
    patchType: 'merge',
    subresource: 'status',
    ...deployments,
    name: name(i),
    body: { status: { replicas: 2, readyReplicas: 2, observedGeneration: 2 } },
  }),
)
console.log(`\nmemory ${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB`)
