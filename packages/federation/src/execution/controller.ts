import { deepEqual, objectKey } from '@kairship/apimachinery'
import type { DeepReadonly, JsonObject, ResourceRef, Unstructured } from '@kairship/apimachinery'
import { Annotations, Finalizers, WorkConditions, WorkReasons, Works } from '@kairship/api/karmada'
import type { ManifestStatus, Work, WorkStatus } from '@kairship/api/karmada'
import type { CacheEvent } from '@kairship/client'
import { Blocked, controller, lowPriority, Reports } from '@kairship/controller'
import type { ReconcileContext, Reconciler, Source } from '@kairship/controller'
import type { Runnable } from '@kairship/runtime'
import { withCondition } from '../engine/conditions.ts'
import type { EngineContext } from '../engine/context.ts'
import { joinKey } from '../engine/keys.ts'
import { changeBetween } from '../manifest/changes.ts'
import type { Obj } from '../manifest/prune.ts'
import { parseManifest } from '../override/pointer.ts'
import { isReady } from '../members/member.ts'
import type { Member } from '../members/member.ts'
import type { MemberSession } from '../members/session.ts'
import { manifestStatus } from '../work-status/manifest-status.ts'
import type { WorkRouter } from '../work/router.ts'
import { applyManifest } from './apply.ts'
import type { Settled } from './apply.ts'
import { removeManifest } from './delete.ts'

type FrozenWork = DeepReadonly<Work>
type Again = { readonly requeueAfterMs: number } | void

/** Keeps one member equal to its Works and reports back. Each member has its own, so one that hangs delays no other. */
export function executionController(context: EngineContext, member: Member, router: WorkRouter): Runnable {
  const { clock, log, settings } = context
  const execution = new Execution(context, member)
  return controller<string>({
    name: 'execution',
    sources: [execution.works(router), execution.readiness(), execution.memberObjects(), execution.reports],
    reconciler: execution,
    concurrency: settings.memberConcurrency,
    clock,
    log,
  })
}

class Execution implements Reconciler<string> {
  readonly #context: EngineContext
  readonly #member: Member
  /** By Work and position of the manifest. */
  readonly #settled = new Map<string, readonly (Settled | undefined)[]>()
  readonly reports: Reports<string>

  constructor(context: EngineContext, member: Member) {
    this.#context = context
    this.#member = member
    this.reports = new Reports({ clock: context.clock, lull: context.activity.content })
  }

  works(router: WorkRouter): Source<string> {
    return {
      start: async (enqueue, signal) => {
        const registration = router.register(this.#member.namespace, (key, initial) =>
          enqueue(key, initial ? { priority: lowPriority } : {}),
        )
        signal.addEventListener('abort', () => registration[Symbol.dispose](), { once: true })
      },
    }
  }

