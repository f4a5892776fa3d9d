import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { OutgoingHttpHeaders } from 'node:http'
import type { Connection, Operation, RawReply, Reply, WatchEvent } from '@kairship/apimachinery'
import { ApiError, ConnectionError, statusFromBody } from '@kairship/apimachinery'
import { semaphore } from '@kairship/runtime'
import type { Clock, Semaphore } from '@kairship/runtime'
import { decodeReply, parseWarnings } from '../http/replies.ts'
import { requestLine } from '../http/request-line.ts'
import { watchStream } from '../http/watch-stream.ts'
import { Deadline } from './deadline.ts'
import { http1Transport } from './http1.ts'
import { authority, NegotiatedTransport } from './negotiated.ts'
import type { HttpConnectionOptions, TokenSource } from './options.ts'
import { impersonation, isLoopback, parseServer, tlsSettings } from './options.ts'
import type { Transport, WireResponse } from './transport.ts'
import { TransportError } from './transport.ts'

/** A connection that holds sockets: dispose it. */
export interface HttpConnection extends Connection, AsyncDisposable {}

/** Any Kubernetes API over HTTPS (HTTP/2 when the server has it) or HTTP. Opens nothing before the first request. */
export function httpConnection(options: HttpConnectionOptions): HttpConnection {
  return new NodeHttpConnection(options)
}

const unzip = promisify(gunzip)
const never: AbortSignal = new AbortController().signal

class NodeHttpConnection implements HttpConnection {
  readonly #server: string
  readonly #prefix: string
  readonly #headers: OutgoingHttpHeaders
  readonly #clock: Clock
  readonly #transport: Transport & { suspect?(): void }
  readonly #slots: Semaphore
  readonly #requestMs: number
  readonly #responseBytes: number
  readonly #gzip: boolean
  readonly #tokens: TokenSource | undefined

