import type { Condition, JsonObject, ObjectMeta } from '@kairship/apimachinery'
import type { NodeSelector, Toleration } from '../builtin/generated/types.gen.ts'
import type { ConflictResolution, FailoverBehavior, Placement, PurgeMode, Suspension } from './placement.ts'

/** work.karmada.io/v1alpha2 ResourceBinding: what becomes of one namespaced template. */
export type ResourceBinding = {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
  spec: ResourceBindingSpec
  status?: ResourceBindingStatus
}
/** work.karmada.io/v1alpha2 ClusterResourceBinding: what becomes of one cluster-scoped template. */
export type ClusterResourceBinding = ResourceBinding

export type ResourceBindingSpec = {
  resource: ObjectReference
  propagateDeps?: boolean
  replicaRequirements?: ReplicaRequirements
  replicas?: number
  components?: Component[]
  /** The scheduler's answer. */
  clusters?: TargetCluster[]
  placement?: Placement
  gracefulEvictionTasks?: GracefulEvictionTask[]
  requiredBy?: BindingSnapshot[]
  schedulerName?: string
  failover?: FailoverBehavior
  conflictResolution?: ConflictResolution
  rescheduleTriggeredAt?: string
  suspension?: Suspension & { scheduling?: boolean }
  preserveResourcesOnDeletion?: boolean
  schedulePriority?: { priority?: number }
  /** `<labelKey>=<labelValue>`. */
  workloadAffinityGroups?: { affinityGroup?: string; antiAffinityGroup?: string }
}

export type ObjectReference = {
  apiVersion: string
  kind: string
  namespace?: string
  name: string
  uid?: string
  resourceVersion?: string
}

export type ReplicaRequirements = {
  nodeClaim?: NodeClaim
  resourceRequest?: { [resource: string]: string }
  namespace?: string
  priorityClassName?: string
}
export type NodeClaim = {
  hardNodeAffinity?: NodeSelector
  nodeSelector?: { [label: string]: string }
  tolerations?: Toleration[]
}
export type Component = {
  name: string
  replicas: number
  replicaRequirements?: Omit<ReplicaRequirements, 'namespace'>
}
/** `replicas` is absent when it is 0, and for kinds without replicas. */
export type TargetCluster = {
  name: string
  replicas?: number
  components?: { name: string; replicas: number }[]
}
export type BindingSnapshot = { namespace?: string; name: string; clusters?: TargetCluster[] }

export type GracefulEvictionTask = {
  fromCluster: string
  purgeMode?: PurgeMode
  replicas?: number
  reason: string
  message?: string
  producer: string
  gracePeriodSeconds?: number
  suppressDeletion?: boolean
  preservedLabelState?: { [label: string]: string }
  creationTimestamp?: string
  clustersBeforeFailover?: string[]
}

export type ResourceBindingStatus = {
  schedulerObservedGeneration?: number
  /** Upstream's spelling of the JSON name. */
  schedulerObservingAffinityName?: string
  lastScheduledTime?: string
  conditions?: Condition[]
  aggregatedStatus?: AggregatedStatusItem[]
}
export type ResourceHealth = 'Healthy' | 'Unhealthy' | 'Unknown'
export type AggregatedStatusItem = {
  clusterName: string
  /** The member object's reflected status, as it is. */
  status?: JsonObject
  applied?: boolean
  appliedMessage?: string
  health?: ResourceHealth
}

/** work.karmada.io/v1alpha1 Work: what one member gets, in namespace `karmada-es-<cluster>`. */
export type Work = {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
  spec: WorkSpec
  status?: WorkStatus
}
export type WorkSpec = {
  workload?: { manifests?: JsonObject[] }
  suspendDispatching?: boolean
  preserveResourcesOnDeletion?: boolean
}
export type WorkStatus = {
  conditions?: Condition[]
  manifestStatuses?: ManifestStatus[]
}
export type ManifestStatus = {
  identifier: ResourceIdentifier
  status?: JsonObject
  health?: ResourceHealth
}
export type ResourceIdentifier = {
  ordinal: number
  group?: string
  version: string
  kind: string
  resource: string
  namespace?: string
  name: string
}
