import { taskGroup, type Clock, type Logger, type TaskGroup } from '@kairship/runtime'
import {
  StoreUnavailableError,
  type Batch,
  type HistoryLimits,
  type KeyRange,
  type Page,
  type Revision,
  type Store,
  type WriteResult,
} from '@kairship/storage'
import type { EtcdClient } from './client.ts'
import { isCompacted, isFull } from './errors.ts'
import type { Head } from './event-reader.ts'
import { Feed } from './feed.ts'
import type { KeySpace } from './key-space.ts'
import { OwnValues } from './own-values.ts'
import { PlaneReads, type ReadOptions } from './plane-reads.ts'
import { replay } from './replay.ts'
import { Turns } from './turns.ts'
import type { Compare, Request, TxnResponse } from './wire/messages.ts'

export interface EtcdStoreOptions {
  readonly client: EtcdClient
  readonly keys: KeySpace
  readonly clock: Clock
  readonly log: Logger
  readonly history: HistoryLimits
  readonly waiters: { readonly stallMs: number; readonly patienceMs: number }
  readonly head: Head
  readonly revision: Revision
  readonly onClosed: () => Promise<void>
}

const empty = new Uint8Array(0)
/** How often a stalled watch is looked for when nobody writes here. */
const checkEveryMs = 30_000
/** A plane below a prefix of etcd. */
export class EtcdStore implements Store {
  readonly shared = true
  readonly #client: EtcdClient
  readonly #keys: KeySpace
  readonly #feed: Feed
  readonly #reads: PlaneReads
  readonly #own = new OwnValues()
  readonly #turns = new Turns()
  readonly #tasks: TaskGroup
  readonly #clock: Clock
  readonly #underWay = new Set<Promise<unknown>>()
  readonly #onClosed: () => Promise<void>
  #floor: Revision
  #disposal: Promise<void> | undefined

  constructor(options: EtcdStoreOptions) {
    this.#client = options.client
    this.#keys = options.keys
    this.#clock = options.clock
    this.#onClosed = options.onClosed
    this.#floor = options.head.revision
    this.#feed = new Feed({ ...options, own: this.#own })
    this.#reads = new PlaneReads({ ...options, feed: this.#feed })
    this.#tasks = taskGroup({ name: 'etcd store', log: options.log })
    this.#tasks.run('watch', (signal) => this.#feed.run(signal))
    this.#tasks.run('check', (signal) => this.#check(signal))
  }

  get fresh(): boolean {
    return this.#feed.isConnected
  }

  /** Resolves when the store sees what happens in etcd. */
  get started(): Promise<void> {
    return this.#feed.started
  }

  read(range: KeyRange, options: ReadOptions = {}): Promise<Page> {
    return this.#during(() => this.#reads.read(range, options))
  }

  count(range: KeyRange, options: { readonly at?: Revision } = {}): Promise<number> {
    return this.#during(() => this.#reads.count(range, options.at))
  }

  create(key: string, value: Uint8Array): Promise<WriteResult> {
    return this.#write(key, value, (at) => ({ key: at, target: 'absent' }))
  }
  update(key: string, value: Uint8Array, expected: Revision): Promise<WriteResult> {
    // etcd takes 0 for the revision of a key that does not exist.
    return this.#write(key, value, (at) => ({ key: at, target: 'mod', equals: expected > 0 ? expected : impossible }))
  }
  delete(key: string, expected?: Revision): Promise<WriteResult> {
    if (expected === undefined) return this.#write(key, undefined, (at) => ({ key: at, target: 'exists' }))
    return this.#write(key, undefined, (at) => ({
      key: at,
      target: 'mod',
      equals: expected > 0 ? expected : impossible,
    }))
  }

  watch(range: KeyRange, options: { readonly after: Revision; readonly signal: AbortSignal }): AsyncIterable<Batch> {
    const { after, signal } = options
    const inMemory = after >= this.#feed.oldest || signal.aborted || this.#disposal !== undefined
    if (inMemory) return this.#feed.watch(range, after, signal)
    return replay({
      client: this.#client,
      keys: this.#keys,
      feed: this.#feed,
      range,
      after,
      signal,
      closed: this.#tasks.signal,
      headAt: (revision) => this.#reads.headAt(revision),
      compacted: () => this.#reads.compacted(),
    })
  }

  revision(): Promise<Revision> {
    return this.#during(() => this.#reads.head())
  }

  compact(before: Revision): Promise<Revision> {
    return this.#during(async () => {
      const to = Math.min(before, await this.#reads.head())
      let oldest = to
      if (to > 0) {
        try {
          await this.#client.compact(to)
        } catch (error) {
          if (!isCompacted(error)) throw error
          oldest = (await this.#reads.compacted()).oldest
        }
      }
      this.#floor = Math.max(this.#floor, oldest)
      this.#feed.compact(this.#floor)
      return this.#floor
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#close()
    return this.#disposal
  }

  async #close(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay)
    this.#feed.close()
    await this.#tasks[Symbol.asyncDispose]()
    await this.#onClosed()
  }

  /** Decided by etcd in one transaction, which hands the winner to a loser. Done when this store's watchers were told. */
  #write(key: string, value: Uint8Array | undefined, condition: (key: string) => Compare): Promise<WriteResult> {
    return this.#during(() => {
      const at = this.#keys.toEtcd(key)
      if (value !== undefined) this.#own.add(key, value)
      const change: Request = value === undefined ? { type: 'delete', key: at } : { type: 'put', key: at, value }
      const head: Request = { type: 'put', key: this.#keys.head, value: empty }
      const txn = (...success: readonly Request[]): Promise<TxnResponse> =>
        this.#client.txn({ compare: [condition(at)], success, failure: [{ type: 'range', range: { key: at } }] })
      const write = async (): Promise<WriteResult> => {
        const { succeeded, revision, ranges } = await txn(change, head).catch((error: unknown) => {
          // A full etcd takes deletes, which make room, but no head with them: replicas learn of it from their watches.
          if (value === undefined && isFull(error)) return txn(change)
          throw error
        })
        if (succeeded) return { ok: true, revision }
        const current = ranges[0]?.entries[0]
        return { ok: false, current: current && this.#reads.entry(current) }
      }
      return this.#settled(key, value, this.#turns.take(key, write))
    })
  }
  async #settled(key: string, value: Uint8Array | undefined, writing: Promise<WriteResult>): Promise<WriteResult> {
    try {
      const result = await writing
      if (result.ok) await this.#feed.reached(result.revision)
      return result
    } finally {
      if (value !== undefined) this.#own.remove(key, value)
    }
  }

  async #check(signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#clock.sleep(checkEveryMs, signal)
      await this.#reads.head().catch(nothing)
    }
  }

  #during<T>(work: () => Promise<T>): Promise<T> {
    if (this.#disposal !== undefined) return Promise.reject(new StoreUnavailableError('the store is closed'))
    const working = begin(work)
    const owned = working.then(nothing, nothing).finally(() => this.#underWay.delete(owned))
    this.#underWay.add(owned)
    return working
  }
}

/** No key will ever have it. */
const impossible = Number.MAX_SAFE_INTEGER
const nothing = (): void => {}

function begin<T>(work: () => Promise<T>): Promise<T> {
  try {
    return work()
  } catch (error) {
    return Promise.reject(error)
  }
}
