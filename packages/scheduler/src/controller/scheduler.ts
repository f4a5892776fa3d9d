import { deepEqual, formatTime, isReason, objectKey } from '@kairship/apimachinery'
import type { Connection, JsonObject, ResourceRef } from '@kairship/apimachinery'
import { ClusterResourceBindings, Clusters, ResourceBindings } from '@kairship/api/karmada'
import type { ResourceBinding } from '@kairship/api/karmada'
import { createClient, createInformers, withoutManagedFields, withUserAgent } from '@kairship/client'
import type { CacheEvent, Client, Informers } from '@kairship/client'
import { controller, Latest, lowPriority } from '@kairship/controller'
import type { ReconcileContext, Reconciler, Source } from '@kairship/controller'
import { exponentialBackoff } from '@kairship/runtime'
import type { Clock, Logger, Random, Runnable } from '@kairship/runtime'
import { defaultProfile, place, reschedulingRequested, triggerOf } from '../core/index.ts'
import type { SchedulerProfile } from '../core/index.ts'
import { ClusterSnapshot, relevantChange } from './clusters.ts'
import { APPLIED_PLACEMENT, specPatch, statusPatch } from './result.ts'
import { concerns, isResponsible } from './responsible.ts'
import type { Binding } from './responsible.ts'

export interface SchedulerOptions {
  /** The instance's plane, as a user who may read clusters and write bindings. */
  readonly controlPlane: Connection
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Shared with the engine when both run in one process; otherwise made here. */
  readonly informers?: Informers
  /** Bindings name their scheduler. Default `default-scheduler`. */
  readonly schedulerName?: string
  readonly profile?: SchedulerProfile
}

const CONFLICT_RETRY_MS = 5
const UNSCHEDULABLE_RETRY_MS = 5 * 60_000

/** Keeps `spec.clusters` of every binding equal to what its placement asks for, until stopped. */
export function createScheduler(options: SchedulerOptions): Runnable {
  return {
    name: 'scheduler',
    async run(signal) {
      const client = createClient(withUserAgent(options.controlPlane, 'karmada-scheduler'))
      await using own = options.informers === undefined ? createOwnInformers(client, options) : undefined
      const informers = options.informers ?? own
      if (informers === undefined) return
      using loop = new BindingLoop(options, client, informers)
      await controller({
        name: 'scheduler',
        sources: loop.sources,
        reconciler: loop,
        identity: ({ scope, key }) => `${scope}|${key}`,
        concurrency: 32,
        clock: options.clock,
        log: options.log,
        backoff: exponentialBackoff({ baseMs: 1000, capMs: 10_000 }),
      }).run(signal)
    },
  }
}

function createOwnInformers(client: Client, options: SchedulerOptions): Informers {
  const { clock, random, log } = options
  return createInformers({ client, clock, random, log, transform: withoutManagedFields })
}

interface Key {
  readonly scope: 'namespaced' | 'cluster'
  readonly key: string
}

class BindingLoop implements Reconciler<Key>, Disposable {
  readonly #options: SchedulerOptions
  readonly #client: Client
  readonly #clusters: ClusterSnapshot
  readonly #namespaced: Latest<ResourceBinding>
  readonly #cluster: Latest<ResourceBinding>
  readonly sources: readonly Source<Key>[]

