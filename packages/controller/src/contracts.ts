import type { DeepReadonly, KubeObject } from '@kairship/apimachinery'
import type { Logger, Runnable } from '@kairship/runtime'

/** Fair, deduplicating; one worker per key at a time; a key added while being processed runs again afterwards. */
export interface WorkQueue<K> extends AsyncDisposable {
  /** Keeps the highest priority and the smallest delay when the key is already waiting. Higher priority first. */
  add(key: K, options?: { readonly afterMs?: number; readonly priority?: number }): void
  /** Resolves with `undefined` once drained and closed or when `signal` aborts. */
  lease(signal: AbortSignal): Promise<Lease<K> | undefined>
  readonly length: number
}

/** Disposing returns the key: `using lease = …` makes "you must call Done" impossible to forget. */
export interface Lease<K> extends Disposable {
  readonly key: K
  /** How many times in a row this key has been retried. */
  readonly attempt: number
  /** Adds the key again, after `afterMs` or with per-key exponential backoff. */
  retry(options?: { readonly afterMs?: number }): void
}

export interface ReconcileContext {
  readonly signal: AbortSignal
  readonly log: Logger
}

/**
 * Level-based and idempotent: reads state, decides, writes. Throwing retries with backoff; a `TerminalError` is logged
 * and not retried.
 */
export interface Reconciler<K> {
  reconcile(key: K, context: ReconcileContext): Promise<{ readonly requeueAfterMs: number } | void>
}

/** Feeds keys into a queue. `start` resolves once everything that exists now has been enqueued. */
export interface Source<K> {
  start(enqueue: WorkQueue<K>['add'], signal: AbortSignal): Promise<void>
}

export interface Controller extends Runnable {
  readonly needsLeadership: boolean
}

export type StepResult = 'continue' | 'stop' | { readonly requeueAfterMs: number }
/** One small part of a reconciliation; edits the draft, never writes. */
export interface Step<Draft> {
  readonly name: string
  run(draft: Draft, context: ReconcileContext): Promise<StepResult> | StepResult
}

/** Writes the difference between `before` and `after`: metadata/spec or status, never both in one call (I7). */
export type Commit<T extends KubeObject> = (before: DeepReadonly<T>, after: T) => Promise<void>
