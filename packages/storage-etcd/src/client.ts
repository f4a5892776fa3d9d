import { exponentialBackoff, orAbort, semaphore, type Clock, type Logger } from '@kairship/runtime'
import type { Connection, Metadata } from './connection/connection.ts'
import { grpcCode, GrpcError } from './connection/grpc-error.ts'
import type { GrpcStream } from './connection/grpc-stream.ts'
import { Pool, type PoolOptions } from './connection/pool.ts'
import { isRetriable, isUnauthenticated, storeError } from './errors.ts'
import {
  decodeAuthenticate,
  decodeNothing,
  decodeRange,
  decodeStatus,
  decodeTxn,
  encodeAuthenticate,
  encodeCompaction,
  encodeRange,
  encodeTxn,
  encodeWatchCreate,
  type RangeRequest,
  type RangeResponse,
  type StatusResponse,
  type TxnRequest,
  type TxnResponse,
  type WatchRequest,
} from './wire/messages.ts'

export interface ClientOptions extends PoolOptions {
  readonly username?: string
  readonly password?: string
  /** How long a call may take, with all its retries. */
  readonly timeoutMs: number
}

interface Call<T> {
  readonly method: string
  readonly message: Uint8Array
  readonly decode: (bytes: Uint8Array) => T
  /** Doing it twice is the same as doing it once. */
  readonly idempotent: boolean
}

const shortestAttemptMs = 1_000
/** Calls under way at a time. More only wait in etcd, where their time runs. */
const mostCalls = 400

/** etcd's calls, with failover, retries where they are safe, and authentication. Throws `StoreUnavailableError`. */
export class EtcdClient implements Disposable {
  readonly #clock: Clock
  readonly #log: Logger
  readonly #options: ClientOptions
  readonly #pool: Pool
  /** Watches have a connection of their own: large answers to reads must not hold events up. */
  readonly #watchPool: Pool
  readonly #backoff = exponentialBackoff({ baseMs: 20, capMs: 500 })
  readonly #places = semaphore(mostCalls)
  #token: Promise<string> | undefined

  constructor(options: ClientOptions) {
    this.#options = options
    this.#clock = options.clock
    this.#log = options.log
    this.#pool = new Pool(options)
    this.#watchPool = new Pool(options)
  }

  /** Linearizable: shows every write that was acknowledged before the call. */
  range(request: RangeRequest): Promise<RangeResponse> {
    const message = encodeRange(request)
    return this.#call({ method: '/etcdserverpb.KV/Range', message, decode: decodeRange, idempotent: true })
  }

  txn(request: TxnRequest): Promise<TxnResponse> {
    const idempotent = [...request.success, ...request.failure].every(({ type }) => type === 'range')
    return this.#call({ method: '/etcdserverpb.KV/Txn', message: encodeTxn(request), decode: decodeTxn, idempotent })
  }

  async compact(revision: number): Promise<void> {
    const message = encodeCompaction(revision)
    await this.#call({ method: '/etcdserverpb.KV/Compact', message, decode: decodeNothing, idempotent: true })
  }

  status(): Promise<StatusResponse> {
    const message = new Uint8Array(0)
    return this.#call({ method: '/etcdserverpb.Maintenance/Status', message, decode: decodeStatus, idempotent: true })
  }

