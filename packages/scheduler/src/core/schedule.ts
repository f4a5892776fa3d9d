import type { DeepReadonly } from '@kairship/apimachinery'
import type { ClusterAffinity, Placement, ResourceBindingSpec } from '@kairship/api/karmada'
import { assignReplicas } from './assignment.ts'
import { filterClusters, noFitMessage, rankClusters } from './candidates.ts'
import type { Candidate } from './candidates.ts'
import { isWorkload } from './cycle.ts'
import type { ClusterReport, ClusterView, Decision, SchedulerProfile, SchedulingCycle } from './cycle.ts'
import { selectClusters } from './selection.ts'

/** One pass of filter → score → estimate → select → assign over a snapshot. */
export async function schedule(
  profile: SchedulerProfile,
  cycle: SchedulingCycle,
  signal: AbortSignal,
): Promise<Decision> {
  const { fitting, reports } = filterClusters(profile, cycle)
  if (fitting.length === 0) return { outcome: { kind: 'no-fit', message: noFitMessage(reports) }, reports }
  const candidates = await rankClusters(profile, cycle, fitting, signal)
  const selection = selectClusters(cycle, candidates)
  const outcome = selection.ok
    ? assignReplicas(cycle, selection.selected)
    : ({ kind: 'failed', message: selection.message } as const)
  return { outcome, reports: withRanks(reports, candidates, selection.ok ? selection.selected : []) }
}

function withRanks(
  reports: readonly ClusterReport[],
  candidates: readonly Candidate[],
  selected: readonly Candidate[],
): ClusterReport[] {
  const chosen = new Set(selected.map(({ name }) => name))
  const byName = new Map(candidates.map((candidate) => [candidate.name, candidate]))
  return reports.map((report) => {
    const candidate = byName.get(report.cluster)
    if (candidate === undefined) return report
    const { score, available } = candidate
    return { ...report, score, available, selected: chosen.has(report.cluster) }
  })
}

export interface PlacementRequest {
  readonly binding: DeepReadonly<ResourceBindingSpec>
  readonly clusters: readonly ClusterView[]
  /** `status.schedulerObservingAffinityName`. */
  readonly observedAffinity?: string
  /** A rescheduling was asked for since the last one. */
  readonly rescheduling: boolean
}

export interface PlacementDecision extends Decision {
  /** The term of `clusterAffinities` that the outcome comes from. */
  readonly affinityName?: string
}

/**
 * Decides where a template goes. With `clusterAffinities` the terms are tried in order, beginning with the one in use;
 * never back to an earlier one unless a rescheduling was asked for. When none works, the first failure counts.
 */
export async function place(
  profile: SchedulerProfile,
  request: PlacementRequest,
  signal: AbortSignal,
): Promise<PlacementDecision> {
  const { binding, clusters, rescheduling } = request
  const placement = binding.placement ?? {}
  const cycle = (affinities: readonly DeepReadonly<ClusterAffinity>[]): SchedulingCycle => ({
    binding,
    placement,
    clusters,
    affinities,
    fresh: rescheduling,
  })
  const terms = placement.clusterAffinities ?? []
  if (terms.length === 0) {
    const { clusterAffinity } = placement
    return schedule(profile, cycle(clusterAffinity === undefined ? [] : [clusterAffinity]), signal)
  }
  let firstFailure: Decision | undefined
  for (const term of terms.slice(firstTerm(placement, request))) {
    const overflow = isWorkload(binding) ? (term.overflowAffinities ?? []) : []
    const decision = await schedule(profile, cycle([term, ...overflow]), signal)
    if (decision.outcome.kind === 'scheduled') return { ...decision, affinityName: term.affinityName }
    firstFailure ??= decision
  }
  return firstFailure ?? { outcome: { kind: 'failed', message: 'no cluster affinity term' }, reports: [] }
}

function firstTerm(placement: DeepReadonly<Placement>, request: PlacementRequest): number {
  if (request.rescheduling || request.observedAffinity === undefined) return 0
  const index = (placement.clusterAffinities ?? []).findIndex((term) => term.affinityName === request.observedAffinity)
  return Math.max(0, index)
}
