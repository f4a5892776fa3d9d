import type { Pod, PodDisruptionBudget } from '@kairship/api/builtin'
import { PodDisruptionBudgets } from '@kairship/api/builtin'
import type { DeepReadonly } from '@kairship/apimachinery'
import { labelSelectorMatcher, objectKey } from '@kairship/apimachinery'
import type { Informer } from '@kairship/client'
import type { Controller, Reconciler } from '@kairship/controller'
import { controller, informerSource, ownKey } from '@kairship/controller'
import { resolve } from '../deployment/limits.ts'
import { isActive, isReady } from '../pods/facts.ts'
import { unlessGone, writeStatus } from '../world/write.ts'
import type { World } from '../world/world.ts'

/** Keeps count of how many pods of a budget may be evicted: what `kubectl drain` waits for. */
export function disruptionController(world: World): Controller {
  const budgets = world.informers.of(PodDisruptionBudgets)
  const budgetsOf = (pod: DeepReadonly<Pod>): readonly string[] =>
    Array.from(budgets.cache.list({ namespace: pod.metadata.namespace ?? '' }))
      .filter((budget) => selects(budget, pod))
      .map(objectKey)
  return controller<string>({
    name: 'disruption-budgets',
    sources: [
      informerSource(budgets, ownKey, { afterMs: world.profile.settleMs }),
      informerSource(world.pods, budgetsOf, { afterMs: world.profile.settleMs * 2 }),
    ],
    reconciler: new BudgetReconciler(world, budgets),
    clock: world.clock,
    log: world.log,
    needsLeadership: false,
  })
}

function selects(budget: DeepReadonly<PodDisruptionBudget>, pod: DeepReadonly<Pod>): boolean {
  return labelSelectorMatcher(budget.spec?.selector).matches(pod.metadata.labels)
}

class BudgetReconciler implements Reconciler<string> {
  readonly #world: World
  readonly #budgets: Informer<PodDisruptionBudget>

  constructor(world: World, budgets: Informer<PodDisruptionBudget>) {
    this.#world = world
    this.#budgets = budgets
  }

  async reconcile(key: string): Promise<void> {
    const budget = this.#budgets.cache.get(key)
    if (budget === undefined || budget.metadata.deletionTimestamp !== undefined) return
    const all = this.#world.pods.cache.list({ namespace: budget.metadata.namespace ?? '' })
    const pods = [...all].filter((pod) => isActive(pod) && selects(budget, pod))
    const { minAvailable, maxUnavailable } = budget.spec ?? {}
    const scale = this.#scale(pods)
    // A number to keep is counted against the pods there are, everything else against those there should be.
    const expectedPods = typeof minAvailable === 'number' ? pods.length : scale
    const desiredHealthy =
      maxUnavailable === undefined
        ? resolve(minAvailable ?? 1, scale, Math.ceil)
        : Math.max(0, scale - resolve(maxUnavailable, scale, Math.ceil))
    const currentHealthy = pods.filter(isReady).length
    const disruptionsAllowed = expectedPods === 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy)
    const allowed = disruptionsAllowed > 0
    const known = budget.status?.conditions?.find(({ type }) => type === 'DisruptionAllowed')
    const status = allowed ? 'True' : 'False'
    const resource = this.#world.client.of(PodDisruptionBudgets, budget.metadata.namespace)
    await unlessGone(
      writeStatus(resource, budget, {
        observedGeneration: budget.metadata.generation ?? 0,
        disruptionsAllowed,
        currentHealthy,
        desiredHealthy,
        expectedPods,
        conditions: [
          {
            type: 'DisruptionAllowed',
            status,
            observedGeneration: budget.metadata.generation ?? 0,
            lastTransitionTime: known?.status === status ? (known.lastTransitionTime ?? '') : this.#world.time(),
            reason: allowed ? 'SufficientPods' : 'InsufficientPods',
            message: '',
          },
        ],
      }),
    )
  }

  /** How many pods their controllers want; a pod without one counts itself. */
  #scale(pods: readonly DeepReadonly<Pod>[]): number {
    const seen = new Map<string, number>()
    for (const pod of pods) {
      const owner = pod.metadata.ownerReferences?.find((reference) => reference.controller === true)
      const key = `${pod.metadata.namespace ?? ''}/${owner?.name ?? ''}`
      const { replicaSets, statefulSets } = this.#world
      const set = owner?.kind === 'ReplicaSet' ? replicaSets.cache.get(key) : statefulSets.cache.get(key)
      if (owner === undefined || set === undefined) seen.set(pod.metadata.uid ?? '', 1)
      else seen.set(owner.uid, set.spec?.replicas ?? 1)
    }
    return [...seen.values()].reduce((total, count) => total + count, 0)
  }
}
