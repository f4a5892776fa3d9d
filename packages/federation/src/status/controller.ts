import { createMergePatch, deepEqual, isReason, objectKey, parseApiVersion, toJson } from '@kairship/apimachinery'
import type { DeepReadonly, JsonObject } from '@kairship/apimachinery'
import type { AggregatedStatusItem } from '@kairship/api/karmada'
import { controller, informerSource } from '@kairship/controller'
import type { Controller, ReconcileContext, Reconciler } from '@kairship/controller'
import { expectedClusters } from '../binding/targets.ts'
import type { Binding, Bindings } from '../engine/bindings.ts'
import { withCondition } from '../engine/conditions.ts'
import type { EngineContext } from '../engine/context.ts'
import { joinKey } from '../engine/keys.ts'
import { aggregate, fullyApplied } from './aggregate.ts'

const CONFLICT_RETRY_MS = 5

/** Gathers what the members report: from Works to their binding, from the binding to the template's own status. */
export function bindingStatusController(context: EngineContext, bindings: Bindings): Controller {
  const { clock, log, settings, stores } = context
  return controller<string>({
    name: bindings.scope === 'namespaced' ? 'binding-status' : 'cluster-binding-status',
    sources: [
      { start: (_enqueue, signal) => stores.synced(signal) },
      informerSource(bindings.informer, (binding) => [objectKey(binding)], {
        when: (event) =>
          (event.type === 'added' && event.object.status?.schedulerObservedGeneration !== undefined) ||
          (event.type === 'updated' && targetsOrTemplateMoved(event.object, event.previous)),
        afterMs: settings.statusBatchMs,
      }),
      informerSource(
        stores.works.informer,
        (work) => {
          const key = bindings.keyOf(work.metadata.annotations)
          return key === undefined ? [] : [key]
        },
        {
          when: (event) =>
            event.type === 'deleted' ||
            (event.type === 'updated' &&
              (!deepEqual(event.object.status, event.previous.status) ||
                event.object.metadata.deletionTimestamp !== event.previous.metadata.deletionTimestamp)),
          // Members answer at about the same time: one write for all of them.
          afterMs: settings.statusBatchMs,
        },
      ),
    ],
    reconciler: new BindingStatus(context, bindings),
    concurrency: 16,
    clock,
    log,
  })
}

/** Only for bindings that were scheduled once: others have nothing to report. */
function targetsOrTemplateMoved(object: Binding, previous: Binding): boolean {
  return (
    object.status?.lastScheduledTime !== undefined &&
    (object.spec.resource.resourceVersion !== previous.spec.resource.resourceVersion ||
      !deepEqual(object.spec.clusters, previous.spec.clusters))
  )
}

class BindingStatus implements Reconciler<string> {
  readonly #context: EngineContext
  readonly #bindings: Bindings

  constructor(context: EngineContext, bindings: Bindings) {
    this.#context = context
    this.#bindings = bindings
  }

  async reconcile(key: string, { signal }: ReconcileContext): Promise<{ readonly requeueAfterMs: number } | void> {
    const binding = this.#bindings.get(key)
    if (binding === undefined || binding.metadata.deletionTimestamp !== undefined) return
    const id = binding.metadata.labels?.[this.#bindings.idLabel]
    const items = id ? aggregate(this.#context.stores.worksOf(id)) : []
    try {
      await this.#writeBinding(key, binding, items)
      await this.#writeTemplate(binding, items, signal)
    } catch (error) {
      if (isReason(error, 'Conflict')) return { requeueAfterMs: CONFLICT_RETRY_MS }
      if (!isReason(error, 'NotFound')) throw error
    }
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
    { spec: { resource } }: Binding,
    items: readonly DeepReadonly<AggregatedStatusItem>[],
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, interpreter, kinds, templates } = this.#context
    const kind = { ...parseApiVersion(resource.apiVersion), kind: resource.kind }
    if (!interpreter.supports(kind, 'aggregateStatus')) return
    const ref = kinds.find(resource.apiVersion, resource.kind)
    if (ref === undefined) return
    const key = joinKey(resource.namespace, resource.name)
    const template = await templates.get(ref, key)
    if (template === undefined || template.metadata.uid !== resource.uid) return
    const input = { object: template, items, now: clock.now() }
    const result = await interpreter.interpret(kind, 'aggregateStatus', input, signal)
    if (result === undefined || result === template) return
    const patch = createMergePatch(toJson({ status: template['status'] ?? {} }), toJson({ status: result['status'] }))
    if (patch !== undefined) await templates.patch(ref, key, patch, 'status')
  }
}
