import { matchesCluster } from './cluster-match.ts'
import { nameOf } from './cycle.ts'
import type { ClusterReport, ClusterView, SchedulerProfile, SchedulingCycle } from './cycle.ts'

/** A cluster that passed every filter, with what it is ranked by. */
export interface Candidate {
  readonly cluster: ClusterView
  readonly name: string
  readonly score: number
  /** Replicas it could hold in total: what it can take plus what it holds of this template already. */
  readonly available: number
  /** `available` without the replicas that it holds already. */
  readonly allocatable: number
  /** 0: chosen by the main affinity; i+1: only by the i-th overflow affinity. */
  readonly tier: number
}

export const MAX_INT32 = 2147483647
const NO_TIER = 1000

/** Runs all filters on all clusters that are not being removed; every verdict is kept. */
export function filterClusters(
  profile: SchedulerProfile,
  cycle: SchedulingCycle,
): { readonly fitting: readonly ClusterView[]; readonly reports: readonly ClusterReport[] } {
  const fitting: ClusterView[] = []
  const reports: ClusterReport[] = []
  for (const cluster of cycle.clusters) {
    if (cluster.metadata.deletionTimestamp !== undefined) continue
    const verdicts = profile.filters.map((plugin) => ({ plugin: plugin.name, verdict: plugin.filter(cycle, cluster) }))
    const passed = verdicts.every(({ verdict }) => verdict.fits)
    if (passed) fitting.push(cluster)
    reports.push({ cluster: nameOf(cluster), verdicts, fits: passed })
  }
  return { fitting, reports }
}

/** `0/3 clusters are available: 2 cluster(s) …, 1 cluster(s) ….` Each cluster counts with its first failing filter. */
export function noFitMessage(reports: readonly ClusterReport[]): string {
  const counts = new Map<string, number>()
  for (const { verdicts } of reports) {
    for (const { verdict } of verdicts) {
      if (verdict.fits) continue
      counts.set(verdict.reason, (counts.get(verdict.reason) ?? 0) + 1)
      break
    }
  }
  const reasons = [...counts].map(([reason, count]) => `${count} ${reason}`).toSorted()
  return `0/${reports.length} clusters are available: ${reasons.join(', ')}.`
}

/** Scores, estimates and orders the fitting clusters: tier, score (high first), available (high first), name. */
export async function rankClusters(
  profile: SchedulerProfile,
  cycle: SchedulingCycle,
  fitting: readonly ClusterView[],
  signal: AbortSignal,
): Promise<readonly Candidate[]> {
  const allocatable = await estimate(profile, cycle, fitting, signal)
  const candidates = fitting.map((cluster, index): Candidate => {
    const name = nameOf(cluster)
    const free = allocatable[index] ?? MAX_INT32
    const assigned = cycle.binding.clusters?.find((target) => target.name === name)?.replicas ?? 0
    const score = profile.scores.reduce((sum, { plugin, weight }) => sum + weight * plugin.score(cycle, cluster), 0)
    return { cluster, name, score, allocatable: free, available: free + assigned, tier: tierOf(cycle, cluster) }
  })
  return candidates.toSorted(
    (left, right) =>
      left.tier - right.tier ||
      right.score - left.score ||
      right.available - left.available ||
      (left.name < right.name ? -1 : 1),
  )
}

function tierOf(cycle: SchedulingCycle, cluster: ClusterView): number {
  if (cycle.affinities.length < 2) return 0
  const tier = cycle.affinities.findIndex((affinity) => matchesCluster(cluster, affinity))
  return tier < 0 ? NO_TIER : tier
}

/** The least that any estimator allows. One that fails is left out for all clusters of the cycle. */
async function estimate(
  profile: SchedulerProfile,
  cycle: SchedulingCycle,
  clusters: readonly ClusterView[],
  signal: AbortSignal,
): Promise<readonly number[]> {
  const wanted = cycle.binding.replicas ?? 0
  if (wanted === 0) return clusters.map(() => MAX_INT32)
  const least = clusters.map(() => MAX_INT32)
  for (const estimator of profile.estimators) {
    let answers: readonly number[]
    try {
      answers = await estimator.estimate(cycle, clusters, signal)
    } catch (error) {
      if (signal.aborted) throw error
      continue
    }
    answers.forEach((answer, index) => {
      if (answer >= 0) least[index] = Math.min(least[index] ?? MAX_INT32, answer)
    })
  }
  return least.map((value) => (value === MAX_INT32 ? wanted : value))
}