  constructor(options: SchedulerOptions, client: Client, informers: Informers) {
    this.#options = options
    this.#client = client
    const clusters = informers.of(Clusters)
    this.#clusters = new ClusterSnapshot(clusters)
    this.#namespaced = new Latest(informers.of(ResourceBindings))
    this.#cluster = new Latest(informers.of(ClusterResourceBindings))
    this.sources = [
      bindingSource('namespaced', this.#namespaced),
      bindingSource('cluster', this.#cluster),
      {
        start: async (enqueue, signal) => {
          const subscription = clusters.subscribe((event) => {
            const changed = relevantChange(event)
            if (changed.length === 0) return
            for (const [scope, binding] of this.#bindings()) {
              if (concerns(binding, changed)) enqueue({ scope, key: objectKey(binding) })
            }
          })
          signal.addEventListener('abort', () => subscription[Symbol.dispose](), { once: true })
          await clusters.synced(signal)
        },
      },
    ]
  }

  *#bindings(): Iterable<readonly [Key['scope'], Binding]> {
    for (const binding of this.#namespaced.informer.cache.list()) yield ['namespaced', binding]
    for (const binding of this.#cluster.informer.cache.list()) yield ['cluster', binding]
  }

  async reconcile(key: Key, context: ReconcileContext): Promise<{ readonly requeueAfterMs: number } | void> {
    try {
      return await this.#schedule(key, context.signal)
    } catch (error) {
      // The binding changed under the decision: decide again as soon as the change is here, without backoff.
      if (isReason(error, 'Conflict')) return { requeueAfterMs: CONFLICT_RETRY_MS }
      if (isReason(error, 'NotFound')) return
      throw error
    }
  }

  async #schedule({ scope, key }: Key, signal: AbortSignal): Promise<{ readonly requeueAfterMs: number } | void> {
    const binding = scope === 'namespaced' ? this.#namespaced.get(key) : this.#cluster.get(key)
    if (binding === undefined || binding.metadata.deletionTimestamp !== undefined) return
    if (!isResponsible(binding, this.#options.schedulerName ?? 'default-scheduler')) return
    const trigger = triggerOf({
      spec: binding.spec,
      status: binding.status,
      appliedPlacement: binding.metadata.annotations?.[APPLIED_PLACEMENT],
      terminating: (name) => this.#clusters.isTerminating(name),
    })
    if (trigger === 'none') return this.#observe(scope, key, binding)
    const decision = await place(
      this.#options.profile ?? defaultProfile,
      {
        binding: binding.spec,
        clusters: this.#clusters.all,
        rescheduling: reschedulingRequested(binding.spec, binding.status),
        ...observedAffinity(binding),
      },
      signal,
    )
    const spec = specPatch(binding, decision.outcome)
    const current = spec === undefined ? binding : await this.#patch(scope, key, spec)
    const time = formatTime(this.#options.clock.now())
    const status = statusPatch(current, decision, trigger, time)
    if (status !== undefined) await this.#patch(scope, key, status, 'status')
    if (decision.outcome.kind === 'failed') throw new Error(decision.outcome.message)
    if (decision.outcome.kind === 'unschedulable') return { requeueAfterMs: UNSCHEDULABLE_RETRY_MS }
  }

  /** Nothing to decide: only say that this generation was looked at. */
  async #observe(scope: Key['scope'], key: string, binding: Binding): Promise<void> {
    const { generation = 0, resourceVersion = '' } = binding.metadata
    if (binding.status?.schedulerObservedGeneration === generation) return
    const patch = { metadata: { resourceVersion }, status: { schedulerObservedGeneration: generation } }
    await this.#patch(scope, key, patch, 'status')
  }

  #patch(scope: Key['scope'], key: string, patch: JsonObject, subresource?: 'status'): Promise<Binding> {
    return scope === 'namespaced'
      ? this.#write(ResourceBindings, this.#namespaced, key, patch, subresource)
      : this.#write(ClusterResourceBindings, this.#cluster, key, patch, subresource)
  }

  #write(
    ref: ResourceRef<ResourceBinding>,
    latest: Latest<ResourceBinding>,
    key: string,
    patch: JsonObject,
    subresource: 'status' | undefined,
  ): Promise<Binding> {
    const slash = key.indexOf('/')
    const resource = slash < 0 ? this.#client.of(ref) : this.#client.of(ref, key.slice(0, slash))
    const options = subresource === undefined ? {} : { subresource }
    return latest.write(key, () => resource.patch(key.slice(slash + 1), 'merge', patch, options))
  }

  [Symbol.dispose](): void {
    this.#clusters[Symbol.dispose]()
    this.#namespaced[Symbol.dispose]()
    this.#cluster[Symbol.dispose]()
  }
}

function observedAffinity(binding: Binding): { readonly observedAffinity?: string } {
  const observedAffinity = binding.status?.schedulerObservingAffinityName
  return observedAffinity ? { observedAffinity } : {}
}

/** A binding is looked at when it comes and when its generation or labels changed; the more important first. */
function bindingSource(scope: Key['scope'], latest: Latest<ResourceBinding>): Source<Key> {
  const relevant = (event: CacheEvent<ResourceBinding>): boolean => {
    if (event.type === 'deleted') return false
    if (event.type === 'added') return true
    const { object, previous } = event
    return (
      object.metadata.generation !== previous.metadata.generation ||
      !deepEqual(object.metadata.labels, previous.metadata.labels)
    )
  }
  return {
    async start(enqueue, signal) {
      const subscription = latest.informer.subscribe((event) => {
        if (!relevant(event)) return
        const own = event.object.spec.schedulePriority?.priority ?? 0
        const replayed = event.type === 'added' && event.initial
        enqueue({ scope, key: objectKey(event.object) }, { priority: replayed ? own + lowPriority : own })
      })
      signal.addEventListener('abort', () => subscription[Symbol.dispose](), { once: true })
      await latest.informer.synced(signal)
    },
  }
}
