import type { Connection, Operation, RawReply, Reply, WatchEvent } from '@kairship/apimachinery'
import { ApiError, ConnectionError, statusFromBody } from '@kairship/apimachinery'
import { decodeReply, parseWarnings } from './replies.ts'
import { requestLine } from './request-line.ts'
import { watchStream } from './watch-stream.ts'

export interface FetchConnectionOptions {
  /** `https://host:port` with an optional path prefix: `http://127.0.0.1:8080/instances/demo`. */
  readonly server: string
  /** Default: the platform's `fetch`, with the browser's own credentials for the origin. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
  readonly headers?: Readonly<Record<string, string>>
}

/** A `Connection` over `fetch`: what browsers have. Redirects are refused. */
export function fetchConnection(options: FetchConnectionOptions): Connection {
  const server = options.server.replace(/\/$/, '')
  const send = async (path: string, init: RequestInit): Promise<Response> => {
    const method = init.method ?? 'GET'
    try {
      return await (options.fetch ?? globalThis.fetch)(server + path, {
        ...init,
        redirect: 'error',
        headers: { accept: 'application/json', ...options.headers, ...headersOf(init) },
      })
    } catch (cause) {
      if (init.signal?.aborted) throw cause
      const text = cause instanceof Error ? cause.message : String(cause)
      throw new ConnectionError(`${method} ${server}${path.replace(/\?.*/, '')}: ${text}`, { cause })
    }
  }
  const decode = async (response: Response): Promise<Reply> =>
    decodeReply(
      response.status,
      response.headers.get('content-type') ?? '',
      await response.text(),
      parseWarnings(response.headers.get('warning') ?? undefined),
    )
  return {
    async request(operation, signal) {
      const line = requestLine(operation)
      return decode(await send(line.path, initOf(line, signal)))
    },
    async raw(path, { accept, signal } = {}): Promise<RawReply> {
      const response = await send(path, {
        ...(signal === undefined ? {} : { signal }),
        ...(accept === undefined ? {} : { headers: { accept } }),
      })
      return {
        status: response.status,
        contentType: response.headers.get('content-type') ?? '',
        body: new Uint8Array(await response.arrayBuffer()),
      }
    },
    watch: (operation, signal) => watchOver(send, decode, operation, signal),
  }
}

async function* watchOver(
  send: (path: string, init: RequestInit) => Promise<Response>,
  decode: (response: Response) => Promise<Reply>,
  operation: Operation,
  signal: AbortSignal,
): AsyncIterable<readonly WatchEvent[]> {
  if (signal.aborted) return
  try {
    const line = requestLine({ ...operation, verb: 'watch' })
    const response = await send(line.path, { signal })
    if (response.status !== 200) {
      const reply = await decode(response)
      throw statusFromBody(Math.max(reply.status, 400), reply.body)
    }
    if (response.body !== null) yield* watchStream(chunksOf(response.body))
  } catch (error) {
    if (signal.aborted) return
    if (error instanceof ApiError || error instanceof ConnectionError) throw error
    throw new ConnectionError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

/** Not every browser can iterate a ReadableStream. */
async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncIterable<Uint8Array> {
  const reader = stream.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

function initOf(line: ReturnType<typeof requestLine>, signal: AbortSignal | undefined): RequestInit {
  return {
    method: line.method,
    ...(signal === undefined ? {} : { signal }),
    ...(line.body === undefined ? {} : { body: line.body }),
    ...(line.contentType === undefined ? {} : { headers: { 'content-type': line.contentType } }),
  }
}

function headersOf(init: RequestInit): Record<string, string> {
  return Object.fromEntries(new Headers(init.headers))
}
