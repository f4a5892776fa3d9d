import type { Candidate } from './candidates.ts'
import { propertiesOf } from './cluster-match.ts'
import type { Selection, SpreadGoal } from './selection.ts'

interface Region {
  readonly name: string
  readonly clusters: readonly Candidate[]
  readonly weight: number
}
interface Path {
  readonly id: number
  readonly regions: readonly Region[]
  readonly weight: number
  readonly value: number
}

/** Chooses regions first, then clusters in them, so that both limits hold. */
export function selectByRegion(candidates: readonly Candidate[], goal: SpreadGoal): Selection {
  const regions = groupByRegion(candidates, goal)
  const minRegions = goal.region?.minGroups ?? 0
  if (regions.length < minRegions) {
    return { ok: false, message: 'the number of feasible region is less than spreadConstraint.MinGroups' }
  }
  const path = choosePath(enumeratePaths(regions, goal))
  if (path === undefined) {
    return { ok: false, message: 'the number of clusters is less than the cluster spreadConstraint.MinGroups' }
  }
  const heads = path.regions.flatMap((region) => region.clusters.slice(0, 1))
  const inPath = path.regions.flatMap((region) => region.clusters)
  const isHead = new Set(heads)
  const others = candidates.filter((candidate) => inPath.includes(candidate) && !isHead.has(candidate))
  const limit = Math.min(inPath.length, goal.cluster?.maxGroups ?? inPath.length)
  return { ok: true, selected: [...heads, ...others.slice(0, Math.max(0, limit - heads.length))] }
}

function groupByRegion(candidates: readonly Candidate[], goal: SpreadGoal): Region[] {
  const groups = Map.groupBy(candidates, (candidate) => propertiesOf(candidate.cluster, 'region')[0] ?? '')
  groups.delete('')
  return [...groups].map(([name, clusters]) => ({
    name,
    clusters,
    weight: goal.needed === undefined ? duplicatedWeight(clusters, goal) : dividedWeight(clusters, goal),
  }))
}

const scoreSum = (clusters: readonly Candidate[]): number =>
  clusters.reduce((sum, candidate) => sum + candidate.score, 0)

/** Counts the clusters that can hold every replica. */
function duplicatedWeight(clusters: readonly Candidate[], goal: SpreadGoal): number {
  const able = clusters.filter((candidate) => candidate.available >= goal.replicas)
  return able.length === 0 ? 0 : able.length * 1000 + Math.trunc(scoreSum(able) / able.length)
}

/** How much of the region's fair share its first clusters can hold. */
function dividedWeight(clusters: readonly Candidate[], goal: SpreadGoal): number {
  const minRegions = Math.max(1, goal.region?.minGroups ?? 0)
  const target = Math.ceil(goal.replicas / minRegions)
  const least = Math.max(goal.cluster?.minGroups ?? 0, goal.region?.minGroups ?? 0)
  let available = 0
  let score = 0
  let count = 0
  for (const candidate of clusters) {
    available += candidate.available
    score += candidate.score
    count++
    if (count >= least && available >= target) break
  }
  if (available < target) return available * 1000 + Math.trunc(scoreSum(clusters) / clusters.length)
  return target * 1000 + Math.trunc(score / count)
}

/** All minimal combinations of regions that hold enough clusters, found depth first from the smallest region. */
function enumeratePaths(regions: readonly Region[], goal: SpreadGoal): Path[] {
  const ordered = regions.toSorted(
    (left, right) =>
      left.clusters.length - right.clusters.length || right.weight - left.weight || (left.name < right.name ? -1 : 1),
  )
  const minClusters = goal.cluster?.minGroups ?? 0
  const minRegions = goal.region?.minGroups ?? 0
  const maxRegions = goal.region?.maxGroups ?? 0
  const paths: Path[] = []
  const record = (chosen: readonly Region[]): void => {
    paths.push({
      id: paths.length,
      regions: chosen.toSorted((a, b) => b.weight - a.weight || (a.name < b.name ? -1 : 1)),
      weight: chosen.reduce((sum, region) => sum + region.weight, 0),
      value: chosen.reduce((sum, region) => sum + region.clusters.length, 0),
    })
  }
  const extend = (chosen: readonly Region[], from: number): void => {
    const value = chosen.reduce((sum, region) => sum + region.clusters.length, 0)
    if (value >= minClusters && chosen.length >= minRegions && chosen.length <= maxRegions && chosen.length > 0) {
      record(chosen)
      return
    }
    if (chosen.length >= maxRegions) return
    for (let next = from; next < ordered.length; next++) {
      const region = ordered[next]
      if (region !== undefined) extend([...chosen, region], next + 1)
      if (ordered.length === minRegions) return
    }
  }
  extend([], 0)
  return paths
}

/** Heaviest, then most clusters, then found first; replaced by any path that is a proper prefix of it. */
function choosePath(paths: readonly Path[]): Path | undefined {
  const [first, ...others] = paths.toSorted(
    (left, right) => right.weight - left.weight || right.value - left.value || left.id - right.id,
  )
  return others.reduce((chosen, other) => (chosen !== undefined && isPrefix(other, chosen) ? other : chosen), first)
}

function isPrefix(short: Path, long: Path): boolean {
  return (
    short.regions.length < long.regions.length &&
    short.regions.every((region, index) => region.name === long.regions[index]?.name)
  )
}
