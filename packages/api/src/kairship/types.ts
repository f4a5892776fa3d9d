import { type Condition, type ObjectMeta, type ResourceRef, resourceRef } from '@kairship/apimachinery'

/**
 * A multi-cluster control plane that people work in. Cluster-scoped in the hub; the name is a DNS label and part of the
 * URL (`/instances/<name>`).
 */
export type Instance = {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
  spec?: InstanceSpec
  status?: InstanceStatus
}

export type InstanceSpec = {
  /** For people; any characters. */
  displayName?: string
  /** Who runs it: `embedded` unless said otherwise. Cannot be changed. */
  provider?: string
  /** Kubernetes minor version whose API it serves, such as `1.36`. */
  kubernetesVersion?: string
  /** Stops the instance's controllers and its API; nothing is lost. */
  suspend?: boolean
}

/** `Pending` → `Provisioning` → `Ready`; `Degraded` and `Failed` carry a condition that says why. */
export type InstancePhase = 'Pending' | 'Provisioning' | 'Ready' | 'Degraded' | 'Failed' | 'Suspended' | 'Deleting'

export type InstanceStatus = {
  phase?: InstancePhase
  observedGeneration?: number
  /** Where its API is served. */
  endpoint?: string
  kubernetesVersion?: string
  conditions?: Condition[]
}

export const Instances: ResourceRef<Instance> = resourceRef({
  group: 'kairship.io',
  version: 'v1alpha1',
  resource: 'instances',
  kind: 'Instance',
  namespaced: false,
})

/** A cluster in the platform's inventory. With `spec.simulation` the platform itself runs it, for trying things out. */
export type ManagedCluster = {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
  spec?: ManagedClusterSpec
  status?: ManagedClusterStatus
}

export type ManagedClusterSpec = {
  displayName?: string
  provider?: string
  region?: string
  zones?: string[]
  simulation?: ClusterSimulation
}

/** What a simulated cluster looks like. */
export type ClusterSimulation = {
  /** Kubernetes minor version, such as `1.33`: decides which APIs it serves. */
  kubernetesVersion?: string
  nodes?: number
  /** Of each node, as quantities. */
  nodeCpu?: string
  nodeMemory?: string
  /** How long a pod takes to run, in milliseconds. */
  podStartMilliseconds?: number
}

export type ManagedClusterStatus = {
  phase?: 'Pending' | 'Ready' | 'Failed' | 'Deleting'
  observedGeneration?: number
  endpoint?: string
  /** UID of its kube-system namespace. */
  clusterId?: string
  kubernetesVersion?: string
  conditions?: Condition[]
}

export const ManagedClusters: ResourceRef<ManagedCluster> = resourceRef({
  group: 'kairship.io',
  version: 'v1alpha1',
  resource: 'managedclusters',
  kind: 'ManagedCluster',
  namespaced: false,
})
