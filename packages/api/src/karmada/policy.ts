import type { JsonValue, ObjectMeta } from '@kairship/apimachinery'
import type { LabelSelector } from '../builtin/generated/types.gen.ts'
import type { ClusterAffinity, ConflictResolution, FailoverBehavior, Placement, Suspension } from './placement.ts'

/** policy.karmada.io/v1alpha1 PropagationPolicy: templates of its own namespace. */
export type PropagationPolicy = {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
  spec: PropagationSpec
}
/** policy.karmada.io/v1alpha1 ClusterPropagationPolicy: templates of any namespace, and cluster-scoped ones. */
export type ClusterPropagationPolicy = PropagationPolicy

/** With a `name`, `labelSelector` is ignored; with neither, all objects of the kind. */
export type ResourceSelector = {
  apiVersion: string
  kind: string
  namespace?: string
  name?: string
  labelSelector?: LabelSelector
}

export type PropagationSpec = {
  resourceSelectors: ResourceSelector[]
  /** Deprecated, unused. */
  association?: boolean
  propagateDeps?: boolean
  placement?: Placement
  priority?: number
  preemption?: 'Always' | 'Never'
  dependentOverrides?: string[]
  schedulerName?: string
  failover?: FailoverBehavior
  conflictResolution?: ConflictResolution
  activationPreference?: 'Lazy'
  suspension?: Suspension
  preserveResourcesOnDeletion?: boolean
  schedulePriority?: { priorityClassSource: 'KubePriorityClass'; priorityClassName: string }
}

/** policy.karmada.io/v1alpha1 OverridePolicy. */
export type OverridePolicy = {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
  spec: OverrideSpec
}
/** policy.karmada.io/v1alpha1 ClusterOverridePolicy. */
export type ClusterOverridePolicy = OverridePolicy

export type OverrideSpec = {
  /** Absent matches everything in scope. */
  resourceSelectors?: ResourceSelector[]
  overrideRules?: RuleWithCluster[]
  /** Deprecated, with `overriders`; not together with `overrideRules`. */
  targetCluster?: ClusterAffinity
  overriders?: Overriders
}
export type RuleWithCluster = { targetCluster?: ClusterAffinity; overriders: Overriders }

export type Overriders = {
  plaintext?: PlaintextOverrider[]
  imageOverrider?: ImageOverrider[]
  commandOverrider?: CommandArgsOverrider[]
  argsOverrider?: CommandArgsOverrider[]
  labelsOverrider?: LabelAnnotationOverrider[]
  annotationsOverrider?: LabelAnnotationOverrider[]
  fieldOverrider?: FieldOverrider[]
}
export type OverriderOperator = 'add' | 'remove' | 'replace'
export type PlaintextOverrider = { path: string; operator: OverriderOperator; value?: JsonValue }
export type ImageOverrider = {
  predicate?: { path: string }
  component: 'Registry' | 'Repository' | 'Tag'
  operator: OverriderOperator
  value?: string
}
export type CommandArgsOverrider = { containerName: string; operator: 'add' | 'remove'; value?: string[] }
export type LabelAnnotationOverrider = { operator: OverriderOperator; value: { [key: string]: string } }
export type FieldOverrider = {
  fieldPath: string
  json?: FieldPatchOperation[]
  yaml?: FieldPatchOperation[]
}
export type FieldPatchOperation = { subPath: string; operator: OverriderOperator; value?: JsonValue }

/** policy.karmada.io/v1alpha1 FederatedResourceQuota. */
export type FederatedResourceQuota = {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
  spec: {
    overall: { [resource: string]: string }
    staticAssignments?: { clusterName: string; hard: { [resource: string]: string } }[]
  }
  status?: {
    overall?: { [resource: string]: string }
    overallUsed?: { [resource: string]: string }
    aggregatedStatus?: {
      clusterName: string
      hard?: { [resource: string]: string }
      used?: { [resource: string]: string }
    }[]
  }
}

/** policy.karmada.io/v1alpha1 ClusterTaintPolicy. */
export type ClusterTaintPolicy = {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
  spec: {
    targetClusters?: ClusterAffinity
    addOnConditions?: MatchCondition[]
    removeOnConditions?: MatchCondition[]
    taints: { key: string; effect: string; value?: string }[]
  }
}
export type MatchCondition = { conditionType: string; operator: 'In' | 'NotIn'; statusValues: string[] }
