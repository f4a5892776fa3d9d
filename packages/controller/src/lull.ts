import type { Clock } from '@kairship/runtime'
import type { Source, WorkQueue } from './contracts.ts'

export interface LullOptions {
  readonly clock: Clock
  /** It is quiet when nothing was noted for so long. */
  readonly quietMs: number
  /** The longest that a report waits for it to become quiet. */
  readonly maxMs: number
}

/**
 * Tells work from news about it. While objects are being made, reports on them wait: they would be outdated by the next
 * change and hold up the work. When it becomes quiet they are all due at once, so that each object is reported on once.
 * A process that is late with its timers has work to do, and is not quiet either.
 */
export class Lull implements Disposable {
  readonly #options: LullOptions
  readonly #listeners = new Set<() => void>()
  #noted = -Infinity
  /** Waits for the quiet; absent while it is quiet. */
  #timer: Disposable | undefined

  constructor(options: LullOptions) {
    this.#options = options
  }

  /** Something is written that others will report on, now or in `aheadMs`. */
  note(aheadMs = 0): void {
    const { clock, quietMs } = this.#options
    this.#noted = Math.max(this.#noted, clock.now() + aheadMs)
    if (this.#timer === undefined) this.#lookIn(aheadMs + quietMs)
  }

  /** How long a report on what changed at `since` waits unless it becomes quiet before; 0 when it is quiet. */
  waitMs(since: number): number {
    const { clock, maxMs } = this.#options
    return this.#timer === undefined ? 0 : Math.max(0, since + maxMs - clock.now())
  }

  /** `listener` is called each time that it has become quiet. */
  onQuiet(listener: () => void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) }
  }

  #lookIn(ms: number): void {
    const { clock } = this.#options
    const due = clock.now() + ms
    this.#timer = clock.setTimeout(() => this.#look(due), ms, { unref: true })
  }

  #look(due: number): void {
    const { clock, quietMs } = this.#options
    const now = clock.now()
    if (now - due > quietMs / 4) return this.#lookIn(quietMs)
    const leftMs = this.#noted + quietMs - now
    if (leftMs > 0) return this.#lookIn(leftMs)
    this.#timer = undefined
    for (const listener of this.#listeners) listener()
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
    this.#listeners.clear()
  }
}

/** The keys of one controller that have something to report; a source, which enqueues them when it becomes quiet. */
export class Reports<K> implements Source<K> {
  readonly #clock: Clock
  readonly #lull: Lull
  /** Since when a key has news. */
  readonly #since = new Map<K, number>()

  constructor(options: { readonly clock: Clock; readonly lull: Lull }) {
    this.#clock = options.clock
    this.#lull = options.lull
  }

  /** Asked when there is news: 0 = report now; else the key is to be requeued after so long, if it does not come before. */
  waitMs(key: K): number {
    const since = this.#since.get(key) ?? this.#clock.now()
    const waitMs = this.#lull.waitMs(since)
    if (waitMs > 0) this.#since.set(key, since)
    else this.#since.delete(key)
    return waitMs
  }

  /** There is nothing to report any more. */
  forget(key: K): void {
    this.#since.delete(key)
  }

  async start(enqueue: WorkQueue<K>['add'], signal: AbortSignal): Promise<void> {
    const subscription = this.#lull.onQuiet(() => {
      for (const key of this.#since.keys()) enqueue(key)
    })
    if (signal.aborted) return subscription[Symbol.dispose]()
    signal.addEventListener('abort', () => subscription[Symbol.dispose](), { once: true })
  }
}
