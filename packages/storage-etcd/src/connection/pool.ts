import type { Clock, Logger } from '@kairship/runtime'
import { Connection, type TlsOptions } from './connection.ts'
import { grpcCode, GrpcError } from './grpc-error.ts'

export interface PoolOptions {
  readonly endpoints: readonly string[]
  readonly tls: TlsOptions | undefined
  readonly clock: Clock
  readonly log: Logger
}

const connectMs = 3_000

/** The connection to whichever member works; one at a time. */
export class Pool implements Disposable {
  readonly #options: PoolOptions
  readonly #endpoints: readonly string[]
  readonly #closing = new AbortController()
  #current: Connection | undefined
  #connecting: Promise<Connection> | undefined
  /** Index of the endpoint to try first. */
  #next = 0

  constructor(options: PoolOptions) {
    if (options.endpoints.length === 0) throw new TypeError('no endpoints of etcd are given')
    this.#options = options
    this.#endpoints = options.endpoints.map((endpoint) => parseEndpoint(endpoint, options.tls !== undefined))
  }

  get size(): number {
    return this.#endpoints.length
  }

  /** Tries every endpoint once; rejects with a `GrpcError` when none can be reached. */
  get(): Promise<Connection> {
    if (this.#current?.usable === true) return Promise.resolve(this.#current)
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined
    })
    return this.#connecting
  }

  /** The member behind this connection does not do its work: the next call goes to another one. */
  failed(connection: Connection): void {
    if (this.#current !== connection) return
    this.#current = undefined
    this.#next = (this.#endpoints.indexOf(connection.endpoint) + 1) % this.#endpoints.length
    connection.retire()
  }

  [Symbol.dispose](): void {
    this.#closing.abort(new GrpcError(grpcCode.cancelled, 'the client is closed', { sent: false }))
    this.#current?.close()
  }

  async #connect(): Promise<Connection> {
    const { tls, clock, log } = this.#options
    const failures: string[] = []
    for (let tried = 0; tried < this.#endpoints.length && !this.#closing.signal.aborted; tried++) {
      const index = (this.#next + tried) % this.#endpoints.length
      const endpoint = this.#endpoints[index] ?? ''
      const timeout = new AbortController()
      using _ = clock.setTimeout(() => timeout.abort(new Error(`no answer within ${connectMs} ms`)), connectMs)
      try {
        const signal = AbortSignal.any([timeout.signal, this.#closing.signal])
        const connection = await Connection.open({ endpoint, tls, clock }, signal)
        if (this.#closing.signal.aborted) connection.close()
        else this.#current = connection
        this.#next = index
        log.debug('connected to etcd', { endpoint })
        return connection
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error))
      }
    }
    throw new GrpcError(grpcCode.unavailable, failures.join('; ') || 'the client is closed', { sent: false })
  }
}

/** `host:port` with the scheme that follows from whether TLS is configured. */
function parseEndpoint(endpoint: string, tls: boolean): string {
  const text = endpoint.includes('://') ? endpoint : `${tls ? 'https' : 'http'}://${endpoint}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new TypeError(`not an endpoint of etcd: ${endpoint}`)
  }
  return url.origin
}
