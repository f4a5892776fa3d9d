import { serverProcess, type ServerProcess } from './server/process.ts'
import type { Operation, Request, Result } from './linearizability.ts'
import { type ConfigMap, path } from './server/workload.ts'

/** Clients that create, change, delete and read the same few objects; what each asked and was told, and when. */
export async function recordHistories(options: {
  readonly clients: number
  readonly objects: number
  readonly requests: number
}): Promise<ReadonlyMap<string, readonly Operation[]>> {
  await using server = await serverProcess()
  await server.start()
  const histories = new Map<string, Operation[]>()
  let left = options.requests
  let n = 0
  const client = async (): Promise<void> => {
    const seen = new Map<string, number>()
    while (left-- > 0) {
      const name = `register-${Math.floor(Math.random() * options.objects)}`
      const request = chooseRequest(seen.get(name), ++n)
      const called = performance.now()
      const result = await send(server, name, request)
      const history = histories.get(name) ?? []
      histories.set(name, history)
      history.push({ request, result, called, returned: performance.now() })
      if (result.type === 'written') seen.set(name, result.rv)
      else if (result.type === 'found' && result.state !== undefined) seen.set(name, result.state.rv)
      else if (result.type !== 'conflict') seen.delete(name)
    }
  }
  await Promise.all(Array.from({ length: options.clients }, client))
  return histories
}

function chooseRequest(rv: number | undefined, n: number): Request {
  const dice = Math.random()
  if (dice < 0.3) return { type: 'get' }
  if (rv === undefined) return dice < 0.8 ? { type: 'create', n } : { type: 'get' }
  return dice < 0.8 ? { type: 'update', n, expected: rv } : { type: 'delete', expected: rv }
}

async function send(server: ServerProcess, name: string, request: Request): Promise<Result> {
  const at = `${path}/${name}`
  const body = (n: number, rv?: number): unknown => ({
    metadata: { name, ...(rv === undefined ? {} : { resourceVersion: String(rv) }) },
    data: { n: String(n) },
  })
  const { status, body: text } =
    request.type === 'get'
      ? await server.send('GET', at)
      : request.type === 'create'
        ? await server.send('POST', path, body(request.n))
        : request.type === 'update'
          ? await server.send('PUT', at, body(request.n, request.expected))
          : await server.send('DELETE', at, { preconditions: { resourceVersion: String(request.expected) } })
  if (status === 0 || status >= 500) return { type: 'unknown' }
  if (status === 404) return request.type === 'get' ? { type: 'found', state: undefined } : { type: 'missing' }
  if (status === 409) return { type: request.type === 'create' ? 'exists' : 'conflict' }
  if (status >= 300) throw new Error(`${request.type} was refused with ${status}: ${text}`)
  if (request.type === 'delete') return { type: 'deleted' }
  const object: ConfigMap = JSON.parse(text)
  const rv = Number(object.metadata.resourceVersion)
  return request.type === 'get' ? { type: 'found', state: { n: Number(object.data.n), rv } } : { type: 'written', rv }
}
