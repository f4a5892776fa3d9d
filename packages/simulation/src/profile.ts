/** What a simulated cluster looks like. */
export interface SimulationProfile {
  /** Name of the cluster; nodes are named after it. */
  readonly name: string
  readonly provider?: string
  readonly region?: string
  /** Nodes are spread over these. */
  readonly zones?: readonly string[]
  /** Default 3. 0 leaves nodes to somebody else. */
  readonly nodes?: number
  /** Quantities per node. Default `8` and `32Gi`. */
  readonly nodeCpu?: string
  readonly nodeMemory?: string
  /** Default 110. */
  readonly nodePods?: number
  /** From being scheduled to Running and Ready; varies by half around it. Default 125. */
  readonly podStartMs?: number
  /** From being asked to stop to being gone, never more than the pod's own grace period. Default 20. */
  readonly podStopMs?: number
  /** How long pods that are meant to end (of Jobs) run. Default 1000. */
  readonly podRunMs?: number
  /** What kubelets report, e.g. `v1.36.2`. */
  readonly kubernetesVersion?: string
  /** How long events are gathered before a status is written. Default 20. */
  readonly settleMs?: number
  /** The longest that a status waits while other objects are being made. Default 500. */
  readonly settleMaxMs?: number
}

export type ResolvedProfile = Required<SimulationProfile>

export function resolveProfile(profile: SimulationProfile): ResolvedProfile {
  const region = profile.region ?? 'local'
  return {
    name: profile.name,
    provider: profile.provider ?? 'simulation',
    region,
    zones: profile.zones !== undefined && profile.zones.length > 0 ? profile.zones : [`${region}-a`],
    nodes: profile.nodes ?? 3,
    nodeCpu: profile.nodeCpu ?? '8',
    nodeMemory: profile.nodeMemory ?? '32Gi',
    nodePods: profile.nodePods ?? 110,
    podStartMs: profile.podStartMs ?? 125,
    podStopMs: profile.podStopMs ?? 20,
    podRunMs: profile.podRunMs ?? 1_000,
    kubernetesVersion: profile.kubernetesVersion ?? 'v1.36.2',
    settleMs: profile.settleMs ?? 20,
    settleMaxMs: profile.settleMaxMs ?? 500,
  }
}
