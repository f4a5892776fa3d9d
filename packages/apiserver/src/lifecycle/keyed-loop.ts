import { isReason } from '@kairship/apimachinery'
import { backoffDelay } from './backoff.ts'
import type { PlaneRegistry } from '../strategy.ts'

/** What one round says about its key: done, or look again after a while. */
export type Outcome = { readonly again: number } | undefined

export interface KeyedLoopOptions {
  readonly name: string
  readonly registry: PlaneRegistry
  /** Brings the world for `key` one step nearer to what it should be; reads state afresh each time. */
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<Outcome>
  readonly concurrency?: number
}

/**
 * A small level-driven work loop for controllers that live inside a plane. A key waits once however often it is added,
 * never runs twice at a time, and failures come again with growing delays.
 */
export class KeyedLoop implements AsyncDisposable {
  readonly #options: KeyedLoopOptions
  readonly #abort = new AbortController()
  readonly #ready = new Set<string>()
  readonly #running = new Map<string, Promise<void>>()
  readonly #failures = new Map<string, number>()
  readonly #delayed = new Map<string, { readonly timer: Disposable; readonly due: number }>()
  #scheduled = false

  constructor(options: KeyedLoopOptions) {
    this.#options = options
  }

  add(key: string): void {
    if (this.#abort.signal.aborted) return
    this.#ready.add(key)
    this.#schedule()
  }

  /** Adds the key after `ms`, unless it is due sooner already. */
  addAfter(key: string, ms: number): void {
    if (this.#abort.signal.aborted) return
    if (ms <= 0) {
      this.add(key)
      return
    }
    const { clock } = this.#options.registry
    const due = clock.now() + ms
    const known = this.#delayed.get(key)
    if (known !== undefined && known.due <= due) return
    known?.timer[Symbol.dispose]()
    const timer = clock.setTimeout(
      () => {
        this.#delayed.delete(key)
        this.add(key)
      },
      ms,
      { unref: true },
    )
    this.#delayed.set(key, { timer, due })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort()
    for (const { timer } of this.#delayed.values()) timer[Symbol.dispose]()
    this.#delayed.clear()
    this.#ready.clear()
    await Promise.all(this.#running.values())
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    // A turn later, so that a burst of changes of one key is one round.
    queueMicrotask(() => {
      this.#scheduled = false
      this.#fill()
    })
  }

  #fill(): void {
    const limit = this.#options.concurrency ?? 4
    for (const key of this.#ready) {
      if (this.#running.size >= limit) return
      if (this.#running.has(key)) continue
      this.#ready.delete(key)
      this.#running.set(key, this.#run(key))
    }
  }

  async #run(key: string): Promise<void> {
    const { reconcile, name, registry } = this.#options
    try {
      const outcome = await reconcile(key, this.#abort.signal)
      this.#failures.delete(key)
      if (outcome !== undefined) this.addAfter(key, outcome.again)
    } catch (error) {
      if (!this.#abort.signal.aborted) {
        const failures = (this.#failures.get(key) ?? 0) + 1
        this.#failures.set(key, failures)
        // Losing a race is everyday; the next round reads afresh.
        if (!isReason(error, 'Conflict')) {
          const reason = error instanceof Error ? error.message : String(error)
          registry.log.warn('a plane controller will try again', { controller: name, key, failures, reason })
        }
        this.addAfter(key, backoffDelay(failures))
      }
    } finally {
      this.#running.delete(key)
      if (this.#ready.size > 0) this.#schedule()
    }
  }
}
