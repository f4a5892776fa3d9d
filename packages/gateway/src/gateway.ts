import { failure } from '@kairship/apimachinery'
import type { Clock, Logger } from '@kairship/runtime'
import type { IncomingMessage } from 'node:http'
import { type Http2SecureServer, type ServerHttp2Session, createSecureServer } from 'node:http2'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { notServed, sendReadiness, sendStatus, sendText } from './answer.ts'
import { PeerCertificates, credentialsOf } from './credentials.ts'
import type { AnyRequest, AnyResponse, Door, DoorCredentials, Doors } from './door.ts'
import { Drain } from './drain.ts'
import { type Address, listen } from './listen.ts'
import { type Route, isWatch, routeOf } from './route.ts'

export interface ServingCertificate {
  /** PEM chain, leaf first. */
  readonly certificate: string
  readonly key: string
}

export interface GatewayOptions {
  readonly doors: Doors
  readonly serving: ServingCertificate
  readonly clock: Clock
  readonly log: Logger
  /** How long `stop` waits for ordinary requests. Default 5 s. */
  readonly drainMs?: number
}

/** As upstream: selectors in queries are long. HTTP/2 ends at 64 KiB, which Node's library fixes and clients are told. */
const headerBytes = 1 << 20

/**
 * The one HTTPS endpoint: finds the plane a path belongs to and hands it the request with what the caller showed.
 * Decides nothing about who may do what.
 */
export class Gateway implements AsyncDisposable {
  readonly #doors: Doors
  readonly #clock: Clock
  readonly #log: Logger
  readonly #server: Http2SecureServer
  readonly #drain = new Drain()
  readonly #certificates = new PeerCertificates()
  readonly #sessions = new Set<ServerHttp2Session>()
  readonly #drainMs: number
  #stopped: Promise<void> | undefined

  constructor(options: GatewayOptions) {
    this.#doors = options.doors
    this.#clock = options.clock
    this.#log = options.log
    this.#drainMs = options.drainMs ?? 5000
    // Options of HTTP/1.1 are taken too, which the types do not say. Quiet connections are kept longer than clients keep
    // them, so that nobody meets one that is just closing.
    const http1 = { keepAliveTimeout: 90_000, maxHeaderSize: headerBytes }
    this.#server = createSecureServer({
      cert: options.serving.certificate,
      key: options.serving.key,
      allowHTTP1: true,
      ...http1,
      // Every plane has its own client CA, so the handshake only proves possession of the key; the plane judges.
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      settings: { maxConcurrentStreams: 1000, initialWindowSize: 1 << 20 },
    })
    this.#server.on('request', (request, response) => void this.#serve(request, response))
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      void this.#upgrade(request, socket, head)
    })
    this.#server.on('session', (session) => {
      this.#sessions.add(session)
      session.once('close', () => this.#sessions.delete(session))
    })
    this.#server.on('connection', (socket: Socket) => this.#drain.connected(socket))
    this.#server.on('sessionError', (error) => this.#log.debug('HTTP/2 session failed', { reason: error.message }))
    this.#server.on('tlsClientError', (error) => this.#log.debug('TLS handshake failed', { reason: error.message }))
  }

  /** Starts accepting; rejects with a `ListenError` when the address cannot be used. Port 0 picks a free one. */
  async listen(address: Address): Promise<Address> {
    return listen(this.#server, address)
  }

  /** New connections use the new certificate; existing ones are not disturbed. */
  renew(serving: ServingCertificate): void {
    this.#server.setSecureContext({ cert: serving.certificate, key: serving.key })
  }

  /** Stops accepting, ends watches, lets requests finish for a bounded time, closes every connection. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const session of this.#sessions) session.close()
    await this.#drain.stop(this.#clock, this.#drainMs)
    await closed
  }

  async #serve(request: AnyRequest, response: AnyResponse): Promise<void> {
    const url = request.url ?? '/'
    await this.#drain.track(response, isWatch(url), async () => {
      try {
        await this.#dispatch(request, response, url)
      } catch (error) {
        this.#log.error('a request failed in the gateway', error)
        if (!response.headersSent) sendStatus(response, failure(500, 'InternalError', 'Internal error occurred').status)
        else response.end()
      }
    })
  }

  async #dispatch(request: AnyRequest, response: AnyResponse, url: string): Promise<void> {
    const route = routeOf(url)
    if (route.to === 'readyz') {
      if (this.#drain.draining) return sendText(response, 503, 'shutting down')
      return sendReadiness(response, this.#doors.checks(), route.verbose)
    }
    if (route.to === 'nowhere') return sendStatus(response, failure(404, 'NotFound', route.reason).status)
    const credentials = credentialsOf(request, this.#certificates)
    const found = this.#ownPlane(route, request, credentials) ?? this.#find(route)
    if (!('handle' in found)) return sendStatus(response, found.status)
    await found.handle(request, response, { prefix: route.prefix, credentials })
  }

  /**
   * `kubectl get --raw /version` and other tools drop the path of the server's address. Whoever shows a certificate of an
   * instance or member means that one: at the hub nothing but a refusal would wait. The plane verifies it as ever.
   */
  #ownPlane(route: Route, request: AnyRequest, credentials: DoorCredentials): Door | undefined {
    if (route.to !== 'hub' || credentials.clientCertificate === undefined) return undefined
    const issuer = this.#certificates.of(request)?.issuer
    return issuer === undefined ? undefined : this.#doors.issuer(issuer)
  }

  #find(route: { to: 'hub' } | { to: 'instance' | 'member'; name: string }): Door | ReturnType<typeof failure> {
    if (route.to === 'hub') {
      return this.#doors.hub() ?? failure(503, 'ServiceUnavailable', 'the hub is still starting')
    }
    if (route.to === 'instance') return this.#doors.instance(route.name) ?? notServed('instances', route.name)
    return this.#doors.member(route.name) ?? notServed('clusters', route.name)
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Uint8Array): Promise<void> {
    socket.on('error', () => socket.destroy())
    const route = routeOf(request.url ?? '/')
    const credentials = credentialsOf(request, this.#certificates)
    const found =
      route.to === 'nowhere' || route.to === 'readyz'
        ? undefined
        : (this.#ownPlane(route, request, credentials) ?? this.#find(route))
    if (found === undefined || !('upgrade' in found) || route.to === 'nowhere') {
      socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
      return
    }
    await found.upgrade(request, socket, head, { prefix: route.prefix, credentials })
  }
}
