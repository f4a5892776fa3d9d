import { errors } from '@kairship/apimachinery'
import type { Clock } from '@kairship/runtime'
import type { InstalledResource } from '../strategy.ts'
import { type Observed, observe } from './change.ts'
import type { Item, View } from './item.ts'
import type { PlaneCache } from './plane-cache.ts'
import type { ResourceCache } from './resource-cache.ts'

export interface Bookmark {
  readonly type: 'BOOKMARK'
  readonly revision: number
  readonly initialEventsEnd: boolean
}

export interface WatchStreamOptions {
  readonly plane: PlaneCache
  readonly cache: ResourceCache
  readonly installed: InstalledResource
  readonly range: { readonly start: string; readonly end: string | undefined }
  readonly matches: (view: View) => boolean
  /** Events after this revision; `undefined` first tells the state as ADDED events. */
  readonly after: number | undefined
  /** Mark the end of the initial events with a bookmark. */
  readonly markInitialEnd: boolean
  readonly bookmarks: boolean
  readonly timeoutMs: number
  readonly clock: Clock
  /** Has items converted that cannot be seen in the watched version yet; `undefined` when all can. */
  readonly convert?: (items: readonly Item[]) => Promise<void> | undefined
}

const bookmarkEveryMs = 60_000

/**
 * One watcher's place in a resource's history. It is read when its consumer has room; `onReady` says that there is
 * something to read. Falling off the end of the history ends it with 410 (I3).
 */
export class WatchStream implements Disposable {
  readonly installed: InstalledResource
  readonly #options: WatchStreamOptions
  readonly #generation: number
  readonly #disposables: Disposable[] = []
  #initial: readonly Item[]
  #initialAt = 0
  #position: number
  #floor: number
  #seen: number
  #markDue: boolean
  #bookmarkDue = false
  #finished = false
  #disposed = false
  #converting = false
  #failure: unknown
  onReady: () => void = () => undefined

  constructor(options: WatchStreamOptions) {
    this.#options = options
    this.installed = options.installed
    const { plane, cache, after, clock } = options
    this.#generation = cache.generation
    this.#seen = after ?? plane.revision
    this.#floor = after ?? 0
    this.#initial = []
    this.#position = cache.end
    if (after === undefined) {
      const { start, end } = options.range
      this.#initial = [...cache.items.range(start, end)].map(([, item]) => item)
    } else if (after < cache.floor) {
      // Positions before the oldest change: the first read says that it is gone.
      this.#position = cache.begin - 1
    } else this.#position = cache.after(after)
    this.#markDue = options.markInitialEnd
    this.#disposables.push(
      cache.onChange(() => this.onReady()),
      clock.setTimeout(() => this.finish(), options.timeoutMs, { unref: true }),
    )
    if (options.bookmarks) this.#scheduleBookmark()
  }

  /** No more events will come once everything has been read. */
  get ended(): boolean {
    return this.#disposed || this.#finished
  }

  /** Ends the stream cleanly when `signal` aborts. */
  endWith(signal: AbortSignal): void {
    const end = (): void => this.finish()
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
    this.#disposables.push({ [Symbol.dispose]: () => signal.removeEventListener('abort', end) })
  }

  /** Ends the stream cleanly (timeout, resource removed, server closing). */
  finish(): void {
    if (this.#finished) return
    this.#finished = true
    this.#bookmarkDue = this.#options.bookmarks
    this.onReady()
  }

  /** What has become visible since the last call, at most about `limit`; nothing means: wait for `onReady`. */
  read(limit: number): readonly (Observed | Bookmark)[] {
    const out: (Observed | Bookmark)[] = []
    if (this.#disposed) return out
    const { cache, installed, matches, range, plane } = this.#options
    if (this.#failure !== undefined) throw this.#failure
    if (this.#waits()) return out
    for (; this.#initialAt < this.#initial.length && out.length < limit; this.#initialAt++) {
      const view = this.#initial[this.#initialAt]?.view(installed)
      if (view !== undefined && matches(view)) out.push({ type: 'ADDED', view, shared: undefined })
    }
    if (this.#initialAt < this.#initial.length) return out
    this.#initial = []
    this.#initialAt = 0
    if (this.#markDue) {
      this.#markDue = false
      out.push({ type: 'BOOKMARK', revision: this.#seen, initialEventsEnd: true })
    }
    if (this.#generation !== cache.generation || this.#position < cache.begin) {
      throw errors.expired(`too old resource version: ${this.#seen} (${cache.floor})`)
    }
    for (; this.#position < cache.end && out.length < limit; this.#position++) {
      const change = cache.at(this.#position)
      if (change === undefined || change.revision <= this.#floor) continue
      this.#seen = change.revision
      if (change.key < range.start || (range.end !== undefined && change.key >= range.end)) continue
      const observed = observe(change, installed, matches)
      if (observed !== undefined) out.push(observed)
    }
    if (this.#position === cache.end) {
      this.#seen = Math.max(this.#seen, plane.revision)
      if (this.#bookmarkDue) {
        this.#bookmarkDue = false
        out.push({ type: 'BOOKMARK', revision: this.#seen, initialEventsEnd: false })
      }
    }
    return out
  }

  /** True while what comes next is being converted; `onReady` follows. */
  #waits(): boolean {
    const { cache, convert, installed, range } = this.#options
    if (convert === undefined || installed.strategy.convertAll === undefined) return false
    if (this.#converting) return true
    const items: Item[] = this.#initial.slice(this.#initialAt)
    for (let at = this.#position; at < cache.end; at++) {
      const change = cache.at(at)
      if (change === undefined || change.key < range.start || (range.end !== undefined && change.key >= range.end))
        continue
      for (const item of [change.item, change.previous]) if (item !== undefined) items.push(item)
    }
    const converting = convert(items)
    if (converting === undefined) return false
    this.#converting = true
    void converting
      .catch((error: unknown) => (this.#failure = error))
      .finally(() => {
        this.#converting = false
        this.onReady()
      })
    return true
  }

  [Symbol.dispose](): void {
    this.#disposed = true
    this.onReady = () => undefined
    for (const disposable of this.#disposables.splice(0)) disposable[Symbol.dispose]()
  }

  #scheduleBookmark(): void {
    const timer = this.#options.clock.setTimeout(
      () => {
        this.#disposables.splice(this.#disposables.indexOf(timer), 1)
        this.#bookmarkDue = true
        if (!this.ended) this.#scheduleBookmark()
        this.onReady()
      },
      bookmarkEveryMs,
      { unref: true },
    )
    this.#disposables.push(timer)
  }
}
