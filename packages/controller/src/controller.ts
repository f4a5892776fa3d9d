import { ApiError, ConnectionError } from '@kairship/apimachinery'
import type { Backoff, Clock, Logger } from '@kairship/runtime'
import type { Controller, Lease, Reconciler, Source, WorkQueue } from './contracts.ts'
import { workQueue } from './queue/work-queue.ts'

/** Thrown by a reconciler when trying again cannot help before something changes. Logged, not retried. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError'
}

/**
 * Thrown by a reconciler that waits for something out of its reach, such as a namespace that another controller makes or a
 * person's decision. Tried again like a failure, but nothing that whoever reads the log must know of.
 */
export class Blocked extends Error {
  override readonly name = 'Blocked'
}

/** What became of one reconciliation, for metrics and tests. */
export interface Outcome {
  readonly controller: string
  readonly result: 'done' | 'requeued' | 'retried' | 'terminal'
  readonly durationMs: number
}

export interface ControllerOptions<K> {
  readonly name: string
  readonly sources: readonly Source<K>[]
  readonly reconciler: Reconciler<K>
  /** When two keys are the same; keys that are strings need none. */
  readonly identity?: (key: K) => string
  /** Keys worked on at a time. Default 4. */
  readonly concurrency?: number
  readonly clock: Clock
  readonly log: Logger
  /** Default true: runs only in the process that holds the lease. */
  readonly needsLeadership?: boolean
  readonly backoff?: Backoff
  readonly onOutcome?: (outcome: Outcome) => void
}

/**
 * Sources feed a queue, workers take keys from it. Workers begin when every source has enqueued what exists now, so that
 * the first reconciliation sees a complete picture.
 */
export function controller<K>(options: ControllerOptions<K>): Controller {
  const { name } = options
  return {
    name,
    needsLeadership: options.needsLeadership ?? true,
    run: (signal) => new ControllerRun(options).run(signal),
  }
}

const UNANSWERED_AGAIN_MS = 60_000

class ControllerRun<K> {
  readonly #options: ControllerOptions<K>
  readonly #log: Logger
  /** When it was last said that a server does not answer. */
  #unansweredAt = -Infinity

  constructor(options: ControllerOptions<K>) {
    this.#options = options
    this.#log = options.log.with({ controller: options.name })
  }

  async run(outer: AbortSignal): Promise<void> {
    const { sources, clock, concurrency = 4, backoff } = this.#options
    const stop = new AbortController()
    const follow = (): void => stop.abort(outer.reason)
    if (outer.aborted) return
    outer.addEventListener('abort', follow, { once: true })
    const identity = this.#options.identity ?? String
    await using queue = workQueue<K>({ identity, clock, ...(backoff === undefined ? {} : { backoff }) })
    const { signal } = stop
    try {
      const add: WorkQueue<K>['add'] = (key, options) => queue.add(key, options)
      await Promise.all(sources.map((source) => source.start(add, signal)))
      this.#log.debug('controller started', { waiting: queue.length })
      await Promise.all(Array.from({ length: concurrency }, () => this.#work(queue, signal)))
    } catch (error) {
      if (!outer.aborted) throw error
    } finally {
      outer.removeEventListener('abort', follow)
      // Also after a failure: sources must let go of their informers.
      stop.abort(outer.reason)
    }
  }

  async #work(queue: WorkQueue<K>, signal: AbortSignal): Promise<void> {
    for (;;) {
      using lease = await queue.lease(signal)
      if (lease === undefined) return
      await this.#reconcile(lease, queue, signal)
    }
  }

  async #reconcile(lease: Lease<K>, queue: WorkQueue<K>, signal: AbortSignal): Promise<void> {
    const { clock, reconciler, onOutcome, name } = this.#options
    const started = clock.now()
    let result: Outcome['result'] = 'done'
    try {
      const after = await reconciler.reconcile(lease.key, { signal, log: this.#log })
      if (after !== undefined) {
        result = 'requeued'
        queue.add(lease.key, { afterMs: after.requeueAfterMs })
      }
    } catch (error) {
      if (signal.aborted) return
      result = error instanceof TerminalError ? 'terminal' : 'retried'
      this.#report(error, lease)
      if (result === 'retried') lease.retry()
    }
    onOutcome?.({ controller: name, result, durationMs: clock.now() - started })
  }

  #report(error: unknown, lease: Lease<K>): void {
    const fields = { key: (this.#options.identity ?? String)(lease.key), attempt: lease.attempt }
    // Somebody else wrote first: the ordinary way of things among controllers, gone with the next try.
    if (error instanceof ApiError && error.reason === 'Conflict') return this.#log.debug('conflict, will retry', fields)
    if (error instanceof TerminalError) return this.#log.error('reconciliation failed', error, fields)
    const problem = error instanceof Error ? error.message : String(error)
    if (error instanceof Blocked) {
      if (lease.attempt === 0) return this.#log.info('waiting', { ...fields, problem })
      return this.#log.debug('still waiting', { ...fields, problem })
    }
    if (error instanceof ConnectionError) return this.#reportUnanswered({ ...fields, problem })
    if (!isNews(lease.attempt)) return this.#log.info('reconciliation failed, will retry', { ...fields, problem })
    // Where a refusal was met in our code tells nothing about why a server refused.
    if (error instanceof ApiError) return this.#log.warn('reconciliation fails', { ...fields, problem })
    this.#log.error('reconciliation fails', error, fields)
  }

  /** A server that does not answer is one problem, not one of each key. */
  #reportUnanswered(fields: { readonly key: string; readonly attempt: number; readonly problem: string }): void {
    const now = this.#options.clock.now()
    const silent = now - this.#unansweredAt < UNANSWERED_AGAIN_MS
    if (silent || fields.attempt < 3) return this.#log.debug('a server does not answer', fields)
    this.#unansweredAt = now
    this.#log.warn('a server does not answer; what it is needed for waits', fields)
  }
}

/** The first failures often pass by themselves; what goes on failing is said ever more rarely: 3, 6, 12, 24 … */
function isNews(attempt: number): boolean {
  return attempt >= 3 && Number.isInteger(Math.log2(attempt / 3))
}
