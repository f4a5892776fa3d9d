import { type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Connection, JsonObject, Operation } from '@kairship/apimachinery'
import type { TestServer } from './test-server.ts'

export const configMaps = { group: '', version: 'v1', resource: 'configmaps', namespace: 'test' } as const
export const deployments = { group: 'apps', version: 'v1', resource: 'deployments', namespace: 'test' } as const
export const pods = { group: '', version: 'v1', resource: 'pods', namespace: 'test' } as const

export function configMap(name: string, more: JsonObject = {}): JsonObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, ...more }
}

export function deployment(name: string, more: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'nginx:1' }] } },
      ...more,
    },
  }
}

/** The body of a reply that must be a success. */
export async function ok(connection: Connection, operation: Operation): Promise<JsonObject> {
  const reply = await connection.request(operation)
  if (reply.status >= 300) throw new Error(`unexpected ${reply.status}: ${JSON.stringify(reply.body)}`)
  return reply.body as JsonObject
}

/** The Status of a reply that must be a failure. */
export async function refused(connection: Connection, operation: Operation): Promise<JsonObject> {
  const reply = await connection.request(operation)
  if (reply.status < 400) throw new Error(`unexpected ${reply.status}`)
  return reply.body as JsonObject
}

export async function createNamespace(connection: Connection, name: string): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
  await ok(connection, { verb: 'create', group: '', version: 'v1', resource: 'namespaces', body })
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly json: JsonObject
}

export interface HttpCall {
  readonly method?: string
  readonly headers?: { readonly [name: string]: string }
  readonly body?: string | Uint8Array | JsonObject
  /** Bearer token; '' for none. Default: the administrator's. */
  readonly token?: string
}

function open(server: TestServer, path: string, call: HttpCall): Promise<IncomingMessage> {
  const { method = 'GET', token = server.token, body } = call
  const authorization = token === '' ? {} : { authorization: `Bearer ${token}` }
  const json = typeof body === 'object' && !(body instanceof Uint8Array)
  const headers = { ...authorization, ...(json ? { 'content-type': 'application/json' } : {}), ...call.headers }
  return new Promise((resolve, reject) => {
    const request = httpsRequest(server.url + path, { method, headers, ca: server.ca, agent: false }, resolve)
    request.on('error', reject)
    request.end(json ? JSON.stringify(body) : body)
  })
}

/** One HTTPS request with its whole answer. */
export async function http(server: TestServer, path: string, call: HttpCall = {}): Promise<HttpAnswer> {
  const response = await open(server, path, call)
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  let json: JsonObject = {}
  if (String(response.headers['content-type']).startsWith('application/json') && /^\{[^\n]*\n?$|^\{\n/.test(text)) {
    json = JSON.parse(text)
  }
  return { status: response.statusCode ?? 0, headers: response.headers, text, json }
}

export interface HttpWatch extends Disposable {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The next line; `undefined` when the stream has ended. */
  next(): Promise<JsonObject | undefined>
}

/** Resolves as soon as the headers are there. */
export async function httpWatch(server: TestServer, path: string, call: HttpCall = {}): Promise<HttpWatch> {
  const response = await open(server, path, call)
  const lines = readLines(response)
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    async next() {
      const line = await lines.next()
      return line.done === true ? undefined : JSON.parse(line.value)
    },
    [Symbol.dispose]: () => void response.destroy(),
  }
}

async function* readLines(stream: IncomingMessage): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of stream) {
    rest += String(chunk)
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      yield rest.slice(0, end)
      rest = rest.slice(end + 1)
    }
  }
}
