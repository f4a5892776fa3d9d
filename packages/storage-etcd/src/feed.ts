import { errorMessage, exponentialBackoff, type Clock, type Logger } from '@kairship/runtime'
import {
  EventHistory,
  Watchers,
  type Batch,
  type Entry,
  type HistoryLimits,
  type KeyRange,
  type Revision,
  type StoreEvent,
} from '@kairship/storage'
import type { EtcdClient } from './client.ts'
import type { GrpcStream } from './connection/grpc-stream.ts'
import { isCompacted, isFuture } from './errors.ts'
import { EventReader, LostEventsError, LostPreviousError, type Head } from './event-reader.ts'
import type { KeySpace } from './key-space.ts'
import type { OwnValues } from './own-values.ts'
import { Waiters } from './waiters.ts'
import { assertGoesOn, WatchCompactedError } from './watch-error.ts'
import { decodeWatch } from './wire/messages.ts'

export interface FeedOptions {
  readonly client: EtcdClient
  readonly keys: KeySpace
  readonly own: OwnValues
  readonly clock: Clock
  readonly log: Logger
  readonly history: HistoryLimits
  readonly waiters: { readonly stallMs: number; readonly patienceMs: number }
  /** The head when the store was opened, and etcd's revision at that moment. */
  readonly head: Head
  readonly revision: Revision
}

const mostTries = 3

/**
 * The one watch of a plane: everything that happens below its prefix, in order, whoever did it. What came last stays in
 * memory, and the store's own watchers follow that. After a lost connection it goes on where it was, once it has made
 * sure that etcd's history is still the one it knows.
 */
export class Feed {
  readonly #options: FeedOptions
  readonly #log: Logger
  readonly #backoff = exponentialBackoff({ baseMs: 20, capMs: 2_000 })
  readonly #waiters: Waiters
  readonly #started = Promise.withResolvers<void>()
  #history: EventHistory
  #watchers: Watchers
  #reader: EventReader
  #closed = false
  #stream: GrpcStream | undefined
  #stalled = false
  #connected = false
  /** How often the watch from here has failed for a reason that a new watch may heal. */
  #tries = { position: 0, count: 0 }

  constructor(options: FeedOptions) {
    this.#options = options
    this.#log = options.log
    this.#history = this.#newHistory(options.head.revision)
    this.#watchers = new Watchers(this.#history)
    this.#reader = this.#newReader(options.head)
    this.#waiters = new Waiters({ ...options.waiters, clock: options.clock, onStall: () => this.#onStall() })
    this.#started.promise.catch(() => {})
  }

  /** Resolves when the watch works for the first time. */
  get started(): Promise<void> {
    return this.#started.promise
  }
  get isConnected(): boolean {
    return this.#connected
  }
  get position(): Revision {
    return this.#reader.position
  }
  /** Watches from here on need nothing but this feed. */
  get oldest(): Revision {
    return this.#history.oldest
  }

  watch(range: KeyRange, after: Revision, signal: AbortSignal): AsyncIterable<Batch> {
    return this.#watchers.watch(range, after, signal)
  }

  /**
   * Resolves when everybody who watches has been told of `revision`, which is that of a write of this plane. When etcd
   * keeps silent about it the watch is started anew, and in the end the wait is given up.
   */
  reached(revision: Revision): Promise<void> | undefined {
    return revision <= this.position ? undefined : this.#waiters.add(revision)
  }

  /** What was before `oldest` is forgotten. */
  compact(oldest: Revision): void {
    this.#history.compact(oldest)
  }

  /** Watchers get what is there already, then end. */
  close(): void {
    this.#closed = true
    this.#watchers.close()
    this.#waiters.releaseAll()
  }