  /** A member that comes back gets everything that waited for it. */
  readiness(): Source<string> {
    const { clusters, works } = this.#context.stores
    return {
      start: async (enqueue, signal) => {
        const all = (): void => {
          for (const work of works.informer.cache.list({ namespace: this.#member.namespace })) enqueue(objectKey(work))
        }
        const subscriptions = [
          this.#member.onRecovered(all),
          clusters.informer.subscribe((event) => {
            if (event.type !== 'updated' || event.object.metadata.name !== this.#member.name) return
            if (!isReady(event.previous) && isReady(event.object)) all()
          }),
        ]
        const stop = (): void => subscriptions.forEach((subscription) => subscription[Symbol.dispose]())
        signal.addEventListener('abort', stop, { once: true })
      },
    }
  }

  /** Changes of managed objects: drift at once, mere status in batches. */
  memberObjects(): Source<string> {
    const { statusBatchMs } = this.#context.settings
    return {
      start: async (enqueue, signal) => {
        const registration = this.#member.onObject((event) => {
          const { annotations } = event.object.metadata
          const name = annotations?.[Annotations.workName]
          if (name === undefined || annotations?.[Annotations.workNamespace] !== this.#member.namespace) return
          const key = joinKey(this.#member.namespace, name)
          enqueue(key, { afterMs: isDrift(event) ? 0 : statusBatchMs })
        })
        signal.addEventListener('abort', () => registration[Symbol.dispose](), { once: true })
      },
    }
  }

  async reconcile(key: string, { signal }: ReconcileContext): Promise<Again> {
    const work = this.#context.stores.works.get(key)
    if (work === undefined) return this.#forget(key)
    const { cluster } = this.#member
    if (cluster === undefined) return
    const terminating = cluster.metadata.deletionTimestamp !== undefined
    if (work.metadata.deletionTimestamp !== undefined) {
      if (!(work.metadata.finalizers ?? []).includes(Finalizers.execution)) return
      // Nothing is written to a member that is not ready, unless it is leaving for good.
      if (isReady(cluster)) await this.#remove(work, await this.#member.session(), signal)
      else if (!terminating) return
      return this.#finish(key, work)
    }
    if (work.spec.suspendDispatching === true)
      return this.#report(key, work, this.#statusPatch(work, { dispatching: false }))
    if (!isReady(cluster)) return
    return this.#apply(key, work, signal)
  }

  async #apply(key: string, work: FrozenWork, signal: AbortSignal): Promise<Again> {
    const { interpreter, log } = this.#context
    const session = await this.#member.session()
    const { namespace = '', name = '', uid = '', generation = 0 } = work.metadata
    const version = `${uid}/${generation}`
    const before = this.#settled.get(key) ?? []
    const manifests = (work.spec.workload?.manifests ?? []).map(parseManifest)
    const settled: (Settled | undefined)[] = []
    const statuses: DeepReadonly<ManifestStatus>[] = []
    const failures: unknown[] = []
    for (const [ordinal, manifest] of manifests.entries()) {
      const previous = work.status?.manifestStatuses?.find(({ identifier }) => identifier.ordinal === ordinal)
      try {
        const ref = await this.#refOf(session, manifest, signal)
        if (before[ordinal]?.version !== version) this.#context.activity.wrote()
        const request = { session, member: this.#member.name, ref, work: { namespace, name }, manifest, version }
        const observed = await applyManifest({ ...request, settled: before[ordinal], interpreter, signal })
        settled[ordinal] = { version, observed }
        const status = (await manifestStatus({ ordinal, ref, observed, interpreter, log, signal })) ?? previous
        if (status !== undefined) statuses.push(status)
      } catch (error) {
        if (signal.aborted) throw error
        failures.push(error)
        if (previous !== undefined) statuses.push(previous)
      }
    }
    this.#settled.set(key, settled)
    const outcome = { dispatching: true, applied: { total: manifests.length, failures }, statuses }
    const patch = this.#statusPatch(work, outcome)
    // What was written just now has more to tell in a moment: say it all at once. A crash before loses nothing.
    const waitMs = patch === undefined || failures.length > 0 ? 0 : this.reports.waitMs(key)
    if (waitMs > 0) return { requeueAfterMs: waitMs }
    await this.#report(key, work, patch)
    if (failures.length > 0)
      throw failures.length === 1 ? failures[0] : new AggregateError(failures, 'manifests failed')
  }

  /** The control plane usually serves the same kinds; otherwise the member is asked. */
  async #findRef(
    session: MemberSession,
    manifest: Obj,
    signal: AbortSignal,
  ): Promise<ResourceRef<Unstructured> | undefined> {
    const { apiVersion = '', kind = '' } = manifest
    const known = this.#context.kinds.find(apiVersion, kind) ?? session.kinds.find(apiVersion, kind)
    if (known !== undefined) return known
    await session.kinds.refresh(signal)
    return session.kinds.find(apiVersion, kind)
  }

  async #refOf(session: MemberSession, manifest: Obj, signal: AbortSignal): Promise<ResourceRef<Unstructured>> {
    const found = await this.#findRef(session, manifest, signal)
    if (found !== undefined) return found
    const { apiVersion = '', kind = '' } = manifest
    throw new Blocked(`cluster ${this.#member.name} does not serve ${apiVersion} ${kind}`)
  }

  async #remove(work: FrozenWork, session: MemberSession, signal: AbortSignal): Promise<void> {
    const { namespace = '', name = '' } = work.metadata
    const preserve = work.spec.preserveResourcesOnDeletion === true
    for (const manifest of (work.spec.workload?.manifests ?? []).map(parseManifest)) {
      // The control plane may have lost the kind already; one that the member does not serve has no objects there.
      const ref = await this.#findRef(session, manifest, signal)
      if (ref !== undefined) await removeManifest({ session, ref, work: { namespace, name }, manifest, preserve })
    }
  }

  async #finish(key: string, work: FrozenWork): Promise<void> {
    const { namespace, name = '', resourceVersion = '', finalizers = [] } = work.metadata
    const kept = finalizers.filter((finalizer) => finalizer !== Finalizers.execution)
    const patch = { metadata: { resourceVersion, finalizers: kept } }
    this.#forget(key)
    await this.#context.client.of(Works, namespace).patch(name, 'merge', patch)
  }

