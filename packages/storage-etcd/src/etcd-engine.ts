import {
  errorMessage,
  silentLogger,
  systemClock,
  taskGroup,
  type Clock,
  type Logger,
  type TaskGroup,
} from '@kairship/runtime'
import { defaultHistory, StoreUnavailableError, type HistoryLimits, type Revision, type Store } from '@kairship/storage'
import { EtcdClient } from './client.ts'
import type { TlsOptions } from './connection/connection.ts'
import { isCompacted } from './errors.ts'
import { EtcdStore } from './etcd-store.ts'
import type { Head } from './event-reader.ts'
import { KeySpace } from './key-space.ts'

export interface EtcdEngineOptions {
  /** `https://host:2379`, or `host:2379` with the scheme that follows from `tls`. All of one etcd cluster. */
  readonly endpoints: readonly string[]
  readonly tls?: TlsOptions
  readonly username?: string
  readonly password?: string
  /** Default: the system's. */
  readonly clock?: Clock
  /** Default: silent. */
  readonly log?: Logger
  /** How long a call may take, with its retries, before the store is called unavailable. Default 5 s. */
  readonly timeoutMs?: number
  /** History that is older than this is given up, at times; 0 leaves it to others. Default 5 minutes. */
  readonly compactAfterMs?: number
}

export interface EtcdOpenOptions {
  /** How much of the past stays in this process's memory; etcd has the rest until it is compacted. */
  readonly history?: Partial<HistoryLimits>
  /** How long etcd may keep silent about an acknowledged write before its watch is started anew. Default 1 s. */
  readonly stallMs?: number
  /** How long a writer waits at most until watchers have seen what was acknowledged. Default 5 s. */
  readonly patienceMs?: number
}

/** The stores of one etcd cluster; they share two connections. */
export interface EtcdEngine extends AsyncDisposable {
  /**
   * The plane below `prefix`, made when there is none. Prefixes of different planes must not lie within one another; the
   * same prefix may be open any number of times, in any number of processes.
   */
  open(prefix: string, options?: EtcdOpenOptions): Promise<Store>
}

/** Disposing the engine disposes its stores. */
export function createEtcdEngine(options: EtcdEngineOptions): EtcdEngine {
  return new Engine(options)
}

/** One plane on etcd, with connections of its own. */
export async function openEtcdStore(
  options: EtcdEngineOptions & EtcdOpenOptions & { readonly prefix: string },
): Promise<Store> {
  const engine = new Engine(options)
  try {
    return await engine.open(options.prefix, options, () => engine.stop())
  } catch (error) {
    await engine.stop()
    throw error
  }
}

class Engine implements EtcdEngine {
  readonly #client: EtcdClient
  readonly #clock: Clock
  readonly #log: Logger
  readonly #timeoutMs: number
  readonly #stores = new Map<EtcdStore, KeySpace>()
  readonly #tasks: TaskGroup
  #introduced = false
  #disposal: Promise<void> | undefined

  constructor(options: EtcdEngineOptions) {
    const { clock = systemClock(), log = silentLogger(), timeoutMs = 5_000, compactAfterMs = 5 * 60_000 } = options
    this.#clock = clock
    this.#log = log
    this.#timeoutMs = timeoutMs
    this.#client = new EtcdClient({ ...options, tls: options.tls, clock, log, timeoutMs })
    this.#tasks = taskGroup({ name: 'etcd', log })
    if (compactAfterMs > 0) this.#tasks.run('compaction', (signal) => this.#compact(compactAfterMs, signal))
  }

  async open(prefix: string, options: EtcdOpenOptions = {}, onClosed?: () => Promise<void>): Promise<Store> {
    if (this.#disposal !== undefined) throw new StoreUnavailableError('the engine is closed')
    const keys = new KeySpace(prefix)
    await this.#introduce()
    const { stallMs = 1_000, patienceMs = 5_000 } = options
    const store: EtcdStore = new EtcdStore({
      ...(await this.#ensureHead(keys)),
      client: this.#client,
      keys,
      clock: this.#clock,
      log: this.#log.with({ prefix }),
      history: { ...defaultHistory, ...options.history },
      waiters: { stallMs, patienceMs },
      onClosed: async () => {
        this.#stores.delete(store)
        await onClosed?.()
      },
    })
    this.#stores.set(store, keys)
    try {
      await this.#started(store)
      return store
    } catch (error) {
      await store[Symbol.asyncDispose]()
      throw error
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#close()
    return this.#disposal
  }

  /** Ends everything but the stores. */
  async stop(): Promise<void> {
    await this.#tasks[Symbol.asyncDispose]()
    this.#client[Symbol.dispose]()
  }

  async #close(): Promise<void> {
    await Promise.all(Array.from(this.#stores.keys(), (store) => store[Symbol.asyncDispose]()))
    await this.stop()
  }

  /** Says once which etcd this is and what is wrong with it. */
  async #introduce(): Promise<void> {
    if (this.#introduced) return
    const { version, errors } = await this.#client.status()
    this.#introduced = true
    this.#log.info('using etcd', { version })
    for (const problem of errors) this.#log.warn('etcd reports a problem', { problem })
  }

  async #ensureHead(keys: KeySpace): Promise<{ readonly head: Head; readonly revision: Revision }> {
    const { succeeded, revision, ranges } = await this.#client.txn({
      compare: [{ key: keys.head, target: 'absent' }],
      success: [{ type: 'put', key: keys.head, value: new Uint8Array(0) }],
      failure: [{ type: 'range', range: { key: keys.head } }],
    })
    const found = ranges[0]?.entries[0]
    if (!succeeded && found === undefined) throw new StoreUnavailableError('etcd contradicts itself about a key')
    const { modRevision = revision, version = 1 } = found ?? {}
    return { head: { revision: modRevision, version }, revision }
  }

  async #started(store: EtcdStore): Promise<void> {
    const late = Promise.withResolvers<never>()
    const error = new StoreUnavailableError('etcd does not let this plane be watched')
    using _ = this.#clock.setTimeout(() => late.reject(error), this.#timeoutMs)
    await Promise.race([store.started, late.promise])
  }

  /** Gives up what was history one round ago already. Any number of processes may do so: nobody gives up more. */
  async #compact(everyMs: number, signal: AbortSignal): Promise<void> {
    let before: Revision | undefined
    for (;;) {
      await this.#clock.sleep(everyMs, signal)
      const [keys] = this.#stores.values()
      if (keys === undefined) continue
      try {
        if (before !== undefined) await this.#client.compact(before).catch(unlessCompacted)
        before = (await this.#client.range({ key: keys.head, countOnly: true })).revision
      } catch (error) {
        this.#log.warn('the history of etcd could not be compacted', { reason: errorMessage(error) })
      }
    }
  }
}

function unlessCompacted(error: unknown): void {
  if (!isCompacted(error)) throw error
}
