import {
  connect,
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
} from 'node:http2'
import type { Clock } from '@kairship/runtime'
import { frame, FrameReader } from './frames.ts'
import { grpcCode, GrpcError } from './grpc-error.ts'
import { GrpcStream } from './grpc-stream.ts'

export interface TlsOptions {
  /** PEM. Without it the system's authorities are trusted. */
  readonly ca?: string
  /** PEM certificate and key of this client. */
  readonly certificate?: string
  readonly key?: string
}

export interface ConnectionOptions {
  /** `http://host:port` or `https://host:port`. */
  readonly endpoint: string
  readonly tls: TlsOptions | undefined
  readonly clock: Clock
}

/** Metadata of a call: gRPC's name for headers. */
export type Metadata = { readonly [name: string]: string }

// etcd closes connections whose pings come more often than every 5 s, or without a call under way.
const pingEveryMs = 10_000
const pingTimeoutMs = 5_000
const windowBytes = 4 * 2 ** 20

/** One HTTP/2 connection to one member: as much of gRPC as etcd needs, on Node's own HTTP/2. */
export class Connection {
  readonly endpoint: string
  readonly #session: ClientHttp2Session
  readonly #clock: Clock
  #calls = 0
  #pings: Disposable | undefined

  /** Rejects with a `GrpcError` that says `sent: false`. */
  static open(options: ConnectionOptions, signal: AbortSignal): Promise<Connection> {
    const { promise, resolve, reject } = Promise.withResolvers<Connection>()
    const { ca, certificate, key } = options.tls ?? {}
    const session = connect(options.endpoint, {
      settings: { initialWindowSize: windowBytes, enablePush: false },
      ...(ca === undefined ? {} : { ca }),
      ...(certificate === undefined ? {} : { cert: certificate }),
      ...(key === undefined ? {} : { key }),
    })
    const fail = (cause: unknown): void => {
      const detail = cause instanceof Error ? cause.message : String(cause)
      const message = `no connection to ${options.endpoint}: ${detail}`
      const error = new GrpcError(grpcCode.unavailable, message, { sent: false, cause })
      reject(error)
      destroy(session, error)
    }
    const onAbort = (): void => fail(signal.reason)
    session.on('error', fail)
    // A server that does not like our certificate says so after the handshake, and Node tells only the socket.
    session.socket.on('error', fail)
    session.once('close', () => fail('it was closed'))
    // Not earlier: what listens there may be no etcd, or one on its way out.
    session.once('remoteSettings', () => {
      session.setLocalWindowSize(windowBytes * 4)
      resolve(new Connection(session, options))
    })
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
    return promise.finally(() => signal.removeEventListener('abort', onAbort))
  }

  private constructor(session: ClientHttp2Session, { endpoint, clock }: ConnectionOptions) {
    this.endpoint = endpoint
    this.#session = session
    this.#clock = clock
    // A member that goes away lets calls under way finish, but takes no new ones.
    session.once('goaway', () => session.close())
    session.once('close', () => this.#pings?.[Symbol.dispose]())
  }

  get usable(): boolean {
    return !this.#session.closed && !this.#session.destroyed
  }

  /** One message there, one back. When `signal` aborts, its reason is thrown if that is a `GrpcError`. */
  unary(method: string, message: Uint8Array, metadata: Metadata, signal: AbortSignal): Promise<Buffer> {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
    if (!this.usable) return Promise.reject(closedError())
    const stream = this.#request(method, metadata)
    const reader = new FrameReader()
    const ending = new Ending(stream)
    let answer: Buffer | undefined
    const onAbort = (): void => {
      reject(signal.reason)
      stream.close(constants.NGHTTP2_CANCEL)
    }
    stream.on('data', (chunk: Buffer) => {
      try {
        for (const one of reader.push(chunk)) answer = one
      } catch (error) {
        reject(error)
        stream.close(constants.NGHTTP2_PROTOCOL_ERROR)
      }
    })
    stream.once('close', () => {
      signal.removeEventListener('abort', onAbort)
      const error = ending.error()
      if (error !== undefined) reject(error)
      else if (answer === undefined)
        reject(new GrpcError(grpcCode.internal, 'an answer without a message', { sent: true }))
      else resolve(answer)
    })
    if (signal.aborted) onAbort()
    else {
      signal.addEventListener('abort', onAbort, { once: true })
      stream.end(frame(message))
    }
    return promise
  }

  /** A call whose messages flow in both directions until one side ends it. */
  stream(method: string, metadata: Metadata): GrpcStream {
    if (!this.usable) throw closedError()
    const stream = this.#request(method, metadata)
    const ending = new Ending(stream)
    return new GrpcStream(stream, () => ending.error())
  }

  /** Takes no more calls; those under way go on. */
  retire(): void {
    this.#session.close()
  }
  close(): void {
    destroy(this.#session, closedError())
  }

  #request(method: string, metadata: Metadata): ClientHttp2Stream {
    const stream = this.#session.request({
      ':method': 'POST',
      ':path': method,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...metadata,
    })
    // 'close' always follows, and says what is to be said.
    stream.on('error', () => {})
    this.#calls++
    stream.once('close', () => this.#calls--)
    this.#pings ??= this.#pingLater()
    return stream
  }

  /** A peer that has vanished without a word is noticed while something waits for it. */
  #pingLater(): Disposable {
    return this.#clock.setTimeout(
      () => {
        if (!this.usable) return
        this.#pings = this.#calls > 0 ? this.#ping() : undefined
      },
      pingEveryMs,
      { unref: true },
    )
  }
  #ping(): Disposable {
    const vanished = (): void => destroy(this.#session, new Error(`${this.endpoint} does not answer`))
    const timeout = this.#clock.setTimeout(vanished, pingTimeoutMs, { unref: true })
    this.#session.ping(() => {
      timeout[Symbol.dispose]()
      if (this.usable) this.#pings = this.#pingLater()
    })
    return timeout
  }
}

/** At once: without an error Node would wait until the other side closes, too. */
function destroy(session: ClientHttp2Session, error: Error): void {
  if (!session.destroyed) session.destroy(error)
}
function closedError(): GrpcError {
  return new GrpcError(grpcCode.unavailable, 'the connection is closed', { sent: false })
}

/** How a call ended, as headers, trailers and resets tell it. */
class Ending {
  readonly #stream: ClientHttp2Stream
  #code: number | undefined
  #message = ''

  constructor(stream: ClientHttp2Stream) {
    this.#stream = stream
    stream.once('response', (headers) => this.#take(headers))
    stream.once('trailers', (headers) => this.#take(headers))
  }

  /** After the stream has closed. */
  error(): GrpcError | undefined {
    if (this.#code === grpcCode.ok) return undefined
    if (this.#code !== undefined) return new GrpcError(this.#code, this.#message, { sent: true })
    const sent = this.#stream.rstCode !== constants.NGHTTP2_REFUSED_STREAM
    return new GrpcError(grpcCode.unavailable, 'the connection was lost', { sent })
  }

  #take(headers: IncomingHttpHeaders): void {
    const { 'grpc-status': status, 'grpc-message': message } = headers
    const http = Number(headers[':status'] ?? 200)
    if (typeof status === 'string') {
      this.#code = Number(status)
      this.#message = typeof message === 'string' ? decode(message) : ''
    } else if (http !== 200) {
      this.#code = grpcCode.unavailable
      this.#message = `this is no etcd: HTTP status ${http}`
    }
  }
}

/** Anything but printable ASCII comes percent-encoded. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
