import type { Condition, ObjectMeta } from '@kairship/apimachinery'
import type {
  CrossVersionObjectReference,
  HorizontalPodAutoscalerBehavior,
  HorizontalPodAutoscalerStatus,
  IngressSpec,
  IngressStatus,
  MetricSpec,
  ServiceStatus,
  SessionAffinityConfig,
} from '../builtin/generated/types.gen.ts'
import type { ClusterAffinity } from './placement.ts'

/** config.karmada.io/v1alpha1 ResourceInterpreterCustomization. */
export type ResourceInterpreterCustomization = {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
  spec: { target: { apiVersion: string; kind: string }; customizations: InterpreterCustomizations }
}
export type LuaRule = { luaScript: string }
export type InterpreterCustomizations = {
  retention?: LuaRule
  replicaResource?: LuaRule
  componentResource?: LuaRule
  replicaRevision?: LuaRule
  statusReflection?: LuaRule
  statusAggregation?: LuaRule
  healthInterpretation?: LuaRule
  dependencyInterpretation?: LuaRule
}

/** config.karmada.io/v1alpha1 ResourceInterpreterWebhookConfiguration; it has no spec. */
export type ResourceInterpreterWebhookConfiguration = {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
  webhooks: ResourceInterpreterWebhook[]
}
export type ResourceInterpreterWebhook = {
  name: string
  clientConfig: {
    url?: string
    service?: { namespace: string; name: string; path?: string; port?: number }
    caBundle?: string
  }
  rules?: { operations: string[]; apiGroups: string[]; apiVersions: string[]; kinds: string[] }[]
  timeoutSeconds?: number
  interpreterContextVersions: string[]
}

/** apps.karmada.io/v1alpha1 WorkloadRebalancer. */
export type WorkloadRebalancer = {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
  spec: { workloads: RebalancedWorkload[]; ttlSecondsAfterFinished?: number }
  status?: {
    observedWorkloads?: { workload: RebalancedWorkload; result?: 'Successful' | 'Failed'; reason?: string }[]
    observedGeneration?: number
    finishTime?: string
  }
}
export type RebalancedWorkload = { apiVersion: string; kind: string; name: string; namespace?: string }

/** networking.karmada.io/v1alpha1 MultiClusterService. */
export type MultiClusterService = {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
  spec: {
    types: ('CrossCluster' | 'LoadBalancer')[]
    ports?: { name?: string; port: number }[]
    /** Absent: every member. */
    providerClusters?: { name: string }[]
    consumerClusters?: { name: string }[]
    /** Deprecated, as the two below. */
    range?: ClusterAffinity
    serviceProvisionClusters?: string[]
    serviceConsumptionClusters?: string[]
  }
  status?: ServiceStatus
}

/** networking.karmada.io/v1alpha1 MultiClusterIngress. */
export type MultiClusterIngress = {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
  spec?: IngressSpec
  status?: IngressStatus & {
    trafficBlockClusters?: string[]
    serviceLocations?: { name: string; clusters?: string[] }[]
  }
}

/** autoscaling.karmada.io/v1alpha1 FederatedHPA. */
export type FederatedHPA = {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
  spec: {
    scaleTargetRef: CrossVersionObjectReference
    minReplicas?: number
    maxReplicas: number
    metrics?: MetricSpec[]
    behavior?: HorizontalPodAutoscalerBehavior
  }
  status?: HorizontalPodAutoscalerStatus
}

/** autoscaling.karmada.io/v1alpha1 CronFederatedHPA. */
export type CronFederatedHPA = {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
  spec: { scaleTargetRef: CrossVersionObjectReference; rules: CronFederatedHPARule[] }
  status?: { executionHistories?: ExecutionHistory[] }
}
export type CronFederatedHPARule = {
  name: string
  schedule: string
  targetReplicas?: number
  targetMinReplicas?: number
  targetMaxReplicas?: number
  suspend?: boolean
  timeZone?: string
  successfulHistoryLimit?: number
  failedHistoryLimit?: number
}
export type ExecutionHistory = {
  ruleName: string
  nextExecutionTime?: string
  successfulExecutions?: {
    scheduleTime: string
    executionTime: string
    appliedReplicas?: number
    appliedMinReplicas?: number
    appliedMaxReplicas?: number
  }[]
  failedExecutions?: { scheduleTime: string; executionTime: string; message: string }[]
}

/** search.karmada.io/v1alpha1 ResourceRegistry. */
export type ResourceRegistry = {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
  spec: {
    targetCluster: ClusterAffinity
    resourceSelectors: { apiVersion: string; kind: string; namespace?: string }[]
    backendStore?: { openSearch?: { addresses: string[]; secretRef?: { namespace: string; name: string } } }
  }
  status?: { conditions?: Condition[] }
}

/** remedy.karmada.io/v1alpha1 Remedy. */
export type Remedy = {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
  spec: {
    clusterAffinity?: { clusterNames?: string[] }
    decisionMatches?: {
      clusterConditionMatch?: {
        conditionType: string
        operator: 'Equal' | 'NotEqual'
        conditionStatus: string
      }
    }[]
    actions?: 'TrafficControl'[]
  }
}

/** multicluster.x-k8s.io/v1alpha1 ServiceExport. */
export type ServiceExport = {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
  status?: { conditions?: Condition[] }
}

/** multicluster.x-k8s.io/v1alpha1 ServiceImport. */
export type ServiceImport = {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
  spec?: {
    type: 'ClusterSetIP' | 'Headless'
    ports: { name?: string; protocol?: string; appProtocol?: string; port: number }[]
    ips?: string[]
    sessionAffinity?: string
    sessionAffinityConfig?: SessionAffinityConfig
  }
  status?: { clusters?: { cluster: string }[] }
}
