import { isReason, objectKey } from '@kairship/apimachinery'
import type { DeepReadonly } from '@kairship/apimachinery'
import { Annotations, Works } from '@kairship/api/karmada'
import type { OverridePolicy, Work } from '@kairship/api/karmada'
import type { Informer } from '@kairship/client'
import { controller, informerSource } from '@kairship/controller'
import type { Controller, ReconcileContext, Reconciler, Source } from '@kairship/controller'
import type { Binding, Bindings } from '../engine/bindings.ts'
import type { EngineContext } from '../engine/context.ts'
import { joinKey } from '../engine/keys.ts'
import type { Obj } from '../manifest/prune.ts'
import { clusterOfExecutionNamespace } from '../names/names.ts'
import { overridePrecision } from '../override/policies.ts'
import type { AppliedOverride } from '../override/policies.ts'
import { writeWork } from '../work/work.ts'
import { memberManifest } from './manifest.ts'
import { expectedClusters, purgedDirectly, targetsOf } from './targets.ts'
import type { Target } from './targets.ts'

/** While old copies are being purged nothing new is written; looked at again after this long. */
const PURGE_POLL_MS = 5_000

/** Keeps one Work for each target of each binding. */
export function bindingController(context: EngineContext, bindings: Bindings): Controller {
  const { clock, log, stores } = context
  return controller<string>({
    name: bindings.scope === 'namespaced' ? 'binding' : 'cluster-binding',
    sources: [
      { start: (_enqueue, signal) => stores.synced(signal) },
      informerSource(bindings.informer, (binding) => [objectKey(binding)], {
        when: (event) =>
          event.type === 'added' ||
          (event.type === 'updated' &&
            (event.object.metadata.generation !== event.previous.metadata.generation ||
              event.object.metadata.deletionTimestamp !== event.previous.metadata.deletionTimestamp)),
      }),
      // A Work that somebody deleted is made again; one that came after its binding went is removed.
      informerSource(stores.works.informer, (work) => keysOf(bindings, work), {
        when: (event) => event.type === 'deleted' || (event.type === 'added' && bindings.isGone(event.object)),
      }),
      overrideSource(context, bindings, stores.clusterOverridePolicies),
      ...(bindings.scope === 'namespaced' ? [overrideSource(context, bindings, stores.overridePolicies)] : []),
    ],
    reconciler: new BindingReconciler(context, bindings),
    concurrency: 32,
    clock,
    log,
  })
}

function keysOf(bindings: Bindings, work: DeepReadonly<Work>): readonly string[] {
  const key = bindings.keyOf(work.metadata.annotations)
  return key === undefined ? [] : [key]
}

/** Every change of an override policy re-examines the bindings whose template it selects. */
function overrideSource(
  context: EngineContext,
  bindings: Bindings,
  informer: Informer<OverridePolicy>,
): Source<string> {
  return informerSource(
    informer,
    function* ({ metadata, spec }) {
      for (const binding of bindings.list()) {
        const { apiVersion, kind, namespace, name } = binding.spec.resource
        if (metadata.namespace !== undefined && metadata.namespace !== namespace) continue
        const ref = context.kinds.find(apiVersion, kind)
        const template = ref === undefined ? undefined : context.templates.of(ref).get(joinKey(namespace, name))
        // A template that is not known yet cannot be told apart: examine its binding.
        if (template === undefined || overridePrecision(template, spec) > 0) yield objectKey(binding)
      }
    },
    { when: (event) => !(event.type === 'added' && event.initial) },
  )
}

class BindingReconciler implements Reconciler<string> {
  readonly #context: EngineContext
  readonly #bindings: Bindings

  constructor(context: EngineContext, bindings: Bindings) {
    this.#context = context
    this.#bindings = bindings
  }

  async reconcile(key: string, { signal }: ReconcileContext): Promise<{ readonly requeueAfterMs: number } | void> {
    const binding = this.#bindings.get(key)
    if (binding === undefined) return this.#sweep(key)
    if (binding.metadata.deletionTimestamp !== undefined) return this.#cleanUp(key, binding)
    const works = this.#works(binding)
    const expected = expectedClusters(binding)
    await this.#delete(works.filter((work) => !expected.has(clusterOf(work))))
    const purged = purgedDirectly(binding)
    if (works.some((work) => purged.has(clusterOf(work)))) return { requeueAfterMs: PURGE_POLL_MS }
    const targets = targetsOf(binding)
    if (targets.length === 0) return
    const template = await this.#template(binding)
    if (template === undefined || template.metadata.deletionTimestamp !== undefined) return
    await this.#writeAll(binding, template, targets, signal)
  }

