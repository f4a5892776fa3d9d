import {
  createMergePatch,
  deepEqual,
  isReason,
  objectKey,
  parseApiVersion,
  parseTime,
  toJson,
} from '@kairship/apimachinery'
import type { DeepReadonly, JsonObject } from '@kairship/apimachinery'
import { BindingConditions } from '@kairship/api/karmada'
import type { AggregatedStatusItem, Work } from '@kairship/api/karmada'
import type { CacheEvent } from '@kairship/client'
import { controller, Reports } from '@kairship/controller'
import type { Controller, ReconcileContext, Reconciler } from '@kairship/controller'
import { expectedClusters, targetsOf } from '../binding/targets.ts'
import type { Binding, BindingEvent, Bindings } from '../engine/bindings.ts'
import { withCondition } from '../engine/conditions.ts'
import type { EngineContext } from '../engine/context.ts'
import { joinKey } from '../engine/keys.ts'
import { aggregate, fullyApplied } from './aggregate.ts'

const CONFLICT_RETRY_MS = 5
/** How long members have to answer before a binding is said not to be applied. */
const FIRST_ANSWER_MS = 2_000

/** Gathers what the members report: from Works to their binding, from the binding to the template's own status. */
export function bindingStatusController(context: EngineContext, bindings: Bindings): Controller {
  const { activity, clock, log, settings, stores } = context
  const reports = new Reports<string>({ clock, lull: activity.reports })
  return controller<string>({
    name: bindings.scope === 'namespaced' ? 'binding-status' : 'cluster-binding-status',
    sources: [
      { start: (_enqueue, signal) => stores.synced(signal) },
      // Members answer at about the same time: one write for all of them.
      {
        start: async (enqueue, signal) => {
          const later = (key: string): void => enqueue(key, { afterMs: settings.statusBatchMs })
          const subscriptions = [
            bindings.informer.subscribe((event) => {
              if (isScheduled(event)) later(objectKey(event.object))
            }),
            stores.works.informer.subscribe((event) => {
              const key = bindings.keyOf(event.object.metadata.annotations)
              if (key === undefined || !hasNews(event)) return
              activity.reported()
              later(key)
            }),
          ]
          const stop = (): void => subscriptions.forEach((subscription) => subscription[Symbol.dispose]())
          signal.addEventListener('abort', stop, { once: true })
        },
      },
      reports,
    ],
    reconciler: new BindingStatus(context, bindings, reports),
    concurrency: 16,
    clock,
    log,
  })
}

/** Only bindings that were scheduled once have something to report. */
function isScheduled(event: BindingEvent): boolean {
  if (event.type === 'deleted' || event.object.status?.schedulerObservedGeneration === undefined) return false
  if (event.type === 'added') return true
  const { object, previous } = event
  return (
    object.spec.resource.resourceVersion !== previous.spec.resource.resourceVersion ||
    !deepEqual(object.spec.clusters, previous.spec.clusters)
  )
}

function hasNews(event: CacheEvent<Work>): boolean {
  if (event.type !== 'updated') return event.type === 'deleted'
  const { object, previous } = event
  return (
    object.metadata.deletionTimestamp !== previous.metadata.deletionTimestamp ||
    !deepEqual(object.status, previous.status)
  )
}

class BindingStatus implements Reconciler<string> {
  readonly #context: EngineContext
  readonly #bindings: Bindings
  readonly #reports: Reports<string>

  constructor(context: EngineContext, bindings: Bindings, reports: Reports<string>) {
    this.#context = context
    this.#bindings = bindings
    this.#reports = reports
  }

  async reconcile(key: string, { signal }: ReconcileContext): Promise<{ readonly requeueAfterMs: number } | void> {
    const binding = this.#bindings.get(key)
    if (binding === undefined || binding.metadata.deletionTimestamp !== undefined) return this.#reports.forget(key)
    const laterMs = this.#reports.waitMs(key)
    if (laterMs > 0) return { requeueAfterMs: laterMs }
    const id = binding.metadata.labels?.[this.#bindings.idLabel]
    const items = id ? aggregate(this.#context.stores.worksOf(id)) : []
    const waitMs = this.#graceOf(binding, items)
    if (waitMs > 0) return { requeueAfterMs: waitMs }
    try {
      await this.#writeBinding(key, binding, items)
      await this.#writeTemplate(binding, items, signal)
    } catch (error) {
      if (isReason(error, 'Conflict')) return { requeueAfterMs: CONFLICT_RETRY_MS }
      if (!isReason(error, 'NotFound')) throw error
    }
  }

  /** Right after scheduling no member has answered yet; saying so at once would only be a write more for everyone. */
  #graceOf({ status }: Binding, items: readonly DeepReadonly<AggregatedStatusItem>[]): number {
    if (status?.conditions?.some(({ type }) => type === BindingConditions.fullyApplied) === true) return 0
    if (items.some(({ applied, appliedMessage }) => applied === true || appliedMessage !== undefined)) return 0
    const scheduledAt = parseTime(status?.lastScheduledTime ?? '') ?? 0
    return Math.max(0, scheduledAt + FIRST_ANSWER_MS - this.#context.clock.now())
  }

  /** The list of conditions is shared with the scheduler, so the write holds for this version of the binding only. */
  async #writeBinding(
    key: string,
    binding: Binding,
    items: readonly DeepReadonly<AggregatedStatusItem>[],
  ): Promise<void> {
    const known = binding.status?.conditions ?? []
    const conditions = withCondition(known, fullyApplied(items, expectedClusters(binding)), this.#context.clock.now())
    const reported = binding.status?.aggregatedStatus ?? []
    const same = deepEqual(items, reported)
    if (same && conditions === known) return
    const { resourceVersion = '' } = binding.metadata
    const status: DeepReadonly<JsonObject> = { conditions, ...(same ? {} : { aggregatedStatus: items }) }
    await this.#bindings.patch(key, { metadata: { resourceVersion }, status }, 'status')
  }

  /** Kinds without a rule keep the status they have. */
  async #writeTemplate(
    binding: Binding,
    items: readonly DeepReadonly<AggregatedStatusItem>[],
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, interpreter, kinds, templates } = this.#context
    const { resource } = binding.spec
    const kind = { ...parseApiVersion(resource.apiVersion), kind: resource.kind }
    if (!interpreter.supports(kind, 'aggregateStatus')) return
    const ref = kinds.find(resource.apiVersion, resource.kind)
    if (ref === undefined) return
    const key = joinKey(resource.namespace, resource.name)
    const template = await templates.get(ref, key)
    if (template === undefined || template.metadata.uid !== resource.uid) return
    const input = { object: template, items, targets: targetsOf(binding), now: clock.now() }
    const result = await interpreter.interpret(kind, 'aggregateStatus', input, signal)
    if (result === undefined || result === template) return
    const patch = createMergePatch(toJson({ status: template['status'] ?? {} }), toJson({ status: result['status'] }))
    if (patch !== undefined) await templates.patch(ref, key, patch, 'status')
  }
}
