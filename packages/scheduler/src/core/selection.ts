import type { DeepReadonly } from '@kairship/apimachinery'
import type { SpreadConstraint } from '@kairship/api/karmada'
import type { Candidate } from './candidates.ts'
import { divisionOf } from './cycle.ts'
import type { SchedulingCycle } from './cycle.ts'
import { selectByRegion } from './regions.ts'

export type Selection =
  | { readonly ok: true; readonly selected: readonly Candidate[] }
  | { readonly ok: false; readonly message: string }

/** Spread limits that must hold together; `needed` is undefined when the number of available replicas does not matter. */
export interface SpreadGoal {
  readonly cluster: DeepReadonly<SpreadConstraint> | undefined
  readonly region: DeepReadonly<SpreadConstraint> | undefined
  readonly replicas: number
  readonly needed: number | undefined
}

/**
 * Picks the clusters that the spread constraints allow from the ordered candidates. Static weights ignore constraints.
 * Only cluster and region constraints group; provider and zone have acted as a filter already.
 */
export function selectClusters(cycle: SchedulingCycle, candidates: readonly Candidate[]): Selection {
  const constraints = cycle.placement.spreadConstraints ?? []
  const division = divisionOf(cycle.placement.replicaScheduling)
  if (constraints.length === 0 || division === 'static') return { ok: true, selected: candidates }
  const replicas = (cycle.binding.components ?? []).length > 1 ? 1 : (cycle.binding.replicas ?? 0)
  const goal: SpreadGoal = {
    cluster: constraints.find((constraint) => constraint.spreadByField === 'cluster'),
    region: constraints.find((constraint) => constraint.spreadByField === 'region'),
    replicas,
    needed: division === 'duplicated' ? undefined : replicas,
  }
  if (goal.region !== undefined) return selectByRegion(candidates, goal)
  if (goal.cluster !== undefined) return selectByCluster(candidates, goal.cluster, goal.needed)
  return { ok: false, message: 'just support cluster and region spread constraint' }
}

function selectByCluster(
  candidates: readonly Candidate[],
  constraint: DeepReadonly<SpreadConstraint>,
  needed: number | undefined,
): Selection {
  if (candidates.length < (constraint.minGroups ?? 0)) {
    return { ok: false, message: 'the number of feasible clusters is less than spreadConstraint.MinGroups' }
  }
  // No default for maxGroups: 0 selects nothing (T-02).
  const count = Math.min(candidates.length, constraint.maxGroups ?? 0)
  const chosen = candidates.slice(0, count)
  if (needed === undefined) return { ok: true, selected: chosen }
  const rest = candidates.slice(count)
  const total = (): number => chosen.reduce((sum, candidate) => sum + candidate.available, 0)
  for (let last = chosen.length - 1; last >= 0 && total() < needed; last--) {
    swapForLarger(chosen, rest, last)
  }
  return total() < needed
    ? { ok: false, message: `no enough resource when selecting ${count} clusters` }
    : { ok: true, selected: chosen }
}

/** Exchanges `chosen[index]` with the roomiest of the rest, when that has strictly more room. */
function swapForLarger(chosen: Candidate[], rest: Candidate[], index: number): void {
  const current = chosen[index]
  if (current === undefined) return
  const roomiest = rest.reduce<number>(
    (best, candidate, at) => (candidate.available > (rest[best]?.available ?? current.available) ? at : best),
    -1,
  )
  const replacement = rest[roomiest]
  if (replacement === undefined) return
  chosen[index] = replacement
  rest[roomiest] = current
}
