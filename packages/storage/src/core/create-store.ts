import { deferred, type Deferred } from '@kairship/runtime'
import {
  StoreUnavailableError,
  type Batch,
  type Entry,
  type KeyRange,
  type Page,
  type Revision,
  type Store,
  type StoreEvent,
  type WriteResult,
} from '../store.ts'
import type { Backend, CommitOutcome, Known, Write } from './backend.ts'
import { defaultHistory, EventHistory, eventKey, eventRevision, type HistoryLimits } from './history.ts'
import { assertKey } from './keys.ts'
import { countAt, readAt } from './read-at.ts'
import { Watchers } from './watchers.ts'

export interface StoreOptions {
  /** The backend's last durable revision. */
  readonly revision: Revision
  readonly history?: Partial<HistoryLimits>
}

/**
 * A store on a backend: decides compare-and-swap in memory, in the order of the calls, gathers writes into commits,
 * and shows a write to watchers and readers only once it is durable.
 */
export function createStore(backend: Backend, options: StoreOptions): Store {
  return new GroupCommitStore(backend, options)
}

/** A write that is decided but not durable: later writes build on it, nobody else sees it. */
interface Pending extends Write {
  readonly previous: Known | undefined
  readonly done: Deferred<WriteResult>
}

class GroupCommitStore implements Store {
  readonly #backend: Backend
  readonly #history: EventHistory
  readonly #watchers: Watchers
  /** The newest pending write per key. */
  readonly #pending = new Map<string, Pending>()
  #queue: Pending[] = []
  #scheduled = false
  /** The commit under way, and the last revision given to a write. */
  #committing: Promise<void> | undefined
  #assigned: Revision
  #unusable: StoreUnavailableError | undefined
  #disposal: Promise<void> | undefined
  #reads = new Set<Promise<unknown>>()