  /** One watch on a stream of its own. `failed` says that the member is of no use. */
  async watch(
    request: WatchRequest,
  ): Promise<{ readonly stream: GrpcStream; readonly failed: (error: unknown) => void }> {
    const connection = await this.#watchPool.get()
    const stream = connection.stream('/etcdserverpb.Watch/Watch', await this.#metadata())
    stream.write(encodeWatchCreate(request))
    return { stream, failed: (error) => this.#watchFailed(connection, error) }
  }

  [Symbol.dispose](): void {
    this.#pool[Symbol.dispose]()
    this.#watchPool[Symbol.dispose]()
  }

  async #call<T>(call: Call<T>): Promise<T> {
    using _place = await this.#places.acquire()
    const { timeoutMs } = this.#options
    const deadline = new AbortController()
    // Made only when it is needed: errors are dear.
    const onLate = (): void => {
      const doubt = call.idempotent ? '' : '; whether it was done is not known'
      deadline.abort(
        new GrpcError(grpcCode.deadlineExceeded, `no answer within ${timeoutMs} ms${doubt}`, { sent: true }),
      )
    }
    using _ = this.#clock.setTimeout(onLate, timeoutMs)
    try {
      return call.decode(await this.#attempts(call, deadline.signal))
    } catch (failure) {
      throw storeError(failure)
    }
  }

  async #attempts(call: Call<unknown>, deadline: AbortSignal): Promise<Buffer> {
    let authenticated = false
    let last: unknown
    for (let attempt = 0; ; attempt++) {
      let connection: Connection | undefined
      const token = this.#token
      try {
        connection = await orAbort(this.#pool.get(), deadline)
        return await this.#attempt(connection, call, deadline)
      } catch (error) {
        if (deadline.aborted) {
          // A member that does not answer in time may be cut off from the others.
          if (connection !== undefined) this.#pool.failed(connection)
          throw connection === undefined ? (last ?? error) : error
        }
        if (!(error instanceof GrpcError)) throw error
        last = error
        if (connection !== undefined && error.code === grpcCode.unavailable) this.#pool.failed(connection)
        if (isUnauthenticated(error) && this.#options.username !== undefined && !authenticated) {
          authenticated = true
          if (this.#token === token) this.#token = undefined
        } else if (isRetriable(error, call.idempotent)) {
          if (connection !== undefined) this.#pool.failed(connection)
          // The first retry goes to another member at once, if there is one.
          if (attempt + 1 >= this.#pool.size) await this.#pause(attempt, deadline, error)
        } else {
          throw error
        }
      }
    }
  }

  async #pause(attempt: number, deadline: AbortSignal, error: GrpcError): Promise<void> {
    await this.#clock.sleep(this.#backoff(attempt), deadline).catch(() => Promise.reject(error))
  }

  /** A read does not wait for one member for as long as there are others to ask. */
  async #attempt(connection: Connection, call: Call<unknown>, deadline: AbortSignal): Promise<Buffer> {
    const { method, message } = call
    if (!call.idempotent || this.#pool.size === 1) {
      return connection.unary(method, message, await this.#metadata(), deadline)
    }
    const attemptMs = Math.max(shortestAttemptMs, this.#options.timeoutMs / (this.#pool.size + 1))
    const slow = new AbortController()
    const onSlow = (): void =>
      slow.abort(new GrpcError(grpcCode.deadlineExceeded, `${connection.endpoint} does not answer`, { sent: true }))
    using _ = this.#clock.setTimeout(onSlow, attemptMs)
    return await connection.unary(method, message, await this.#metadata(), AbortSignal.any([deadline, slow.signal]))
  }

  /** A member without a leader shall say so instead of letting callers and watchers wait. */
  async #metadata(): Promise<Metadata> {
    const { username, password = '' } = this.#options
    if (username === undefined) return withLeader
    this.#token ??= this.#authenticate(username, password)
    try {
      return { ...withLeader, token: await this.#token }
    } catch (error) {
      this.#token = undefined
      throw error
    }
  }

  async #authenticate(username: string, password: string): Promise<string> {
    const connection = await this.#pool.get()
    const timeout = new AbortController()
    const error = new GrpcError(grpcCode.unavailable, 'signing in takes too long', { sent: false })
    using _ = this.#clock.setTimeout(() => timeout.abort(error), this.#options.timeoutMs)
    const message = encodeAuthenticate(username, password)
    this.#log.debug('signing in to etcd', { username })
    const answer = await connection.unary('/etcdserverpb.Auth/Authenticate', message, withLeader, timeout.signal)
    return decodeAuthenticate(answer)
  }

  #watchFailed(connection: Connection, error: unknown): void {
    if (error instanceof GrpcError && isUnauthenticated(error)) this.#token = undefined
    else this.#watchPool.failed(connection)
  }
}

const withLeader: Metadata = { hasleader: 'true' }
