import { isReason, objectKey } from '@kairship/apimachinery'
import type { DeepReadonly, JsonObject } from '@kairship/apimachinery'
import { Namespaces } from '@kairship/api/builtin'
import { Clusters, Finalizers, Labels } from '@kairship/api/karmada'
import type { Cluster } from '@kairship/api/karmada'
import { controller, informerSource, ownKey } from '@kairship/controller'
import type { Controller, Reconciler } from '@kairship/controller'
import type { Binding } from '../engine/bindings.ts'
import type { EngineContext } from '../engine/context.ts'
import { executionNamespace } from '../names/names.ts'
import { taintsFor } from './taints.ts'

const CONFLICT_RETRY_MS = 5

type Result = { readonly requeueAfterMs: number } | void

/** Gives a member its place in the control plane, marks its health as taints, and drains it when it leaves. */
export function clusterController(context: EngineContext): Controller {
  const { clock, log, stores } = context
  return controller<string>({
    name: 'cluster',
    sources: [
      { start: (_enqueue, signal) => stores.synced(signal) },
      informerSource(stores.clusters.informer, ownKey),
      informerSource(stores.namespaces, ({ metadata: { name = '' } }) => clusterNames(name), {
        when: (event) => event.type === 'deleted',
      }),
    ],
    reconciler: new ClusterReconciler(context),
    concurrency: 4,
    clock,
    log,
  })
}

function clusterNames(namespace: string): readonly string[] {
  const prefix = executionNamespace('')
  return namespace.startsWith(prefix) ? [namespace.slice(prefix.length)] : []
}

const claims = [Labels.propagationPolicyId, Labels.clusterPropagationPolicyId, Labels.bindingManagedBy]

function isClaimed({ metadata: { labels } }: Binding): boolean {
  return claims.some((label) => Boolean(labels?.[label]))
}

class ClusterReconciler implements Reconciler<string> {
  readonly #context: EngineContext

  constructor(context: EngineContext) {
    this.#context = context
  }

  async reconcile(name: string): Promise<Result> {
    const cluster = this.#context.stores.clusters.get(name)
    if (cluster === undefined) return
    try {
      if (cluster.metadata.deletionTimestamp !== undefined) return await this.#drain(name, cluster)
      await this.#ensureNamespace(name)
      await this.#ensureSpec(name, cluster)
    } catch (error) {
      if (isReason(error, 'Conflict')) return { requeueAfterMs: CONFLICT_RETRY_MS }
      throw error
    }
  }

  /** Finalizer and taints in one write. */
  async #ensureSpec(name: string, cluster: DeepReadonly<Cluster>): Promise<void> {
    const finalizers = cluster.metadata.finalizers ?? []
    const known = cluster.spec.taints ?? []
    const taints = taintsFor(cluster, this.#context.clock.now())
    const guarded = finalizers.includes(Finalizers.cluster)
    const same = taints === known || (taints.length === 0 && known.length === 0)
    if (guarded && same) return
    await this.#patch(name, {
      metadata: {
        resourceVersion: cluster.metadata.resourceVersion ?? '',
        ...(guarded ? {} : { finalizers: [...finalizers, Finalizers.cluster] }),
      },
      ...(same ? {} : { spec: { taints: taints.length === 0 ? null : taints.map((taint) => ({ ...taint })) } }),
    })
  }

  async #ensureNamespace(cluster: string): Promise<void> {
    const { client, stores } = this.#context
    const name = executionNamespace(cluster)
    if (stores.namespaces.cache.get(name) !== undefined) return
    try {
      await client.of(Namespaces).create({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name, labels: { [Labels.system]: 'true' } },
      })
    } catch (error) {
      if (!isReason(error, 'AlreadyExists')) throw error
    }
  }

  /** Its Works first, then until nothing is placed on it any more; then it may go. */
  async #drain(name: string, cluster: DeepReadonly<Cluster>): Promise<Result> {
    const { client, settings } = this.#context
    const finalizers = cluster.metadata.finalizers ?? []
    if (!finalizers.includes(Finalizers.cluster)) return
    const poll = { requeueAfterMs: settings.clusterDrainPollMs }
    const namespace = await client.of(Namespaces).find(executionNamespace(name))
    if (namespace !== undefined) {
      if (namespace.metadata.deletionTimestamp === undefined) {
        await client.of(Namespaces).delete(executionNamespace(name))
      }
      return poll
    }
    if (await this.#isPlacedOn(name)) return poll
    const kept = finalizers.filter((finalizer) => finalizer !== Finalizers.cluster)
    const { resourceVersion = '' } = cluster.metadata
    await this.#patch(name, { metadata: { resourceVersion, finalizers: kept } })
  }

  /** The scheduler moves what it is responsible for; what no policy claims any more only leaves this member. */
  async #isPlacedOn(member: string): Promise<boolean> {
    let placed = false
    for (const bindings of this.#context.stores.bindings) {
      for (const binding of bindings.list()) {
        const { clusters = [], suspension } = binding.spec
        const kept = clusters.filter((target) => target.name !== member)
        if (kept.length === clusters.length) continue
        placed = true
        if (isClaimed(binding) && suspension?.scheduling !== true) continue
        await bindings.patch(objectKey(binding), {
          metadata: { resourceVersion: binding.metadata.resourceVersion ?? '' },
          spec: { clusters: kept.length === 0 ? null : kept },
        })
      }
    }
    return placed
  }

  async #patch(name: string, patch: JsonObject): Promise<void> {
    const { client, stores } = this.#context
    await stores.clusters.write(name, () => client.of(Clusters).patch(name, 'merge', patch))
  }
}
