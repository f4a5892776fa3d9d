import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import type { JsonObject } from '@kairship/apimachinery'
import { eventually, startTestServer, type TestServer, type TestServerOptions } from '@kairship/apiserver/testing'

export { eventually }

export interface Answer {
  readonly code: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** The body when it is JSON, else `{}`. */
  readonly json: JsonObject
}

export interface Call {
  /** Objects go as JSON. */
  readonly body?: string | Uint8Array | object
  readonly type?: string
  readonly accept?: string
  readonly headers?: { readonly [name: string]: string }
  /** Bearer token; '' for none. Default: the administrator's. */
  readonly token?: string
}

/** The lines of a watch as they come. */
export interface Watch extends Disposable {
  readonly code: number
  readonly headers: IncomingHttpHeaders
  /** `undefined` when the stream has ended. */
  next(): Promise<JsonObject | undefined>
  /** The next `count` events as `TYPE name`. */
  names(count: number): Promise<string[]>
}

/** A plane behind HTTPS, and requests to it. */
export interface World extends AsyncDisposable {
  readonly server: TestServer
  call(method: string, path: string, call?: Call): Promise<Answer>
  /** What a successful call answers. */
  ok(method: string, path: string, call?: Call): Promise<JsonObject>
  /** The Status of a call that must fail. */
  refused(method: string, path: string, call?: Call): Promise<Refusal>
  watch(path: string, call?: Call): Promise<Watch>
  /** A new namespace; answers `/api/v1/namespaces/<name>`. */
  namespace(name: string): Promise<string>
}

/** What differs between Statuses of failures. */
export interface Refusal {
  readonly code: number
  readonly reason: unknown
  readonly message: string
  readonly details: unknown
}

export async function startWorld(options: TestServerOptions = {}): Promise<World> {
  const server = await startTestServer(options)
  const agent = new Agent({ keepAlive: true, ca: server.ca })
  const send = (method: string, path: string, call: Call): Promise<IncomingMessage> => {
    const { body, token = server.token, type, accept } = call
    const json = typeof body === 'object' && !(body instanceof Uint8Array)
    const payload = json ? JSON.stringify(body) : body
    const contentType = type ?? (json ? 'application/json' : undefined)
    const headers = {
      'user-agent': 'conformance/1.0',
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
      ...(accept === undefined ? {} : { accept }),
      ...(payload === undefined ? {} : { 'content-length': String(Buffer.byteLength(payload)) }),
      ...call.headers,
    }
    return new Promise((resolve, reject) => {
      request(server.url + path, { method, headers, agent }, resolve)
        .on('error', reject)
        .end(payload)
    })
  }
  const call: World['call'] = async (method, path, options = {}) => {
    const response = await send(method, path, options)
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString()
    return { code: response.statusCode ?? 0, headers: response.headers, text, json: parseBody(text) }
  }
  const ok: World['ok'] = async (method, path, options) => {
    const { code, text, json } = await call(method, path, options)
    if (code >= 300) throw new Error(`${method} ${path} answered ${code}: ${text}`)
    return json
  }
  return {
    server,
    call,
    ok,
    async refused(method, path, options) {
      return refusal(await call(method, path, options))
    },
    async watch(path, options = {}) {
      const response = await send('GET', path, options)
      const lines = linesOf(response)
      const next = async (): Promise<JsonObject | undefined> => {
        const line = await lines.next()
        return line.done === true ? undefined : JSON.parse(line.value)
      }
      return {
        code: response.statusCode ?? 0,
        headers: response.headers,
        next,
        async names(count) {
          const names: string[] = []
          while (names.length < count) {
            const event = await next()
            if (event === undefined) break
            names.push(`${text(event, 'type')} ${text(event, 'object.metadata.name')}`)
          }
          return names
        },
        [Symbol.dispose]: () => void response.destroy(),
      }
    },
    async namespace(name) {
      await ok('POST', '/api/v1/namespaces', { body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } } })
      return `/api/v1/namespaces/${name}`
    },
    async [Symbol.asyncDispose]() {
      agent.destroy()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** Fails when the answer is no Status of a failure with everything that one always has. */
export function refusal(answer: Pick<Answer, 'code' | 'text' | 'json'>): Refusal {
  const { kind, apiVersion, status, code, reason, details } = answer.json
  if (kind !== 'Status' || apiVersion !== 'v1' || status !== 'Failure' || code !== answer.code) {
    throw new Error(`no failure: ${answer.code} ${answer.text}`)
  }
  return { code: answer.code, reason, message: text(answer.json, 'message'), details }
}

function parseBody(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as JsonObject) : {}
  } catch {
    return {}
  }
}

async function* linesOf(stream: IncomingMessage): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of stream) {
    rest += String(chunk)
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      yield rest.slice(0, end)
      rest = rest.slice(end + 1)
    }
  }
}

/** The value at a path of member names and indices: `spec.ports.0.port`. */
export function at(value: unknown, path: string): unknown {
  let here: unknown = value
  for (const step of path.split('.')) {
    if (typeof here !== 'object' || here === null) return undefined
    here = (here as { readonly [key: string]: unknown })[step]
  }
  return here
}

export function text(value: unknown, path: string): string {
  const found = at(value, path)
  return typeof found === 'string' ? found : ''
}

export function list(value: unknown, path: string): readonly unknown[] {
  const found = at(value, path)
  return Array.isArray(found) ? found : []
}

export function namesOf(list: JsonObject): string[] {
  return (list['items'] as JsonObject[]).map((item) => text(item, 'metadata.name'))
}
