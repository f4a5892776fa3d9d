// The API over HTTPS, from outside: a server process of its own, HTTP/1.1 with keep-alive, as many clients as asked for.
//   ./kairship node bench/api.ts [--n 2000] [--parallel 32,1] [--kubeconfig FILE]
// With --kubeconfig another server is measured: any that speaks the Kubernetes API.
import { readFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { parseArgs } from 'node:util'
import type { JsonObject } from '@kairship/apimachinery'
import { loadKubeconfig } from '@kairship/client/node'
import { startKairship } from '../tests/support/kairship.ts'

interface Answer {
  readonly text: string
}
interface Sent {
  readonly body?: JsonObject
  readonly type?: string
  /** Called with each piece of a watch; the answer is then only its beginning. */
  readonly onData?: (piece: string) => void
}

const { values } = parseArgs({
  options: {
    n: { type: 'string', default: '2000' },
    parallel: { type: 'string', default: '32,1' },
    kubeconfig: { type: 'string' },
  },
})
const count = Number(values.n)
const watchers = 20
const lists = 20

await using ours = values.kubeconfig === undefined ? await startKairship() : undefined
const config = loadKubeconfig(await readFile(values.kubeconfig ?? ours?.kubeconfig('hub') ?? '', 'utf8'))
const server = new URL(config.server)
const agent = new Agent({
  keepAlive: true,
  maxSockets: 256,
  ...(config.tls.ca === undefined ? {} : { ca: config.tls.ca }),
  ...(config.tls.cert === undefined ? {} : { cert: config.tls.cert }),
  ...(config.tls.key === undefined ? {} : { key: config.tls.key }),
  rejectUnauthorized: config.tls.insecure !== true,
})

console.log(row('clients', 'what', 'result', 'p50 ms', 'p99 ms'))
console.log(row('---', '---', '---', '---', '---'))
for (const parallel of values.parallel.split(',').map(Number))
  await measure(parallel, parallel === 1 ? count / 4 : count)
agent.destroy()

async function measure(parallel: number, n: number): Promise<void> {
  const namespace = `bench-${process.pid}-${parallel}`
  const all = `/apis/apps/v1/namespaces/${namespace}/deployments`
  const say = (what: string, result: string, latencies: readonly number[] = []): void =>
    console.log(row(String(parallel), what, result, at(latencies, 0.5), at(latencies, 0.99)))
  const many = async (what: string, times: number, run: (index: number) => Promise<unknown>): Promise<void> => {
    const { seconds, latencies } = await pool(times, parallel, run)
    say(what, `${Math.round(times / seconds).toLocaleString('en')}/s`, latencies)
  }
  await send('POST', '/api/v1/namespaces', { body: { metadata: { name: namespace } } })
  await many('create', n, (i) => send('POST', all, { body: deployment(`d${i}`) }))
  await many('get', n, (i) => send('GET', `${all}/d${i}`))
  const listed = await pool(lists, 1, () => send('GET', all))
  say(`list of ${n}`, `${((listed.seconds * 1000) / lists).toFixed(1)} ms`, listed.latencies)
  const updates = Math.min(n, 500)
  const watched = await watch(all, updates)
  const started = performance.now()
  await many('patch, watched by 20', updates, (i) =>
    send('PATCH', `${all}/d${i}`, {
      body: { metadata: { annotations: { touched: 'yes' } } },
      type: 'application/merge-patch+json',
    }),
  )
  await watched.complete
  const events = (watchers * updates * 1000) / (performance.now() - started)
  say('watch events', `${Math.round(events).toLocaleString('en')}/s`)
  watched.close()
  await many('delete', n, (i) => send('DELETE', `${all}/d${i}`))
  await send('DELETE', `/api/v1/namespaces/${namespace}`)
}

/** Opens the watches; `complete` resolves when every one has seen `updates` objects with the mark. */
async function watch(
  path: string,
  updates: number,
): Promise<{ readonly complete: Promise<void>; readonly close: () => void }> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const { text } = await send('GET', `${path}?limit=1`)
  const from = /"resourceVersion":"(\d+)"/.exec(text)?.[1] ?? ''
  let left = watchers * updates
  const closers = await Promise.all(
    Array.from({ length: watchers }, async () => {
      let rest = ''
      const onData = (piece: string): void => {
        const lines = (rest + piece).split('\n')
        rest = lines.pop() ?? ''
        left -= lines.filter((line) => line.includes('"touched":"yes"')).length
        if (left <= 0) resolve()
      }
      return (await open('GET', `${path}?watch=1&resourceVersion=${from}`, { onData })).close
    }),
  )
  return { complete: promise, close: () => closers.forEach((close) => close()) }
}

async function pool(
  times: number,
  parallel: number,
  run: (index: number) => Promise<unknown>,
): Promise<{ readonly seconds: number; readonly latencies: readonly number[] }> {
  const latencies: number[] = []
  let next = 0
  const started = performance.now()
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      while (next < times) {
        const index = next++
        const sent = performance.now()
        await run(index)
        latencies.push(performance.now() - sent)
      }
    }),
  )
  return { seconds: (performance.now() - started) / 1000, latencies: latencies.toSorted((a, b) => a - b) }
}

async function send(method: string, path: string, sent: Sent = {}): Promise<Answer> {
  return (await open(method, path, sent)).answer
}

function open(
  method: string,
  path: string,
  { body, type, onData }: Sent,
): Promise<{ readonly answer: Promise<Answer>; readonly close: () => void }> {
  const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        agent,
        host: server.hostname,
        port: server.port,
        method,
        path: server.pathname.replace(/\/$/, '') + path,
        headers: {
          accept: 'application/json',
          ...(bytes === undefined
            ? {}
            : { 'content-type': type ?? 'application/json', 'content-length': bytes.length }),
          ...(config.bearerToken === undefined ? {} : { authorization: `Bearer ${config.bearerToken}` }),
        },
      },
      (response) => {
        const close = (): void => void asked.destroy()
        response.setEncoding('utf8')
        if (onData !== undefined) {
          response.on('data', onData)
          return resolve({ answer: Promise.resolve({ text: '' }), close })
        }
        let text = ''
        response.on('data', (piece: string) => (text += piece))
        const answer = new Promise<Answer>((done, failed) => {
          response.on('end', () => {
            const { statusCode = 0 } = response
            if (statusCode < 300) done({ text })
            else failed(new Error(`${method} ${path}: ${statusCode} ${text.slice(0, 200)}`))
          })
        })
        resolve({ answer, close })
      },
    )
    asked.on('error', (error) => {
      if (onData === undefined) reject(error)
    })
    asked.end(bytes)
  })
}

function deployment(name: string): JsonObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels: { app: name } },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [
            {
              name: 'c',
              image: 'nginx:1.29',
              env: Array.from({ length: 8 }, (_, k) => ({ name: `E${k}`, value: `value-${k}` })),
              resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '1', memory: '128Mi' } },
            },
          ],
        },
      },
    },
  }
}

function at(sorted: readonly number[], share: number): string {
  return sorted.length === 0 ? '' : (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1)
}
function row(...cells: readonly string[]): string {
  return `| ${cells.map((cell, i) => (i === 1 ? cell.padEnd(20) : cell.padStart(10))).join(' | ')} |`
}
