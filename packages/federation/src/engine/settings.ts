/** Everything about timing and scope that an operator may change; the defaults are upstream's where it has one. */
export interface EngineSettings {
  /** Namespaces that never propagate, as anchored regular expressions, besides the reserved ones. */
  readonly skippedNamespaces: readonly string[]
  /** `group`, `group/version` or `group/version/Kind,Kind`: APIs the detector ignores, besides the built-in list. */
  readonly skippedApis: readonly string[]
  readonly discoveryPeriodMs: number
  readonly clusterStatusPeriodMs: number
  /** How long a change of a member's health must be seen before it counts. */
  readonly clusterFailureThresholdMs: number
  readonly clusterSuccessThresholdMs: number
  /** A request to a member that is not answered by then has failed. */
  readonly memberTimeoutMs: number
  /** A health probe that is not answered by then has failed. */
  readonly probeTimeoutMs: number
  /** Objects of one member worked on at a time. */
  readonly memberConcurrency: number
  /** How long changes of status are collected before they are written: in quiet times, and at most. */
  readonly statusBatchMs: number
  readonly statusBatchMaxMs: number
  /** Reads nodes and pods of members for summaries. */
  readonly resourceSummaries: boolean
  /** How often a cluster that is being removed is looked at. */
  readonly clusterDrainPollMs: number
}

export const defaultSettings: EngineSettings = {
  skippedNamespaces: ['kube-.*'],
  skippedApis: [],
  discoveryPeriodMs: 30_000,
  clusterStatusPeriodMs: 10_000,
  clusterFailureThresholdMs: 30_000,
  clusterSuccessThresholdMs: 30_000,
  memberTimeoutMs: 32_000,
  probeTimeoutMs: 5_000,
  memberConcurrency: 64,
  statusBatchMs: 25,
  statusBatchMaxMs: 2_000,
  resourceSummaries: true,
  clusterDrainPollMs: 1_000,
}
