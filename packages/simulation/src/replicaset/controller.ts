import type { Pod, ReplicaSet, ReplicaSetStatus } from '@kairship/api/builtin'
import type { DeepReadonly } from '@kairship/apimachinery'
import type { Controller, Reconciler } from '@kairship/controller'
import { controller, controllerKey, informerSource, ownKey, Reports } from '@kairship/controller'
import { Pods, ReplicaSets } from '@kairship/api/builtin'
import { isActive, isReady, untilAvailable } from '../pods/facts.ts'
import { createPod } from '../pods/new-pod.ts'
import { problemText } from '../world/errors.ts'
import { controlledBy } from '../world/owners.ts'
import { contentChanged, isNews, remove, unlessGone, writeStatus } from '../world/write.ts'
import type { World } from '../world/world.ts'

/** Pods created side by side; the rest follows when these are stored. */
const burst = 50

export function replicaSetController(world: World): Controller {
  const reports = new Reports<string>(world)
  return controller<string>({
    name: 'replicasets',
    sources: [
      informerSource(world.replicaSets, ownKey, { when: contentChanged }),
      informerSource(world.pods, controllerKey('apps', 'ReplicaSet'), { afterMs: world.profile.settleMs }),
      reports,
    ],
    reconciler: new ReplicaSetReconciler(world, reports),
    concurrency: 32,
    clock: world.clock,
    log: world.log,
    needsLeadership: false,
  })
}

class ReplicaSetReconciler implements Reconciler<string> {
  readonly #world: World
  readonly #reports: Reports<string>

  constructor(world: World, reports: Reports<string>) {
    this.#world = world
    this.#reports = reports
  }

  async reconcile(key: string): Promise<{ readonly requeueAfterMs: number } | void> {
    const { replicaSets, expected } = this.#world
    const set = replicaSets.cache.get(key)
    if (set === undefined || set.metadata.deletionTimestamp !== undefined) return this.#reports.forget(key)
    const uid = set.metadata.uid ?? ''
    let active = this.#world.podsOf(set).filter(isActive)
    const wanted = set.spec?.replicas ?? 1
    const missing = wanted - active.length - expected.pending(uid)
    let problem: unknown
    if (missing > 0) problem = await this.#create(set, missing)
    else if (active.length > wanted && expected.pending(uid) === 0) await this.#delete(active, active.length - wanted)
    // What was created comes back through the watch; until then the counts would be wrong.
    if (problem === undefined && expected.pending(uid) > 0) return
    active = this.#world.podsOf(set).filter(isActive)
    const { status, againMs } = this.#status(set, active, problem)
    const waitMs = problem === undefined && isNews(set, status) ? this.#reports.waitMs(key) : 0
    if (waitMs > 0) return { requeueAfterMs: Math.min(waitMs, againMs ?? waitMs) }
    const resource = this.#world.client.of(ReplicaSets, set.metadata.namespace)
    await unlessGone(writeStatus(resource, set, status))
    if (problem !== undefined) throw problem
    return againMs === undefined ? undefined : { requeueAfterMs: againMs }
  }

  /** Returns why pods could not be created, e.g. a quota. */
  async #create(set: DeepReadonly<ReplicaSet>, count: number): Promise<unknown> {
    const owner = controlledBy(ReplicaSets, set)
    const { namespace = '', name = '' } = set.metadata
    const template = set.spec?.template ?? {}
    for (let done = 0; done < count; done += burst) {
      const results = await Promise.allSettled(
        Array.from({ length: Math.min(burst, count - done) }, () =>
          createPod(this.#world, { namespace, owner, template, name: { prefix: `${name}-` } }),
        ),
      )
      const failed = results.find((result) => result.status === 'rejected')
      if (failed !== undefined) return failed.reason
    }
    return undefined
  }

  async #delete(active: DeepReadonly<Pod>[], count: number): Promise<void> {
    const victims = active.toSorted(deletionOrder).slice(0, count)
    await Promise.all(victims.map((pod) => remove(this.#world.client.of(Pods, pod.metadata.namespace), pod)))
  }

  #status(
    set: DeepReadonly<ReplicaSet>,
    active: readonly DeepReadonly<Pod>[],
    problem: unknown,
  ): { readonly status: ReplicaSetStatus; readonly againMs: number | undefined } {
    const { clock } = this.#world
    const labels = Object.entries(set.spec?.template?.metadata?.labels ?? {})
    let ready = 0
    let available = 0
    let labeled = 0
    let againMs: number | undefined
    for (const pod of active) {
      if (labels.every(([key, value]) => pod.metadata.labels?.[key] === value)) labeled++
      const wait = untilAvailable(pod, set.spec?.minReadySeconds ?? 0, clock.now())
      if (wait === undefined) continue
      ready++
      if (wait === 0) available++
      else againMs = Math.min(againMs ?? wait, wait)
    }
    const conditions = this.#conditions(set, problem)
    return {
      againMs,
      status: {
        replicas: active.length,
        ...(labeled > 0 ? { fullyLabeledReplicas: labeled } : {}),
        ...(ready > 0 ? { readyReplicas: ready } : {}),
        ...(available > 0 ? { availableReplicas: available } : {}),
        observedGeneration: set.metadata.generation ?? 0,
        ...(conditions.length > 0 ? { conditions } : {}),
      },
    }
  }

  #conditions(set: DeepReadonly<ReplicaSet>, problem: unknown): NonNullable<ReplicaSetStatus['conditions']> {
    const others = (set.status?.conditions ?? []).filter(({ type }) => type !== 'ReplicaFailure')
    if (problem === undefined) return others.map((condition) => ({ ...condition }))
    const known = set.status?.conditions?.find(({ type }) => type === 'ReplicaFailure')
    const message = problemText(problem)
    const lastTransitionTime = known?.lastTransitionTime ?? this.#world.time()
    return [...others, { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message, lastTransitionTime }]
  }
}

/** Those go first that are missed least: without a node, not running, not ready, youngest. */
function deletionOrder(a: DeepReadonly<Pod>, b: DeepReadonly<Pod>): number {
  return rank(a) - rank(b) || compare(b.metadata.creationTimestamp, a.metadata.creationTimestamp) || byName(a, b)
}

function rank(pod: DeepReadonly<Pod>): number {
  if (!pod.spec?.nodeName) return 0
  if (pod.status?.phase !== 'Running') return 1
  return isReady(pod) ? 3 : 2
}

function compare(a: string | undefined, b: string | undefined): number {
  return (a ?? '') < (b ?? '') ? -1 : (a ?? '') > (b ?? '') ? 1 : 0
}

/** Always the same choice for the same pods: a second run before the watch caught up deletes no others. */
function byName(a: DeepReadonly<Pod>, b: DeepReadonly<Pod>): number {
  return compare(a.metadata.name, b.metadata.name)
}
