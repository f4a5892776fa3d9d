import { connect, constants } from 'node:http2'
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders, IncomingHttpStatusHeader } from 'node:http2'
import type { TLSSocket } from 'node:tls'
import type { Clock } from '@kairship/runtime'
import type { WireRequest, WireResponse } from './transport.ts'
import { TransportError } from './transport.ts'

const pingEveryMs = 30_000
const pingAnswerMs = 15_000
/** A stream that nobody reads for a while must not stop the others of its connection. */
const streamWindow = 1 << 20
const connectionWindow = 16 << 20

/** One HTTP/2 connection. A connection that stops answering pings is closed, so that its watches are noticed dead. */
export class Http2Session implements AsyncDisposable {
  readonly #session: ClientHttp2Session
  readonly #clock: Clock
  readonly #closed: Promise<void>
  #active = 0
  #usable = true
  #pinger: Disposable | undefined

  constructor(socket: TLSSocket, authority: string, clock: Clock) {
    this.#clock = clock
    this.#session = connect(authority, {
      createConnection: () => socket,
      settings: { initialWindowSize: streamWindow, enablePush: false },
    })
    this.#session.once('connect', () => this.#session.setLocalWindowSize(connectionWindow))
    this.#session.once('goaway', () => (this.#usable = false))
    // Errors of the connection reach every stream; here they only must not be unhandled.
    this.#session.on('error', () => (this.#usable = false))
    this.#closed = new Promise((resolve) => {
      this.#session.once('close', () => {
        this.#usable = false
        this.#pinger?.[Symbol.dispose]()
        resolve()
      })
    })
    this.#schedulePing()
  }

  get usable(): boolean {
    return this.#usable && !this.#session.closed && !this.#session.destroyed
  }

  get hasRoom(): boolean {
    // Before the server's settings arrived assume what HTTP/2 recommends as the least.
    const limit = Math.min(this.#session.remoteSettings?.maxConcurrentStreams ?? 100, 250)
    return this.usable && this.#active < limit
  }

  get idle(): boolean {
    return this.#active === 0
  }

  get closed(): Promise<void> {
    return this.#closed
  }

  send(wire: WireRequest): Promise<WireResponse> {
    let stream: ClientHttp2Stream
    try {
      stream = this.#session.request(
        { ...wire.headers, ':method': wire.method, ':path': wire.path },
        { endStream: wire.body === undefined },
      )
    } catch (cause) {
      this.#usable = false
      return Promise.reject(new TransportError('refused', cause))
    }
    this.#active++
    const abort = (): void => {
      stream.close(constants.NGHTTP2_CANCEL)
      stream.destroy(wire.signal.reason instanceof Error ? wire.signal.reason : new Error('aborted'))
    }
    if (wire.signal.aborted) abort()
    else wire.signal.addEventListener('abort', abort, { once: true })
    return new Promise((resolve, reject) => {
      const fail = (cause: unknown): void => {
        if (wire.signal.aborted) return reject(wire.signal.reason)
        const refused =
          stream.rstCode === constants.NGHTTP2_REFUSED_STREAM ||
          (cause instanceof Error && 'code' in cause && cause.code === 'ERR_HTTP2_GOAWAY_SESSION')
        reject(new TransportError(refused ? 'refused' : 'lost', cause))
      }
      stream.once('response', (headers: IncomingHttpHeaders & IncomingHttpStatusHeader) => {
        resolve({ status: headers[':status'] ?? 0, headers, body: stream })
      })
      stream.on('error', fail)
      stream.once('close', () => {
        this.#active--
        wire.signal.removeEventListener('abort', abort)
        fail(new Error('the server closed the stream without an answer'))
      })
      if (wire.body !== undefined) stream.end(wire.body)
    })
  }

  /** Finds out whether the other side is still there; closes the connection when it is not. */
  ping(): void {
    if (!this.usable) return
    const deadline = this.#clock.setTimeout(
      () => this.#session.destroy(new Error('the server no longer answers on this connection')),
      pingAnswerMs,
      { unref: true },
    )
    try {
      this.#session.ping(() => deadline[Symbol.dispose]())
    } catch {
      deadline[Symbol.dispose]()
    }
  }

  #schedulePing(): void {
    this.#pinger = this.#clock.setTimeout(
      () => {
        this.ping()
        if (this.usable) this.#schedulePing()
      },
      pingEveryMs,
      { unref: true },
    )
  }

  /** Lets running streams finish but takes no new ones. */
  retire(): void {
    this.#usable = false
    this.#session.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#session.destroy()
    await this.#closed
  }
}