  constructor(backend: Backend, options: StoreOptions) {
    this.#backend = backend
    this.#assigned = options.revision
    this.#history = new EventHistory({
      start: options.revision,
      limits: { ...defaultHistory, ...options.history },
      onForget: (event) => backend.release(eventKey(event), eventRevision(event)),
    })
    this.#watchers = new Watchers(this.#history)
  }

  read(
    range: KeyRange,
    options: { readonly at?: Revision; readonly limit?: number; readonly keysOnly?: boolean } = {},
  ): Promise<Page> {
    const { at, limit, keysOnly } = options
    const page = { ...(limit === undefined ? {} : { limit }), ...(keysOnly === undefined ? {} : { keysOnly }) }
    return this.#reading(() =>
      at === undefined
        ? this.#settled(this.#backend.read(range, page))
        : readAt(this.#history, (part, size) => this.#settled(this.#backend.read(part, size)), range, { at, ...page }),
    )
  }

  count(range: KeyRange, options: { readonly at?: Revision } = {}): Promise<number> {
    return this.#reading(async () => {
      const { at } = options
      if (at !== undefined) this.#history.assertAvailable(at)
      const now = await this.#settled(this.#backend.count(range))
      return at === undefined ? now.count : countAt(this.#history, now, range, at)
    })
  }

  create(key: string, value: Uint8Array): Promise<WriteResult> {
    try {
      assertKey(key)
    } catch (error) {
      return Promise.reject(error)
    }
    const current = this.#current(key)
    if (current === undefined) return this.#write(key, value, undefined)
    return this.#lost(key, current, () => this.create(key, value))
  }

  update(key: string, value: Uint8Array, expected: Revision): Promise<WriteResult> {
    const current = this.#current(key)
    if (current?.modRevision === expected) return this.#write(key, value, current)
    return this.#lost(key, current, () => this.update(key, value, expected))
  }

  delete(key: string, expected?: Revision): Promise<WriteResult> {
    const current = this.#current(key)
    if (current !== undefined && (expected ?? current.modRevision) === current.modRevision) {
      return this.#write(key, undefined, current)
    }
    return this.#lost(key, current, () => this.delete(key, expected))
  }

  watch(range: KeyRange, options: { readonly after: Revision; readonly signal: AbortSignal }): AsyncIterable<Batch> {
    return this.#watchers.watch(range, options.after, options.signal)
  }

  revision(): Promise<Revision> {
    return this.#reading(async () => this.#history.newest)
  }

  compact(before: Revision): Promise<Revision> {
    return this.#reading(async () => this.#history.compact(before))
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#close()
    return this.#disposal
  }

  /** What the next write of `key` must build on. */
  #current(key: string): Known | undefined {
    const pending = this.#pending.get(key)
    if (pending === undefined) return this.#backend.lookup(key)
    return pending.value === undefined ? undefined : { ...pending, modRevision: pending.revision }
  }

  #write(key: string, value: Uint8Array | undefined, previous: Known | undefined): Promise<WriteResult> {
    const unavailable = this.#unavailable()
    if (unavailable !== undefined) return unavailable
    const revision = ++this.#assigned
    const write: Pending = {
      key,
      value,
      revision,
      createRevision: previous?.createRevision ?? revision,
      wantPrevious: previous !== undefined && previous.value === undefined,
      previous,
      done: deferred<WriteResult>(),
    }
    this.#pending.set(key, write)
    this.#queue.push(write)
    this.#schedule()
    return write.done.promise
  }

  /** The answer to a writer who came too late. A winner that is not durable yet is not told before it is. */
  async #lost(key: string, current: Known | undefined, again: () => Promise<WriteResult>): Promise<WriteResult> {
    await this.#unavailable()
    await this.#pending.get(key)?.done.promise
    if (current === undefined) return { ok: false, current: undefined }
    const { createRevision, modRevision, value } = current
    if (value !== undefined) return { ok: false, current: { key, value, createRevision, modRevision } }
    const { entries } = await this.read({ start: key })
    // Deleted or changed since: the race may have another outcome now.
    return entries[0]?.modRevision === modRevision ? { ok: false, current: entries[0] } : again()
  }

  #schedule(): void {
    if (this.#scheduled || this.#committing !== undefined || this.#queue.length === 0) return
    this.#scheduled = true
    this.#backend.schedule(() => {
      this.#scheduled = false
      if (this.#committing === undefined && this.#queue.length > 0) this.#committing = this.#commit()
    })
  }

  async #commit(): Promise<void> {
    const batch = this.#queue
    this.#queue = []
    let outcome: CommitOutcome
    try {
      outcome = await this.#backend.commit(batch)
    } catch (error) {
      outcome = { ok: false, error, recoverable: false }
    }
    this.#committing = undefined
    if (outcome.ok) this.#publish(batch, outcome.previous)
    else this.#abandon(batch, outcome.error, outcome.recoverable)
    this.#schedule()
  }

  /** History first, then watchers, then writers: all in one turn, in this order. */
  #publish(batch: readonly Pending[], previous: readonly (Uint8Array | undefined)[] = []): void {
    this.#history.append(batch.map((write, index) => toEvent(write, previous[index])))
    this.#watchers.wake()
    for (const write of batch) {
      if (this.#pending.get(write.key) === write) this.#pending.delete(write.key)
      write.done.resolve({ ok: true, revision: write.revision })
    }
  }

  /** Nothing of the batch is durable, so nothing that was built on it can be either: back to the last durable state. */
  #abandon(batch: readonly Pending[], cause: unknown, recoverable: boolean): void {
    const error = new StoreUnavailableError('the store could not write', { cause })
    if (!recoverable) this.#unusable = error
    const rejected = [...batch, ...this.#queue]
    this.#queue = []
    this.#pending.clear()
    for (const write of rejected) write.done.reject(error)
  }

  /** Why writes are refused, if they are. Reads go on when only writing has failed. */
  #unavailable(): Promise<never> | undefined {
    if (this.#disposal !== undefined) return Promise.reject(new StoreUnavailableError('the store is closed'))
    return this.#unusable === undefined ? undefined : Promise.reject(this.#unusable)
  }

  #reading<T>(read: () => Promise<T>): Promise<T> {
    if (this.#disposal !== undefined) return Promise.reject(new StoreUnavailableError('the store is closed'))
    const reading = read()
    const owned = reading.then(nothing, nothing).finally(() => this.#reads.delete(owned))
    this.#reads.add(owned)
    return reading
  }

  /** Holds an answer back that contains a commit of which watchers do not know yet. */
  async #settled<T extends { readonly revision: Revision }>(reading: Promise<T>): Promise<T> {
    const answer = await reading
    while (answer.revision > this.#history.newest && this.#committing !== undefined) await this.#committing
    return answer
  }

  async #close(): Promise<void> {
    while (this.#queue.length > 0 || this.#committing !== undefined) await (this.#committing ??= this.#commit())
    this.#watchers.close()
    await Promise.all(this.#reads)
    await this.#backend.close()
  }
}

const nothing = (): void => {}

function toEvent(write: Pending, replaced: Uint8Array | undefined): StoreEvent {
  const { key, value, revision, createRevision } = write
  const previous = write.previous === undefined ? undefined : toEntry(key, write.previous, replaced)
  if (value !== undefined) {
    return { type: 'put', entry: { key, value, createRevision, modRevision: revision }, previous }
  }
  if (previous === undefined) throw new Error('a delete without anything to delete')
  return { type: 'delete', revision, previous }
}

function toEntry(key: string, known: Known, replaced: Uint8Array | undefined): Entry {
  const value = known.value ?? replaced
  if (value === undefined) throw new Error('the backend did not hand back the value that was replaced')
  return { key, value, createRevision: known.createRevision, modRevision: known.modRevision }
}