  /** Follows etcd until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    let start: Revision | undefined = this.#options.revision + 1
    let failures = 0
    while (!signal.aborted) {
      try {
        start ??= await this.#resume(0)
        await this.#follow(start, signal, () => (failures = 0))
        start = undefined
      } catch (error) {
        if (signal.aborted) return
        this.#log.warn('the watch of etcd broke', { reason: errorMessage(error), position: this.position, failures })
        await this.#options.clock.sleep(this.#backoff(failures++), signal).catch(() => undefined)
        start = await this.#recover(error, start).catch(() => undefined)
      }
    }
  }

  async #follow(start: Revision, signal: AbortSignal, onCreated: () => void): Promise<void> {
    const { stream, failed } = await this.#options.client.watch({ ...this.#options.keys.all, startRevision: start })
    const onAbort = (): void => stream.cancel()
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
    this.#stream = stream
    this.#stalled = false
    this.#reader.restart()
    try {
      for await (const message of stream) {
        const response = decodeWatch(message)
        assertGoesOn(response)
        if (response.created) {
          onCreated()
          this.#connected = true
          this.#started.resolve()
        } else if (response.events.length > 0) this.#publish(this.#reader.read(response))
      }
      if (this.#stalled) throw new Error('etcd does not tell of writes that it has acknowledged')
    } catch (error) {
      if (!(error instanceof WatchCompactedError)) failed(error)
      throw error
    } finally {
      this.#stream = undefined
      this.#connected = false
      stream.cancel()
      signal.removeEventListener('abort', onAbort)
    }
  }

  /** History first, then watchers, then those who wait: all in one turn, in this order. */
  #publish(events: readonly StoreEvent[]): void {
    this.#history.append(events)
    this.#history.advance(this.position)
    this.#watchers.wake()
    this.#waiters.release(this.position)
  }

  /** Where to go on after a watch that began at `start`; `undefined` to find out when etcd answers again. */
  async #recover(error: unknown, start: Revision | undefined): Promise<Revision | undefined> {
    if (error instanceof WatchCompactedError) return this.#resume(error.revision)
    if (!(error instanceof LostEventsError) && !(error instanceof LostPreviousError)) return undefined
    // From the store itself instead of from what it happens to send: it usually has what it did not tell.
    const count = this.#tries.position === this.position ? this.#tries.count + 1 : 1
    this.#tries = { position: this.position, count }
    return count < mostTries && start !== undefined && start <= this.position ? this.position : this.#resume(Infinity)
  }

  /**
   * The revision from which to watch, when etcd's history begins at `oldest`. When what is needed cannot be had any more,
   * or is not what it was (etcd was restored from a backup), all watchers are told so and a new history begins.
   */
  async #resume(oldest: Revision): Promise<Revision> {
    const { client, keys } = this.#options
    const now = await client.range({ key: keys.head })
    const [entry] = now.entries
    const { modRevision = now.revision, version = 0 } = entry ?? {}
    const head = this.#reader.head
    const isKept = oldest <= this.position
    // Nothing was written since: what is gone was of other planes.
    if (modRevision === head?.revision && version === head.version) return isKept ? this.position : now.revision + 1
    if (isKept && head !== undefined && (await this.#isHistory(head))) return this.position
    // What is left may still be all there was: the first event tells.
    if (!isKept && modRevision >= oldest) return oldest
    const fields = { position: this.position, revision: modRevision }
    this.#log.warn('the history of etcd is lost; everything has to be read again', fields)
    this.#begin({ revision: modRevision, version })
    return now.revision + 1
  }

  /** Whether etcd's state at our position is the one we know, as far as it can tell. */
  async #isHistory(head: Head): Promise<boolean> {
    try {
      const { client, keys } = this.#options
      const [then] = (await client.range({ key: keys.head, revision: this.position })).entries
      return then?.modRevision === head.revision && then.version === head.version
    } catch (error) {
      // The watch will say how far it is compacted.
      if (isCompacted(error)) return true
      if (isFuture(error)) return false
      throw error
    }
  }

  #begin(head: Head): void {
    const watchers = this.#watchers
    this.#history = this.#newHistory(head.revision)
    this.#watchers = new Watchers(this.#history)
    this.#reader = this.#newReader(head)
    if (this.#closed) this.#watchers.close()
    watchers.expire(head.revision)
    this.#waiters.releaseAll()
  }

  #onStall(): void {
    this.#stalled = true
    this.#stream?.cancel()
  }

  #newHistory(start: Revision): EventHistory {
    return new EventHistory({ start, limits: this.#options.history, onForget: () => {} })
  }
  #newReader(head: Head): EventReader {
    const { keys, own } = this.#options
    return new EventReader({
      keys,
      head,
      position: head.revision,
      before: (key) => this.#latest(key),
      instance: (key, value) => own.instance(key, value),
    })
  }
  #latest(key: string): Entry | undefined {
    const event = this.#history.latest(key)
    return event?.type === 'put' ? event.entry : undefined
  }
}
