import type { TargetCluster } from '@kairship/api/karmada'
import type { Candidate } from './candidates.ts'
import { matchesCluster } from './cluster-match.ts'
import { divisionOf } from './cycle.ts'
import type { Outcome, SchedulingCycle, Target } from './cycle.ts'
import { nameOrderOf, webster } from './webster.ts'
import type { NameOrder, Party } from './webster.ts'

type Shares = ReadonlyMap<string, number>
type Assignment = { readonly ok: true; readonly shares: Shares } | { readonly ok: false; readonly message: string }

/** Replicas for the selected clusters. What has no replicas to divide goes to all of them. */
export function assignReplicas(cycle: SchedulingCycle, selected: readonly Candidate[]): Outcome {
  const { binding } = cycle
  const replicas = binding.replicas ?? 0
  const counted = (replicas > 0 || binding.replicaRequirements !== undefined) && (binding.components ?? []).length <= 1
  if (!counted) return { kind: 'scheduled', clusters: selected.map(({ name }) => ({ name })) }
  const assignment = divide(cycle, selected, replicas)
  if (!assignment.ok) return { kind: 'unschedulable', message: assignment.message }
  const clusters: TargetCluster[] = []
  // Clusters without replicas drop out: a workload scaled to 0 leaves the members (T-31).
  for (const [name, share] of assignment.shares) if (share > 0) clusters.push({ name, replicas: share })
  return { kind: 'scheduled', clusters }
}

function divide(cycle: SchedulingCycle, selected: readonly Candidate[], replicas: number): Assignment {
  const order = nameOrderOf(cycle.binding.resource.uid)
  const division = divisionOf(cycle.placement.replicaScheduling)
  switch (division) {
    case 'duplicated':
      return { ok: true, shares: new Map(selected.map(({ name }) => [name, replicas])) }
    case 'static':
      return { ok: true, shares: webster(replicas, staticWeights(cycle, selected), order) }
    case 'dynamic':
    case 'aggregated':
      return divideByRoom(cycle, selected, replicas, order)
    case 'unknown':
      return { ok: false, message: 'unsupported replica scheduling strategy' }
  }
}

/** The largest matching weight of each cluster; the same for all when no entry matches any. */
function staticWeights(cycle: SchedulingCycle, selected: readonly Candidate[]): Party[] {
  const list = cycle.placement.replicaScheduling?.weightPreference?.staticWeightList ?? []
  const weighted = selected.flatMap(({ name, cluster }) => {
    const weights = list.filter((entry) => matchesCluster(cluster, entry.targetCluster)).map((entry) => entry.weight)
    return weights.length === 0 ? [] : [{ name, votes: Math.max(...weights) }]
  })
  return weighted.some(({ votes }) => votes > 0) ? weighted : selected.map(({ name }) => ({ name, votes: 1 }))
}

/** Dynamic weights and aggregation; with overflow affinities tier by tier. */
function divideByRoom(
  cycle: SchedulingCycle,
  selected: readonly Candidate[],
  replicas: number,
  order: NameOrder,
): Assignment {
  const tiers = [...Map.groupBy(selected, (candidate) => candidate.tier)].toSorted(([a], [b]) => a - b)
  if (tiers.length < 2) return divideInTier(cycle, selected, replicas, order)
  const shares = new Map<string, number>()
  let remaining = replicas
  for (const [, members] of tiers) {
    const room = members.reduce((sum, candidate) => sum + candidate.available, 0)
    const part = divideInTier(cycle, members, Math.min(remaining, room), order)
    if (!part.ok) return part
    for (const [name, share] of part.shares) shares.set(name, share)
    remaining -= Math.min(remaining, room)
  }
  return remaining > 0 ? shortage(replicas - remaining) : { ok: true, shares }
}

function divideInTier(
  cycle: SchedulingCycle,
  selected: readonly Candidate[],
  replicas: number,
  order: NameOrder,
): Assignment {
  const names = new Set(selected.map(({ name }) => name))
  const previous = (cycle.binding.clusters ?? []).filter(({ name }) => names.has(name))
  const aggregated = divisionOf(cycle.placement.replicaScheduling) === 'aggregated'
  if (cycle.fresh) return spread(selected, previous, 'available', replicas, aggregated, order)
  const assigned = previous.reduce((sum, target) => sum + (target.replicas ?? 0), 0)
  if (assigned > replicas) {
    // Scaling down shrinks every cluster in proportion to what it holds.
    const parties = previous
      .map(({ name, replicas: held }) => ({ name, votes: held ?? 0 }))
      .toSorted((left, right) => right.votes - left.votes)
    return { ok: true, shares: webster(replicas, aggregated ? prefix(parties, replicas) : parties, order) }
  }
  const held = new Map(previous.map((target) => [target.name, target.replicas ?? 0]))
  if (assigned === replicas) return { ok: true, shares: held }
  // Scaling up only places the difference, by room that is free now (T-60).
  const added = spread(selected, previous, 'allocatable', replicas - assigned, aggregated, order)
  if (!added.ok) return added
  for (const [name, share] of added.shares) held.set(name, (held.get(name) ?? 0) + share)
  return { ok: true, shares: held }
}

function spread(
  selected: readonly Candidate[],
  previous: readonly Target[],
  weight: 'available' | 'allocatable',
  amount: number,
  aggregated: boolean,
  order: NameOrder,
): Assignment {
  const room = selected.reduce((sum, candidate) => sum + candidate[weight], 0)
  if (room < amount) return shortage(room)
  const parties = selected.map((candidate) => ({ name: candidate.name, votes: candidate[weight] }))
  if (!aggregated) return { ok: true, shares: webster(amount, parties, order) }
  const holding = new Set(previous.filter((target) => (target.replicas ?? 0) > 0).map(({ name }) => name))
  const byRoom = parties.toSorted((left, right) => right.votes - left.votes)
  const [holders, others] = [
    byRoom.filter(({ name }) => holding.has(name)),
    byRoom.filter(({ name }) => !holding.has(name)),
  ]
  return { ok: true, shares: webster(amount, prefix([...holders, ...others], amount), order) }
}

/** The fewest parties from the front that together have `amount` votes. */
function prefix(parties: readonly Party[], amount: number): readonly Party[] {
  let votes = 0
  const end = parties.findIndex((party) => (votes += party.votes) >= amount)
  return end < 0 ? parties : parties.slice(0, end + 1)
}

function shortage(room: number): Assignment {
  return { ok: false, message: `Clusters available replicas ${room} are not enough to schedule.` }
}
