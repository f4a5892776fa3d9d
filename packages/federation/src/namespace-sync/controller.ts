import { objectKey } from '@kairship/apimachinery'
import type { DeepReadonly, Unstructured } from '@kairship/apimachinery'
import { Annotations, Labels } from '@kairship/api/karmada'
import type { Namespace } from '@kairship/api/builtin'
import type { Cluster } from '@kairship/api/karmada'
import { controller, informerSource, ownKey } from '@kairship/controller'
import type { Controller, Reconciler } from '@kairship/controller'
import { PropagationScope } from '../detector/scope.ts'
import type { EngineContext } from '../engine/context.ts'
import { changeBetween } from '../manifest/changes.ts'
import { overrideObject } from '../override/policies.ts'
import { clusterOfExecutionNamespace, executionNamespace } from '../names/names.ts'
import { writeWork } from '../work/work.ts'

/** Every user namespace exists in every member, whatever the policies say (T-23). */
export function namespaceController(context: EngineContext): Controller {
  const { clock, log, settings, stores } = context
  const scope = new PropagationScope(settings.skippedNamespaces, [])
  const all = function* (): Iterable<string> {
    for (const namespace of stores.namespaces.cache.list()) yield objectKey(namespace)
  }
  return controller<string>({
    name: 'namespace-sync',
    sources: [
      { start: (_enqueue, signal) => stores.synced(signal) },
      informerSource(stores.namespaces, ownKey, {
        when: (event) =>
          event.type === 'added' ||
          (event.type === 'updated' && changeBetween(asObject(event.previous), asObject(event.object)) !== 'none'),
      }),
      // A member that joins needs them all, once it and the namespace for its Works are there.
      informerSource(stores.clusters.informer, all, {
        when: (event) => event.type === 'added' && !event.initial,
      }),
      informerSource(stores.namespaces, all, {
        when: (event) => event.type === 'added' && !event.initial && isExecutionSpace(event.object),
      }),
      informerSource(stores.clusterOverridePolicies, all, {
        when: (event) => !(event.type === 'added' && event.initial),
      }),
    ],
    reconciler: new NamespaceSync(context, scope),
    concurrency: 8,
    clock,
    log,
  })
}

function isExecutionSpace({ metadata }: DeepReadonly<Namespace>): boolean {
  return clusterOfExecutionNamespace(metadata.name) !== undefined
}

class NamespaceSync implements Reconciler<string> {
  readonly #context: EngineContext
  readonly #scope: PropagationScope

  constructor(context: EngineContext, scope: PropagationScope) {
    this.#context = context
    this.#scope = scope
  }

  async reconcile(name: string): Promise<void> {
    const { stores } = this.#context
    const namespace = stores.namespaces.cache.get(name)
    if (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined) return
    if (name === 'default' || !this.#scope.allowsNamespace(name)) return
    if (namespace.metadata.labels?.[Labels.skipAutoPropagation]?.toLowerCase() === 'true') return
    const clusters = [...stores.clusters.informer.cache.list()].filter(
      ({ metadata }) =>
        metadata.deletionTimestamp === undefined &&
        stores.namespaces.cache.get(executionNamespace(metadata.name ?? '')) !== undefined,
    )
    const results = await Promise.allSettled(clusters.map((cluster) => this.#write(namespace, cluster)))
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    if (failures.length > 0) throw failures.length === 1 ? failures[0] : new AggregateError(failures, 'namespace works')
  }

  async #write(namespace: DeepReadonly<Namespace>, cluster: DeepReadonly<Cluster>): Promise<void> {
    const { name = '', uid = '' } = namespace.metadata
    const template = asObject(namespace)
    const { object, cluster: applied } = overrideObject(
      template,
      cluster,
      this.#context.stores.clusterOverridePolicies.cache.list(),
      [],
    )
    await writeWork(this.#context, {
      cluster: cluster.metadata.name ?? '',
      template: { kind: 'Namespace', name },
      manifest: {
        ...object,
        metadata: {
          ...object.metadata,
          annotations: { ...object.metadata.annotations, [Annotations.templateUid]: uid },
        },
      },
      annotations: { [Annotations.appliedClusterOverrides]: applied.length === 0 ? null : JSON.stringify(applied) },
      owner: { apiVersion: 'v1', kind: 'Namespace', name, uid, controller: true, blockOwnerDeletion: true },
    })
  }
}

/** A Namespace as an object of any kind. */
function asObject(namespace: DeepReadonly<Namespace>): DeepReadonly<Unstructured> {
  return { apiVersion: 'v1', kind: 'Namespace', ...namespace }
}
