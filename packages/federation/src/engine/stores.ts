import { Labels } from '@kairship/api/karmada'
import type { DeepReadonly } from '@kairship/apimachinery'
import { Namespaces } from '@kairship/api/builtin'
import type { Namespace } from '@kairship/api/builtin'
import {
  ClusterOverridePolicies,
  ClusterPropagationPolicies,
  ClusterResourceBindings,
  Clusters,
  OverridePolicies,
  PropagationPolicies,
  ResourceBindings,
  Works,
} from '@kairship/api/karmada'
import type {
  Cluster,
  ClusterOverridePolicy,
  ClusterPropagationPolicy,
  OverridePolicy,
  PropagationPolicy,
  Work,
} from '@kairship/api/karmada'
import type { Client, Informer, Informers } from '@kairship/client'
import { Latest } from '@kairship/controller'
import { Bindings } from './bindings.ts'

const BY_BINDING = 'binding'
const BY_KEY = 'bindingKey'

/** The control plane's own kinds, one informer each, shared by all controllers. */
export class Stores implements Disposable {
  readonly clusters: Latest<Cluster>
  readonly works: Latest<Work>
  readonly resourceBindings: Bindings
  readonly clusterResourceBindings: Bindings
  readonly propagationPolicies: Informer<PropagationPolicy>
  readonly clusterPropagationPolicies: Informer<ClusterPropagationPolicy>
  readonly overridePolicies: Informer<OverridePolicy>
  readonly clusterOverridePolicies: Informer<ClusterOverridePolicy>
  readonly namespaces: Informer<Namespace>

  constructor(client: Client, informers: Informers) {
    this.clusters = new Latest(informers.of(Clusters))
    this.resourceBindings = new Bindings(client, informers.of(ResourceBindings))
    this.clusterResourceBindings = new Bindings(client, informers.of(ClusterResourceBindings))
    const works = informers.of(Works)
    works.index(BY_BINDING, ({ metadata: { labels } }) =>
      [Labels.resourceBindingId, Labels.clusterResourceBindingId].flatMap((label) =>
        labels?.[label] ? [labels[label]] : [],
      ),
    )
    works.index(BY_KEY, ({ metadata: { annotations } }) =>
      this.bindings.flatMap((bindings) => {
        const key = bindings.keyOf(annotations)
        return key === undefined ? [] : [`${bindings.scope}|${key}`]
      }),
    )
    this.works = new Latest(works)
    this.propagationPolicies = informers.of(PropagationPolicies)
    this.clusterPropagationPolicies = informers.of(ClusterPropagationPolicies)
    this.overridePolicies = informers.of(OverridePolicies)
    this.clusterOverridePolicies = informers.of(ClusterOverridePolicies)
    this.namespaces = informers.of(Namespaces)
  }

  get bindings(): readonly Bindings[] {
    return [this.resourceBindings, this.clusterResourceBindings]
  }

  /** Namespaced templates have ResourceBindings. */
  bindingsFor(namespace: string | undefined): Bindings {
    return namespace ? this.resourceBindings : this.clusterResourceBindings
  }

  worksOf(bindingId: string): Iterable<DeepReadonly<Work>> {
    return this.works.byIndex(BY_BINDING, bindingId)
  }

  /** Those that name this binding in their annotations. */
  worksOfKey(scope: Bindings['scope'], key: string): Iterable<DeepReadonly<Work>> {
    return this.works.byIndex(BY_KEY, `${scope}|${key}`)
  }

  async synced(signal: AbortSignal): Promise<void> {
    await Promise.all([
      this.clusters.informer.synced(signal),
      this.works.informer.synced(signal),
      ...this.bindings.map((bindings) => bindings.informer.synced(signal)),
      this.propagationPolicies.synced(signal),
      this.clusterPropagationPolicies.synced(signal),
      this.overridePolicies.synced(signal),
      this.clusterOverridePolicies.synced(signal),
      this.namespaces.synced(signal),
    ])
  }

  [Symbol.dispose](): void {
    this.clusters[Symbol.dispose]()
    this.works[Symbol.dispose]()
    for (const bindings of this.bindings) bindings[Symbol.dispose]()
  }
}
