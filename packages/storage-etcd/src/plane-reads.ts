import {
  CompactedError,
  FutureRevisionError,
  StoreUnavailableError,
  type Entry,
  type KeyRange,
  type Page,
  type Revision,
} from '@kairship/storage'
import type { Clock } from '@kairship/runtime'
import type { EtcdClient } from './client.ts'
import { isCompacted, isFuture } from './errors.ts'
import type { Feed } from './feed.ts'
import type { KeySpace } from './key-space.ts'
import { assertGoesOn, WatchCompactedError } from './watch-error.ts'
import { decodeWatch, type KeyValue, type RangeRequest, type RangeResponse, type Request } from './wire/messages.ts'

export interface ReadOptions {
  readonly at?: Revision
  readonly limit?: number
  readonly keysOnly?: boolean
}

/** Entries asked for at a time: one answer with everything would be held in memory twice, on both sides. */
const pageSize = 2_000
/** How often a read in several parts is begun again because etcd compacted its revision away meanwhile. */
const mostRestarts = 3
const compactedWithinMs = 3_000

/** What is or was below a prefix. All reads are linearizable. */
export class PlaneReads {
  readonly #client: EtcdClient
  readonly #keys: KeySpace
  readonly #feed: Feed
  readonly #clock: Clock
  #heads: { readonly running: Promise<Revision>; next: Promise<Revision> | undefined } | undefined

  constructor(options: {
    readonly client: EtcdClient
    readonly keys: KeySpace
    readonly feed: Feed
    readonly clock: Clock
  }) {
    this.#client = options.client
    this.#keys = options.keys
    this.#feed = options.feed
    this.#clock = options.clock
  }

  async count(range: KeyRange, at: Revision | undefined): Promise<number> {
    const { count } = await this.#range({ ...this.#etcdRange(range), countOnly: true }, at)
    return this.#keys.range(range) === undefined ? 0 : count
  }

  async read(range: KeyRange, options: ReadOptions): Promise<Page> {
    for (let restarts = 0; ; restarts++) {
      try {
        return await this.#readParts(range, options)
      } catch (error) {
        // Without `at` no revision was asked for: a newer one will do.
        if (options.at !== undefined || !(error instanceof CompactedError) || restarts === mostRestarts) throw error
      }
    }
  }

  async #readParts(range: KeyRange, options: ReadOptions): Promise<Page> {
    const { at, limit = Infinity, keysOnly = false } = options
    const wanted = this.#keys.range(range)
    const entries: Entry[] = []
    let rest = this.#etcdRange(range)
    let revision = at
    let etcdRevision = at
    for (;;) {
      const part = { ...rest, keysOnly, limit: Math.min(pageSize, limit - entries.length) }
      const answer: RangeResponse & { readonly head?: Revision } =
        etcdRevision === undefined ? await this.#rangeWithHead(part) : await this.#range(part, etcdRevision)
      revision ??= answer.head ?? answer.revision
      etcdRevision ??= answer.revision
      if (wanted === undefined) return { revision, entries: [], more: false }
      for (const entry of answer.entries) entries.push(this.entry(entry))
      const last = answer.entries.at(-1)
      if (!answer.more || last === undefined || entries.length >= limit) return { revision, entries, more: answer.more }
      rest = { ...rest, key: `${last.key}\u0000` }
    }
  }

  /** The newest state, and the plane's revision at that moment: writes of other planes do not count. */
  async #rangeWithHead(range: RangeRequest): Promise<RangeResponse & { readonly head?: Revision }> {
    const head: Request = { type: 'range', range: { key: this.#keys.head } }
    const { ranges, revision } = await this.#client.txn({
      compare: [],
      success: [{ type: 'range', range }, head],
      failure: [],
    })
    const [answer, heads] = ranges
    if (answer === undefined) throw new StoreUnavailableError('etcd did not answer what it was asked')
    const [entry] = heads?.entries ?? []
    return { ...answer, revision, ...(entry === undefined ? {} : { head: entry.modRevision }) }
  }

  /** With the errors of the store for revisions that cannot be read. */
  async #range(range: RangeRequest, at: Revision | undefined): Promise<RangeResponse> {
    if (at === undefined) return this.#client.range(range)
    // Before its first write etcd is at revision 1, and takes 0 for the newest.
    const revision = Math.max(1, at)
    try {
      return await this.#client.range({ ...range, revision })
    } catch (error) {
      if (isFuture(error)) throw new FutureRevisionError(at, await this.head())
      if (!isCompacted(error)) throw error
      const now = await this.#client.range({ key: this.#keys.head })
      // Only other planes have gone on: the state that was asked for is the newest one.
      if ((now.entries[0]?.modRevision ?? 0) <= at) return this.#client.range({ ...range, revision: now.revision })
      throw await this.compacted()
    }
  }

  async headAt(revision: Revision): Promise<Revision> {
    const { entries } = await this.#range({ key: this.#keys.head }, revision)
    return entries[0]?.modRevision ?? 0
  }

  /**
   * The plane's last write, whoever made it. Calls that come while one is under way share the next one, which begins
   * after all of them.
   */
  head(): Promise<Revision> {
    if (this.#heads === undefined) {
      const heads = { running: this.#readHead(), next: undefined }
      this.#heads = heads
      return heads.running
    }
    const { running } = this.#heads
    this.#heads.next ??= running.then(nothing, nothing).then(() => this.#heads?.running ?? this.head())
    return this.#heads.next
  }
  async #readHead(): Promise<Revision> {
    try {
      const { entries } = await this.#client.range({ key: this.#keys.head })
      const head = Math.max(entries[0]?.modRevision ?? 0, this.#feed.position)
      // Nobody waits for this promise, but a watch that never gets there is noticed.
      void this.#feed.reached(head)
      return head
    } finally {
      this.#heads = undefined
    }
  }

  /** etcd does not tell with a refused read how far it is compacted; a watch from the beginning does. */
  async compacted(): Promise<CompactedError> {
    const { stream } = await this.#client.watch({ ...this.#keys.all, startRevision: 1 })
    using _ = stream
    using _timer = this.#clock.setTimeout(() => stream.cancel(), compactedWithinMs)
    try {
      for await (const message of stream) assertGoesOn(decodeWatch(message))
    } catch (error) {
      if (!(error instanceof WatchCompactedError)) throw error
      return new CompactedError(Math.min(error.revision, await this.head()))
    }
    throw new StoreUnavailableError('etcd does not say how far it is compacted')
  }

  /** Where there is no key, the head, which is always readable. */
  #etcdRange(range: KeyRange): { readonly key: string; readonly end?: string } {
    return this.#keys.range(range) ?? { key: this.#keys.head }
  }
  entry({ key, value, createRevision, modRevision }: KeyValue): Entry {
    return { key: this.#keys.fromEtcd(key), value, createRevision, modRevision }
  }
}

const nothing = (): void => {}