  #forget(key: string): void {
    this.#settled.delete(key)
    this.reports.forget(key)
  }

  /** Conditions and reflected status in one write; `undefined` when nothing changed. */
  #statusPatch(work: FrozenWork, outcome: Outcome): StatusPatch | undefined {
    const { conditions: known = [], manifestStatuses: reported = [] }: DeepReadonly<WorkStatus> = work.status ?? {}
    const now = this.#context.clock.now()
    let conditions = withCondition(known, dispatching(outcome.dispatching), now)
    if (outcome.applied !== undefined) conditions = withCondition(conditions, applied(outcome.applied), now)
    const statuses = outcome.statuses ?? reported
    const same = deepEqual(statuses, reported)
    if (conditions === known && same) return undefined
    return patchOf({
      ...(conditions === known ? {} : { conditions }),
      ...(same ? {} : { manifestStatuses: statuses }),
    })
  }

  async #report(key: string, { metadata }: FrozenWork, patch: StatusPatch | undefined): Promise<void> {
    this.reports.forget(key)
    if (patch === undefined) return
    const { namespace, name = '' } = metadata
    const works = this.#context.client.of(Works, namespace)
    await this.#context.stores.works.write(key, () => works.patch(name, 'merge', patch, { subresource: 'status' }))
  }
}

interface Outcome {
  readonly dispatching: boolean
  readonly applied?: { readonly total: number; readonly failures: readonly unknown[] }
  readonly statuses?: readonly DeepReadonly<ManifestStatus>[]
}
type StatusPatch = { readonly status: DeepReadonly<JsonObject> }

function patchOf(status: DeepReadonly<WorkStatus>): StatusPatch {
  return { status }
}

function isDrift(event: CacheEvent<Unstructured>): boolean {
  return (
    event.type === 'deleted' || (event.type === 'updated' && changeBetween(event.previous, event.object) !== 'none')
  )
}

type Fact = Parameters<typeof withCondition>[1]

function dispatching(active: boolean): Fact {
  return active
    ? {
        type: WorkConditions.dispatching,
        status: 'True',
        reason: WorkReasons.dispatching,
        message: 'Work is being dispatched',
      }
    : {
        type: WorkConditions.dispatching,
        status: 'False',
        reason: WorkReasons.suspendDispatching,
        message: 'Work dispatching is suspended',
      }
}

function applied({ total, failures }: { readonly total: number; readonly failures: readonly unknown[] }): Fact {
  if (failures.length === 0) {
    return {
      type: WorkConditions.applied,
      status: 'True',
      reason: WorkReasons.appliedSuccessful,
      message: 'Manifest has been successfully applied',
    }
  }
  const problems = failures.map((error) => (error instanceof Error ? error.message : String(error))).join(', ')
  return {
    type: WorkConditions.applied,
    status: 'False',
    reason: WorkReasons.appliedFailed,
    message: `Failed to apply all manifests (${total - failures.length}/${total}): ${problems}`,
  }
}
