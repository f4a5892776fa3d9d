import type { LabelSelector, NodeSelectorRequirement, Toleration } from '../builtin/generated/types.gen.ts'

/** Which member clusters; every part that is present must match. Empty selects all. */
export type ClusterAffinity = {
  labelSelector?: LabelSelector
  /** Keys `provider`, `region`, `zone`; operators `In`, `NotIn`. */
  fieldSelector?: { matchExpressions?: NodeSelectorRequirement[] }
  clusterNames?: string[]
  exclude?: string[]
}

export type ClusterAffinityTerm = ClusterAffinity & {
  affinityName: string
  overflowAffinities?: (ClusterAffinity & { affinityName: string })[]
}

/** Where and how a template is spread. `clusterAffinity` and `clusterAffinities` exclude each other. */
export type Placement = {
  clusterAffinity?: ClusterAffinity
  clusterAffinities?: ClusterAffinityTerm[]
  clusterTolerations?: Toleration[]
  spreadConstraints?: SpreadConstraint[]
  /** Absent means Duplicated; present without a type means Divided. */
  replicaScheduling?: ReplicaSchedulingStrategy
  workloadAffinity?: WorkloadAffinity
}

export type SpreadConstraint = {
  spreadByField?: 'cluster' | 'region' | 'zone' | 'provider'
  spreadByLabel?: string
  maxGroups?: number
  minGroups?: number
}

export type ReplicaSchedulingStrategy = {
  replicaSchedulingType?: 'Duplicated' | 'Divided'
  replicaDivisionPreference?: 'Aggregated' | 'Weighted'
  weightPreference?: ClusterPreferences
}
export type ClusterPreferences = {
  staticWeightList?: StaticClusterWeight[]
  dynamicWeight?: 'AvailableReplicas'
}
export type StaticClusterWeight = { targetCluster: ClusterAffinity; weight: number }

export type WorkloadAffinity = {
  affinity?: { groupByLabelKey: string }
  antiAffinity?: { groupByLabelKey: string }
}

export type FailoverBehavior = {
  application?: ApplicationFailoverBehavior
  cluster?: { purgeMode?: 'Directly' | 'Gracefully'; statePreservation?: StatePreservation }
}
export type ApplicationFailoverBehavior = {
  decisionConditions: { tolerationSeconds?: number }
  purgeMode?: PurgeMode
  gracePeriodSeconds?: number
  statePreservation?: StatePreservation
}
export type StatePreservation = { rules: { aliasLabelName: string; jsonPath: string }[] }
export type PurgeMode = 'Directly' | 'Gracefully' | 'Never'

export type ConflictResolution = 'Abort' | 'Overwrite'

export type Suspension = {
  dispatching?: boolean
  dispatchingOnClusters?: { clusterNames?: string[] }
}
