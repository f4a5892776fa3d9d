import type { Condition, ObjectMeta } from '@kairship/apimachinery'
import type { Taint } from '../builtin/generated/types.gen.ts'

/** cluster.karmada.io/v1alpha1 Cluster: a member cluster of this instance. */
export type Cluster = {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
  spec: ClusterSpec
  status?: ClusterStatus
}

export type ClusterSpec = {
  /** UID of the member's kube-system namespace, or its ClusterProperty; filled when it joins. */
  id?: string
  syncMode: 'Push' | 'Pull'
  apiEndpoint?: string
  /** Secret with `token` and `caBundle`. */
  secretRef?: LocalSecretReference
  /** Secret with the `token` that may impersonate users. */
  impersonatorSecretRef?: LocalSecretReference
  insecureSkipTLSVerification?: boolean
  proxyURL?: string
  proxyHeader?: { [name: string]: string }
  provider?: string
  region?: string
  /** Deprecated; moved to `zones[0]` on write. */
  zone?: string
  zones?: string[]
  taints?: Taint[]
  resourceModels?: ResourceModel[]
}

export type LocalSecretReference = { namespace: string; name: string }
export type ResourceModel = { grade: number; ranges: ResourceModelRange[] }
export type ResourceModelRange = { name: string; min: string; max: string }

export type ClusterStatus = {
  kubernetesVersion?: string
  /** Sorted; subresources left out. */
  apiEnablements?: APIEnablement[]
  conditions?: Condition[]
  nodeSummary?: { totalNum?: number; readyNum?: number }
  resourceSummary?: ResourceSummary
  remedyActions?: string[]
}

export type APIEnablement = { groupVersion: string; resources?: { name: string; kind: string }[] }
export type ResourceSummary = {
  allocatable?: { [resource: string]: string }
  allocating?: { [resource: string]: string }
  allocated?: { [resource: string]: string }
  allocatableModelings?: { grade: number; count: number }[]
}
