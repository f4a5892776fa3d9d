import type { DeepReadonly } from '@kairship/apimachinery'
import type {
  Cluster,
  ClusterAffinity,
  Placement,
  ReplicaSchedulingStrategy,
  ResourceBindingSpec,
  TargetCluster,
} from '@kairship/api/karmada'

export type ClusterView = DeepReadonly<Cluster>
export type Target = DeepReadonly<TargetCluster>

/** Everything one scheduling decision may look at. Nothing changes during a cycle. */
export interface SchedulingCycle {
  readonly binding: DeepReadonly<ResourceBindingSpec>
  readonly placement: DeepReadonly<Placement>
  readonly clusters: readonly ClusterView[]
  /**
   * The affinities under evaluation, most wanted first: the single affinity, or one term with its overflow affinities.
   * Empty when the placement has none.
   */
  readonly affinities: readonly DeepReadonly<ClusterAffinity>[]
  /** Forget where replicas are now (a rescheduling was asked for). */
  readonly fresh: boolean
}

export type Verdict = { readonly fits: true } | { readonly fits: false; readonly reason: string }
export const fits: Verdict = { fits: true }
export function rejected(reason: string): Verdict {
  return { fits: false, reason }
}

export interface FilterPlugin {
  readonly name: string
  filter(cycle: SchedulingCycle, cluster: ClusterView): Verdict
}
export interface ScorePlugin {
  readonly name: string
  /** 0…100 */
  score(cycle: SchedulingCycle, cluster: ClusterView): number
}
/** The only asynchronous extension point: it may ask member clusters. */
export interface ReplicaEstimator {
  readonly name: string
  /** How many more replicas each candidate can take; -1 for unknown, in the order of `candidates`. */
  estimate(
    cycle: SchedulingCycle,
    candidates: readonly ClusterView[],
    signal: AbortSignal,
  ): readonly number[] | Promise<readonly number[]>
}

/** Explicit arrays: order is part of the behaviour. */
export interface SchedulerProfile {
  readonly filters: readonly FilterPlugin[]
  readonly scores: readonly { readonly plugin: ScorePlugin; readonly weight: number }[]
  readonly estimators: readonly ReplicaEstimator[]
}

/** How one cluster fared: every filter's verdict, and for those that passed what they were ranked by. */
export interface ClusterReport {
  readonly cluster: string
  readonly verdicts: readonly { readonly plugin: string; readonly verdict: Verdict }[]
  readonly fits: boolean
  readonly score?: number
  readonly available?: number
  readonly selected?: boolean
}

export type Outcome =
  | { readonly kind: 'scheduled'; readonly clusters: readonly TargetCluster[] }
  /** No cluster passes the filters. */
  | { readonly kind: 'no-fit'; readonly message: string }
  /** Clusters fit, but hold too few replicas. */
  | { readonly kind: 'unschedulable'; readonly message: string }
  /** The placement cannot be satisfied or understood. */
  | { readonly kind: 'failed'; readonly message: string }

export interface Decision {
  readonly outcome: Outcome
  readonly reports: readonly ClusterReport[]
}

export function nameOf(cluster: ClusterView): string {
  return cluster.metadata.name ?? ''
}

export function isTarget(cycle: SchedulingCycle, cluster: ClusterView): boolean {
  const name = nameOf(cluster)
  return cycle.binding.clusters?.some((target) => target.name === name) === true
}

/** Replicas are divided or counted at all: the template has them, or says what one of them needs. */
export function isWorkload(binding: DeepReadonly<ResourceBindingSpec>): boolean {
  return (
    (binding.replicas ?? 0) > 0 || binding.replicaRequirements !== undefined || (binding.components ?? []).length > 0
  )
}

export type Division = 'duplicated' | 'static' | 'dynamic' | 'aggregated'

/** A missing strategy means Duplicated, a present one without a type Divided (the CRD's default). */
export function divisionOf(strategy: DeepReadonly<ReplicaSchedulingStrategy> | undefined): Division | 'unknown' {
  if (strategy === undefined) return 'duplicated'
  const { replicaSchedulingType: type = 'Divided', replicaDivisionPreference: preference, weightPreference } = strategy
  if (type === 'Duplicated') return 'duplicated'
  if (preference === 'Aggregated') return 'aggregated'
  if (preference !== 'Weighted' && preference !== undefined) return 'unknown'
  return weightPreference?.dynamicWeight ? 'dynamic' : 'static'
}
