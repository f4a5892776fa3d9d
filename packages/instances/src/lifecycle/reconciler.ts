import { type Condition, type DeepReadonly, type KubeObject, isReason } from '@kairship/apimachinery'
import { type Cache, type ResourceClient, edit } from '@kairship/client'
import { type ReconcileContext, type Reconciler, committer } from '@kairship/controller'
import type { Clock } from '@kairship/runtime'
import { readyFinding, recordFindings } from './conditions.ts'
import type { Desired, Finding, Progress } from './progress.ts'

/** The part of a status that the lifecycle writes. */
export type LifecycleStatus = {
  observedGeneration?: number
  endpoint?: string
  kubernetesVersion?: string
  conditions?: Condition[]
}

export interface Lifecycle<T extends KubeObject> {
  readonly finalizer: string
  /** `undefined`: not ours, leave it alone. */
  desired(object: DeepReadonly<T>): Desired | undefined
  /** Moves reality one step; idempotent, may be interrupted anywhere and called again. */
  advance(object: DeepReadonly<T>, desired: Desired, context: ReconcileContext): Promise<Progress>
  statusOf(object: DeepReadonly<T>): DeepReadonly<LifecycleStatus>
  /** The object with this status, and the phase that follows from the progress. */
  withStatus(draft: T, status: LifecycleStatus, progress: Progress, desired: Desired): T
  /** Called after the status was written. */
  settled?(object: DeepReadonly<T>, progress: Progress): void
}

const firstRetryMs = 200
const longestRetryMs = 30_000

/**
 * Level-based: reads the object, claims it with a finalizer before anything is created, moves one step, records where
 * things stand. A crash between any two awaits is continued by the next call.
 */
export class LifecycleReconciler<T extends KubeObject> implements Reconciler<string> {
  readonly #lifecycle: Lifecycle<T>
  readonly #resource: ResourceClient<T>
  readonly #cache: Cache<T>
  readonly #clock: Clock
  /** What failed last, by key, until a step succeeds. */
  readonly #failures = new Map<string, { readonly message: string; readonly count: number }>()
  readonly #commit: (before: DeepReadonly<T>, after: T) => Promise<void>

  constructor(options: {
    readonly lifecycle: Lifecycle<T>
    readonly resource: ResourceClient<T>
    readonly cache: Cache<T>
    readonly clock: Clock
  }) {
    this.#lifecycle = options.lifecycle
    this.#resource = options.resource
    this.#cache = options.cache
    this.#clock = options.clock
    this.#commit = committer<T>({ resource: () => options.resource })
  }

  async reconcile(key: string, context: ReconcileContext): Promise<{ readonly requeueAfterMs: number } | void> {
    const object = this.#cache.get(key)
    if (object === undefined) return
    const deleting = object.metadata.deletionTimestamp !== undefined
    const claimed = object.metadata.finalizers?.includes(this.#lifecycle.finalizer) === true
    const desired = deleting ? 'absent' : this.#lifecycle.desired(object)
    if (desired === undefined || (deleting && !claimed)) return
    if (!claimed) {
      const draft = edit<T>(object)
      draft.metadata.finalizers = [...(draft.metadata.finalizers ?? []), this.#lifecycle.finalizer]
      // Nothing is created before the claim is durable; its event brings us back here.
      return this.#commit(object, draft)
    }
    const progress = await this.#advance(key, object, desired, context)
    if (progress.phase === 'gone') await this.#release(key)
    else await this.#record(key, object, progress, desired)
    this.#lifecycle.settled?.(object, progress)
    return progress.recheckAfterMs === undefined ? undefined : { requeueAfterMs: progress.recheckAfterMs }
  }

  /** A step that fails is recorded where people look and tried again, ever more slowly; it is logged when it is news. */
  async #advance(key: string, object: DeepReadonly<T>, desired: Desired, context: ReconcileContext): Promise<Progress> {
    try {
      const progress = await this.#lifecycle.advance(object, desired, context)
      this.#failures.delete(key)
      const done: Finding = { type: 'Reconciled', status: 'True', reason: 'Done', message: 'the last step succeeded' }
      return { ...progress, findings: [...progress.findings, done] }
    } catch (error) {
      if (context.signal.aborted) throw error
      const message = error instanceof Error ? error.message : String(error)
      const before = this.#failures.get(key)
      const count = (before?.count ?? 0) + 1
      if (before?.message !== message) context.log.error('a step failed; it will be tried again', error, { key })
      this.#failures.set(key, { message, count })
      return {
        phase: 'blocked',
        findings: [{ type: 'Reconciled', status: 'False', reason: 'Error', message }],
        recheckAfterMs: Math.min(firstRetryMs * 2 ** Math.min(count - 1, 20), longestRetryMs),
      }
    }
  }

  async #release(key: string): Promise<void> {
    const object = await this.#resource.find(key)
    if (object === undefined) return
    const draft = edit<T>(object)
    draft.metadata.finalizers = (draft.metadata.finalizers ?? []).filter((name) => name !== this.#lifecycle.finalizer)
    try {
      await this.#commit(object, draft)
    } catch (error) {
      if (!isReason(error, 'NotFound')) throw error
    }
  }

  async #record(key: string, before: DeepReadonly<T>, progress: Progress, desired: Desired): Promise<void> {
    const object = this.#cache.get(key) ?? before
    const recorded = this.#lifecycle.statusOf(object)
    const findings = [...progress.findings, readyFinding(progress.phase, desired === 'suspended', progress.findings)]
    const generation = before.metadata.generation
    const status: LifecycleStatus = {
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      conditions: recordFindings(recorded.conditions ?? [], findings, generation, this.#clock.now()),
    }
    const endpoint = progress.endpoint ?? recorded.endpoint
    const version = progress.kubernetesVersion ?? recorded.kubernetesVersion
    if (endpoint !== undefined) status.endpoint = endpoint
    if (version !== undefined) status.kubernetesVersion = version
    await this.#commit(object, this.#lifecycle.withStatus(edit<T>(object), status, progress, desired))
  }
}