  constructor(options: HttpConnectionOptions) {
    const { endpoint, prefix } = parseServer(options.server)
    this.#server = `${endpoint.secure ? 'https' : 'http'}://${authority(endpoint)}`
    this.#prefix = prefix
    this.#clock = options.clock
    this.#requestMs = options.timeouts?.requestMs ?? 32_000
    this.#responseBytes = options.limits?.responseBytes ?? 256 * 1024 * 1024
    this.#gzip = options.gzip ?? !isLoopback(endpoint.host)
    this.#tokens = options.tokenSource
    const inFlight = options.limits?.inFlight ?? 128
    this.#slots = semaphore(inFlight)
    const tls = tlsSettings(endpoint, options.tls ?? {})
    this.#transport = endpoint.secure
      ? new NegotiatedTransport(endpoint, tls, {
          clock: options.clock,
          connectMs: options.timeouts?.connectMs ?? 10_000,
          maxSockets: Math.min(inFlight, 64),
        })
      : http1Transport(endpoint, tls, Math.min(inFlight, 64))
    this.#headers = {
      'user-agent': options.userAgent ?? 'kairship',
      ...(options.bearerToken === undefined ? {} : { authorization: `Bearer ${options.bearerToken}` }),
      ...impersonation(options.impersonate),
    }
  }

  async request(operation: Operation, signal: AbortSignal = never): Promise<Reply> {
    const line = requestLine(operation)
    const headers: OutgoingHttpHeaders = { accept: 'application/json' }
    if (line.contentType !== undefined) headers['content-type'] = line.contentType
    if (operation.userAgent !== undefined) headers['user-agent'] = operation.userAgent
    const call: Call = {
      method: line.method,
      path: line.path,
      headers,
      ...(line.body === undefined ? {} : { body: line.body }),
    }
    return this.#answered(call, signal, async (response, bytes) =>
      decodeReply(response.status, contentType(response), bytes.toString('utf8'), warnings(response)),
    )
  }

  async raw(
    path: string,
    options: { readonly accept?: string; readonly signal?: AbortSignal } = {},
  ): Promise<RawReply> {
    const headers = options.accept === undefined ? {} : { accept: options.accept }
    return this.#answered({ method: 'GET', path, headers }, options.signal ?? never, async (response, body) => {
      if (response.status >= 300 && response.status < 400) {
        throw new ConnectionError(`the server answered with a redirect (${response.status}), which is not followed`)
      }
      return { status: response.status, contentType: contentType(response), body }
    })
  }

  async *watch(operation: Operation, signal: AbortSignal): AsyncIterable<readonly WatchEvent[]> {
    if (signal.aborted) return
    const line = requestLine({ ...operation, verb: 'watch' })
    using deadline = new Deadline(this.#clock, signal)
    try {
      deadline.start(this.#requestMs)
      const call: Call = { method: 'GET', path: line.path, headers: { accept: 'application/json' } }
      const response = await this.#exchange(call, deadline.signal, true)
      if (response.status !== 200) throw await this.#refusal(response)
      // The server ends a watch itself; one that does not is as dead as one that never answered.
      const seconds = operation.query?.timeoutSeconds
      if (seconds === undefined) deadline.stop()
      else deadline.start(seconds * 1000 + 60_000)
      // Nothing yet, but the server answered: a reader that lost it before knows that it is back.
      yield []
      yield* watchStream(response.body)
    } catch (error) {
      if (signal.aborted) return
      throw this.#failure(line.method, line.path, error, deadline)
    } finally {
      deadline.cancel()
    }
  }

  /** The `ApiError` of a watch that was answered with a failure. */
  async #refusal(response: WireResponse): Promise<ApiError> {
    const bytes = await readAll(response, 1024 * 1024)
    const reply = decodeReply(Math.max(response.status, 400), contentType(response), bytes.toString('utf8'), [])
    return statusFromBody(reply.status, reply.body)
  }

  async #answered<T>(
    call: Call,
    signal: AbortSignal,
    decode: (response: WireResponse, body: Buffer) => Promise<T>,
  ): Promise<T> {
    using deadline = new Deadline(this.#clock, signal)
    deadline.start(this.#requestMs)
    try {
      using _slot = await this.#slots.acquire(deadline.signal)
      const response = await this.#exchange(call, deadline.signal, false)
      const body = await readAll(response, this.#responseBytes)
      return await decode(response, body)
    } catch (error) {
      if (signal.aborted) throw signal.reason
      throw this.#failure(call.method, call.path, error, deadline)
    }
  }

  /** Sends, once more when the server surely did not process it or refused the token. */
  async #exchange(call: Call, signal: AbortSignal, long: boolean): Promise<WireResponse> {
    for (let attempt = 0; ; attempt++) {
      const token = await this.#tokens?.token(signal)
      const headers: OutgoingHttpHeaders = {
        ...this.#headers,
        ...call.headers,
        ...(this.#gzip && !long ? { 'accept-encoding': 'gzip' } : {}),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      }
      const wire = { ...call, path: this.#prefix + call.path, headers, signal, long }
      try {
        const response = await this.#transport.send(wire)
        if (response.status !== 401 || token === undefined || attempt > 0) return response
        this.#tokens?.invalidate(token)
        response.body.resume()
      } catch (error) {
        const again =
          error instanceof TransportError &&
          (error.stage === 'refused' || (error.stage === 'lost' && call.method === 'GET'))
        if (!again || attempt > 0) throw error
      }
    }
  }

  #failure(method: string, path: string, error: unknown, deadline: Deadline): Error {
    if (error instanceof ApiError) return error
    const where = `${method} ${this.#server}${this.#prefix}${path.replace(/\?.*/, '')}`
    if (deadline.expired) {
      this.#transport.suspect?.()
      return new ConnectionError(`${where}: no complete answer within ${deadline.ms} ms`)
    }
    const text = error instanceof Error ? error.message : String(error)
    return new ConnectionError(`${where}: ${text}`, { cause: error })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transport[Symbol.asyncDispose]()
  }
}

interface Call {
  readonly method: string
  readonly path: string
  readonly headers: OutgoingHttpHeaders
  readonly body?: string
}

async function readAll(response: WireResponse, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit) {
      response.body.destroy()
      throw new Error(`the answer is larger than ${limit} bytes`)
    }
    chunks.push(chunk)
  }
  const bytes = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
  return response.headers['content-encoding'] === 'gzip' ? unzip(bytes, { maxOutputLength: limit }) : bytes
}

function contentType(response: WireResponse): string {
  return response.headers['content-type'] ?? ''
}

function warnings(response: WireResponse): readonly string[] {
  const header: string | string[] | undefined = response.headers['warning']
  return header === undefined ? [] : parseWarnings(header)
}
