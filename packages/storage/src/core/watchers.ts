import { deferred, type Deferred } from '@kairship/runtime'
import { CompactedError, everything, type Batch, type KeyRange, type Revision } from '../store.ts'
import type { EventHistory } from './history.ts'

/**
 * Everyone who watches one history. A watcher has no queue of its own, only a place in the history: a slow one costs
 * no memory, and when the history has moved past its place it ends with `CompactedError`.
 */
export class Watchers {
  readonly #history: EventHistory
  readonly #watchers = new Set<Watcher>()
  #closed = false

  constructor(history: EventHistory) {
    this.#history = history
  }

  watch(range: KeyRange, after: Revision, signal: AbortSignal): AsyncIterable<Batch> {
    const watcher = new Watcher(this.#history, range, after, signal, () => this.#watchers.delete(watcher))
    if (this.#closed) watcher.close()
    else this.#watchers.add(watcher)
    return watcher
  }

  /** Gives the events appended since the last call to everyone who waits for them. */
  wake(): void {
    for (const watcher of this.#watchers) watcher.wake()
  }

  close(): void {
    this.#closed = true
    for (const watcher of this.#watchers) watcher.close()
    this.#watchers.clear()
  }

  /** Ends everyone with `CompactedError`: the history they follow is void, and another one begins at `oldest`. */
  expire(oldest: Revision): void {
    for (const watcher of this.#watchers) watcher.expire(new CompactedError(oldest))
    this.#watchers.clear()
  }
}

// Written by hand rather than as a generator: a generator adds turns between an event and its reader, and writers
// would see their promise resolve before watchers see the write.
class Watcher implements AsyncIterableIterator<Batch> {
  readonly #history: EventHistory
  readonly #range: KeyRange | undefined
  readonly #signal: AbortSignal
  readonly #onEnd: () => void
  readonly #onAbort = (): void => this.#end()
  #after: Revision
  #waiting: Deferred<IteratorResult<Batch, undefined>> | undefined
  #closing = false
  #ended = false
  #expired: CompactedError | undefined

  constructor(history: EventHistory, range: KeyRange, after: Revision, signal: AbortSignal, onEnd: () => void) {
    this.#history = history
    this.#range = range.start === everything.start && range.end === everything.end ? undefined : range
    this.#after = after
    this.#signal = signal
    this.#onEnd = onEnd
    if (signal.aborted) this.#ended = true
    else signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Batch> {
    return this
  }

  next(): Promise<IteratorResult<Batch, undefined>> {
    if (this.#waiting !== undefined) return Promise.reject(new TypeError('a watch has one reader at a time'))
    if (this.#ended) return Promise.resolve({ done: true, value: undefined })
    if (this.#expired !== undefined) {
      this.#end()
      return Promise.reject(this.#expired)
    }
    if (this.#after < this.#history.oldest) {
      this.#end()
      return Promise.reject(new CompactedError(this.#history.oldest))
    }
    if (this.#after < this.#history.newest) return Promise.resolve(this.#take())
    if (this.#closing) {
      this.#end()
      return Promise.resolve({ done: true, value: undefined })
    }
    this.#waiting = deferred<IteratorResult<Batch, undefined>>()
    return this.#waiting.promise
  }

  return(): Promise<IteratorResult<Batch, undefined>> {
    this.#end()
    return Promise.resolve({ done: true, value: undefined })
  }

  wake(): void {
    if (this.#waiting === undefined || this.#after >= this.#history.newest) return
    const waiting = this.#waiting
    this.#waiting = undefined
    if (this.#after >= this.#history.oldest) {
      waiting.resolve(this.#take())
    } else {
      this.#end()
      waiting.reject(new CompactedError(this.#history.oldest))
    }
  }

  /** No more events will come; what is there can still be taken. */
  close(): void {
    this.#closing = true
    if (this.#waiting !== undefined) this.#end()
  }

  expire(error: CompactedError): void {
    this.#expired = error
    const waiting = this.#waiting
    if (waiting === undefined) return
    this.#waiting = undefined
    this.#end()
    waiting.reject(error)
  }

  #take(): IteratorResult<Batch, undefined> {
    const events = this.#history.after(this.#after, this.#range)
    this.#after = this.#history.newest
    return { done: false, value: { revision: this.#after, events } }
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#signal.removeEventListener('abort', this.#onAbort)
    this.#onEnd()
    this.#waiting?.resolve({ done: true, value: undefined })
    this.#waiting = undefined
  }
}
