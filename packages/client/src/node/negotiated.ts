import { connect as tlsConnect } from 'node:tls'
import type { TLSSocket } from 'node:tls'
import { orAbort } from '@kairship/runtime'
import type { Clock } from '@kairship/runtime'
import type { Endpoint, TlsSettings } from './http1.ts'
import { http1Transport } from './http1.ts'
import { Http2Session } from './http2-session.ts'
import type { Transport, WireRequest, WireResponse } from './transport.ts'
import { TransportError } from './transport.ts'

/**
 * HTTPS that lets the server choose (ALPN) between HTTP/2 and HTTP/1.1. Over HTTP/2 one connection carries everything; more
 * are opened only when the server's limit of streams is reached, which many watches do.
 */
export class NegotiatedTransport implements Transport {
  readonly #endpoint: Endpoint
  readonly #tls: TlsSettings
  readonly #clock: Clock
  readonly #connectMs: number
  readonly #maxSockets: number
  readonly #sessions = new Set<Http2Session>()
  #http1: Transport | undefined
  #dialing: Promise<void> | undefined
  /** The socket of the attempt under way. */
  #pending: TLSSocket | undefined
  #disposed = false

  constructor(endpoint: Endpoint, tls: TlsSettings, options: { clock: Clock; connectMs: number; maxSockets: number }) {
    this.#endpoint = endpoint
    this.#tls = tls
    this.#clock = options.clock
    this.#connectMs = options.connectMs
    this.#maxSockets = options.maxSockets
  }

  async send(wire: WireRequest): Promise<WireResponse> {
    for (;;) {
      if (this.#disposed) throw new TransportError('dial', new Error('the connection was closed'))
      if (this.#http1 !== undefined) return this.#http1.send(wire)
      const session = this.#free()
      if (session !== undefined) return session.send(wire)
      // All who wait share one attempt; who gives up does not stop it for the others.
      this.#dialing ??= this.#dial().finally(() => (this.#dialing = undefined))
      await orAbort(this.#dialing, wire.signal)
    }
  }

  /** A request was not answered in time: have the connections checked. */
  suspect(): void {
    for (const session of this.#sessions) session.ping()
  }

  #free(): Http2Session | undefined {
    for (const session of this.#sessions) if (session.hasRoom) return session
    return undefined
  }

  async #dial(): Promise<void> {
    const socket = await this.#connect()
    if (this.#disposed) return void socket.destroy()
    if (socket.alpnProtocol === 'h2') {
      const session = new Http2Session(socket, `https://${authority(this.#endpoint)}`, this.#clock)
      this.#sessions.add(session)
      void session.closed.then(() => this.#sessions.delete(session))
      return
    }
    // The protocol is known now; Node's agent opens its own connections.
    socket.destroy()
    this.#http1 = http1Transport(this.#endpoint, this.#tls, this.#maxSockets)
  }

  #connect(): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
      const socket = tlsConnect({
        host: this.#endpoint.host,
        port: this.#endpoint.port,
        servername: this.#tls.serverName,
        secureContext: this.#tls.context,
        rejectUnauthorized: this.#tls.verify,
        ALPNProtocols: ['h2', 'http/1.1'],
      })
      this.#pending = socket
      const fail = (cause: unknown): void => {
        this.#pending = undefined
        deadline[Symbol.dispose]()
        socket.destroy()
        reject(new TransportError('dial', cause))
      }
      const deadline = this.#clock.setTimeout(
        () => fail(new Error(`no TLS connection within ${this.#connectMs} ms`)),
        this.#connectMs,
      )
      socket.once('error', fail)
      socket.once('close', () => fail(new Error('the server closed the connection during the TLS handshake')))
      socket.once('secureConnect', () => {
        this.#pending = undefined
        deadline[Symbol.dispose]()
        socket.removeAllListeners('error')
        socket.removeAllListeners('close')
        socket.setNoDelay(true)
        resolve(socket)
      })
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true
    // A server that never answers would keep us waiting for it until the end of its time.
    this.#pending?.destroy()
    await this.#http1?.[Symbol.asyncDispose]()
    await Promise.all([...this.#sessions].map((session) => session[Symbol.asyncDispose]()))
    await this.#dialing?.catch(() => undefined)
  }
}

export function authority(endpoint: Endpoint): string {
  const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host
  return `${host}:${endpoint.port}`
}