  #works(binding: Binding): readonly DeepReadonly<Work>[] {
    const id = binding.metadata.labels?.[this.#bindings.idLabel]
    return id ? [...this.#context.stores.worksOf(id)] : []
  }

  /** The binding goes at once; each member's copy goes with its Work. */
  async #cleanUp(key: string, binding: Binding): Promise<void> {
    await this.#delete(this.#works(binding))
    const finalizers = binding.metadata.finalizers ?? []
    if (!finalizers.includes(this.#bindings.finalizer)) return
    const kept = finalizers.filter((name) => name !== this.#bindings.finalizer)
    const { resourceVersion = '' } = binding.metadata
    await this.#bindings.patch(key, { metadata: { resourceVersion, finalizers: kept } })
  }

  /** Works that were written while their binding was going. Asks the server: a cache may only be behind. */
  async #sweep(key: string): Promise<void> {
    const left = [...this.#context.stores.worksOfKey(this.#bindings.scope, key)]
    const abandoned = left.filter((work) => work.metadata.deletionTimestamp === undefined)
    if (abandoned.length === 0 || (await this.#bindings.exists(key))) return
    await this.#delete(abandoned)
  }

  async #delete(works: readonly DeepReadonly<Work>[]): Promise<void> {
    await Promise.all(
      works
        .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
        .map(({ metadata }) => deleteWork(this.#context, metadata.namespace ?? '', metadata.name ?? '')),
    )
  }

  async #template({ spec: { resource } }: Binding): Promise<Obj | undefined> {
    const ref = this.#context.kinds.find(resource.apiVersion, resource.kind)
    if (ref === undefined) throw new Error(`${resource.apiVersion} ${resource.kind} is not served`)
    const template = await this.#context.templates.get(ref, joinKey(resource.namespace, resource.name))
    // One that was made again under the same name gets a binding of its own.
    return template?.metadata.uid === resource.uid ? template : undefined
  }

  /** A member whose overrides fail does not keep the others from their copy. */
  async #writeAll(binding: Binding, template: Obj, targets: readonly Target[], signal: AbortSignal): Promise<void> {
    const results = await Promise.allSettled(targets.map((target) => this.#write(binding, template, target, signal)))
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    if (failures.length === 1) throw failures[0]
    if (failures.length > 1) throw new AggregateError(failures, `${failures.length} works could not be written`)
  }

  async #write(binding: Binding, template: Obj, target: Target, signal: AbortSignal): Promise<void> {
    const { interpreter, stores } = this.#context
    const cluster = stores.clusters.get(target.name)
    // It left, or is leaving; the scheduler will say so.
    if (cluster === undefined || cluster.metadata.deletionTimestamp !== undefined) return
    const request = { template, binding, bindings: this.#bindings, target, cluster }
    const manifest = await memberManifest(request, stores, interpreter, signal)
    const { suspension, preserveResourcesOnDeletion } = binding.spec
    const suspended =
      suspension?.dispatching === true ||
      suspension?.dispatchingOnClusters?.clusterNames?.includes(target.name) === true
    await writeWork(this.#context, {
      cluster: target.name,
      template: {
        kind: template.kind ?? '',
        name: template.metadata.name ?? '',
        namespace: template.metadata.namespace,
      },
      manifest: manifest.object,
      labels: { [this.#bindings.idLabel]: binding.metadata.labels?.[this.#bindings.idLabel] ?? '' },
      annotations: {
        ...this.#bindings.annotations(binding),
        [Annotations.conflictResolution]: manifest.conflictResolution,
        ...recorded(Annotations.appliedOverrides, manifest.overrides),
        ...recorded(Annotations.appliedClusterOverrides, manifest.clusterOverrides),
      },
      suspendDispatching: suspended,
      preserveResourcesOnDeletion,
    })
  }
}

function recorded(annotation: string, applied: readonly AppliedOverride[]): { readonly [key: string]: string | null } {
  return { [annotation]: applied.length === 0 ? null : JSON.stringify(applied) }
}

function clusterOf(work: DeepReadonly<Work>): string {
  return clusterOfExecutionNamespace(work.metadata.namespace) ?? ''
}

async function deleteWork(context: EngineContext, namespace: string, name: string): Promise<void> {
  try {
    await context.client.of(Works, namespace).delete(name)
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error
  }
}
