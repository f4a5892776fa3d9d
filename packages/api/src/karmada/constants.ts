// Names that Karmada's components and users' tools agree on. Grouped by what they name.

export const Labels = {
  /** `true` on every object that Karmada wrote into a member. */
  managed: 'karmada.io/managed',
  system: 'karmada.io/system',
  bootstrapping: 'karmada.io/bootstrapping',
  propagationPolicyId: 'propagationpolicy.karmada.io/permanent-id',
  clusterPropagationPolicyId: 'clusterpropagationpolicy.karmada.io/permanent-id',
  resourceBindingId: 'resourcebinding.karmada.io/permanent-id',
  clusterResourceBindingId: 'clusterresourcebinding.karmada.io/permanent-id',
  workId: 'work.karmada.io/permanent-id',
  multiClusterServiceId: 'multiclusterservice.karmada.io/permanent-id',
  /** Followed by a hash. */
  dependedByPrefix: 'resourcebinding.karmada.io/depended-by-',
  bindingManagedBy: 'binding.karmada.io/managed-by',
  claimedBy: 'resourcetemplate.karmada.io/claimed-by',
  /** `true`: the member's replica count is kept. */
  retainReplicas: 'resourcetemplate.karmada.io/retain-replicas',
  /** `Always`: deleting the template is refused. */
  deletionProtected: 'resourcetemplate.karmada.io/deletion-protected',
  /** `true` on a Namespace: it is not created in members. */
  skipAutoPropagation: 'namespace.karmada.io/skip-auto-propagation',
  endpointSliceNamespace: 'endpointslice.karmada.io/namespace',
  endpointSliceName: 'endpointslice.karmada.io/name',
  endpointSliceManagedBy: 'endpointslice.karmada.io/managed-by',
  multiClusterServiceNamespace: 'multiclusterservice.karmada.io/namespace',
  multiClusterServiceName: 'multiclusterservice.karmada.io/name',
  federatedResourceQuotaNamespace: 'federatedresourcequota.karmada.io/namespace',
  federatedResourceQuotaName: 'federatedresourcequota.karmada.io/name',
} as const

export const Annotations = {
  propagationPolicyNamespace: 'propagationpolicy.karmada.io/namespace',
  propagationPolicyName: 'propagationpolicy.karmada.io/name',
  clusterPropagationPolicyName: 'clusterpropagationpolicy.karmada.io/name',
  /** JSON of the Placement that the scheduler last used. */
  appliedPlacement: 'policy.karmada.io/applied-placement',
  appliedOverrides: 'policy.karmada.io/applied-overrides',
  appliedClusterOverrides: 'policy.karmada.io/applied-cluster-overrides',
  resourceBindingNamespace: 'resourcebinding.karmada.io/namespace',
  resourceBindingName: 'resourcebinding.karmada.io/name',
  clusterResourceBindingName: 'clusterresourcebinding.karmada.io/name',
  /** JSON list of dependent object references. */
  dependencies: 'resourcebinding.karmada.io/dependencies',
  workNamespace: 'work.karmada.io/namespace',
  workName: 'work.karmada.io/name',
  /** `overwrite` or `abort`; on a template it wins over the policy. */
  conflictResolution: 'work.karmada.io/conflict-resolution',
  templateUid: 'resourcetemplate.karmada.io/uid',
  templateGeneration: 'resourcetemplate.karmada.io/generation',
  /** Sorted, comma-joined keys that Karmada manages on the member object; the list holds both of these two keys. */
  managedAnnotations: 'resourcetemplate.karmada.io/managed-annotations',
  managedLabels: 'resourcetemplate.karmada.io/managed-labels',
  multiClusterServiceNamespace: 'multiclusterservice.karmada.io/namespace',
  multiClusterServiceName: 'multiclusterservice.karmada.io/name',
  endpointSliceProvisionCluster: 'endpointslice.karmada.io/provision-cluster',
  cachedFromCluster: 'resource.karmada.io/cached-from-cluster',
  queryFromCluster: 'resource.karmada.io/query-from-cluster',
} as const

export const Finalizers = {
  cluster: 'karmada.io/cluster-controller',
  binding: 'karmada.io/binding-controller',
  clusterResourceBinding: 'karmada.io/cluster-resource-binding-controller',
  execution: 'karmada.io/execution-controller',
  dependencies: 'karmada.io/binding-dependencies-distributor',
  propagationPolicy: 'karmada.io/propagation-policy-controller',
  clusterPropagationPolicy: 'karmada.io/cluster-propagation-policy-controller',
  multiClusterService: 'karmada.io/multiclusterservice-controller',
  endpointSliceCollect: 'karmada.io/mcs-endpointslice-collect-controller',
  endpointSliceDispatch: 'karmada.io/mcs-endpointslice-dispatch-controller',
  endpointSlice: 'karmada.io/endpointslice-controller',
} as const

export const Taints = {
  notReady: 'cluster.karmada.io/not-ready',
  unreachable: 'cluster.karmada.io/unreachable',
  unschedulable: 'cluster.karmada.io/unschedulable',
} as const

/** Condition types of Cluster and their reasons. */
export const ClusterConditions = {
  ready: 'Ready',
  completeAPIEnablements: 'CompleteAPIEnablements',
  serviceDomainNameResolutionReady: 'ServiceDomainNameResolutionReady',
} as const
export const ClusterReasons = {
  ready: 'ClusterReady',
  notReady: 'ClusterNotReady',
  notReachable: 'ClusterNotReachable',
  statusCollectionFailed: 'StatusCollectionFailed',
  statusUnknown: 'ClusterStatusUnknown',
  statusNeverUpdated: 'ClusterStatusNeverUpdated',
  enablementsComplete: 'Complete',
  enablementsPartial: 'Partial',
  enablementsEmpty: 'Empty',
} as const

/** Condition types of bindings and their reasons. */
export const BindingConditions = { scheduled: 'Scheduled', fullyApplied: 'FullyApplied' } as const
export const BindingReasons = {
  success: 'Success',
  schedulerError: 'SchedulerError',
  noClusterFit: 'NoClusterFit',
  unschedulable: 'Unschedulable',
  quotaExceeded: 'QuotaExceeded',
  fullyAppliedSuccess: 'FullyAppliedSuccess',
  fullyAppliedFailed: 'FullyAppliedFailed',
} as const

/** Condition types of Work and their reasons. */
export const WorkConditions = { applied: 'Applied', dispatching: 'Dispatching' } as const
export const WorkReasons = {
  appliedSuccessful: 'AppliedSuccessful',
  appliedFailed: 'AppliedFailed',
  dispatching: 'Dispatching',
  suspendDispatching: 'SuspendDispatching',
} as const

export const MultiClusterServiceConditions = {
  serviceApplied: 'ServiceApplied',
  endpointSliceDispatched: 'EndpointSliceDispatched',
} as const

export const EvictionReasons = {
  taintUntolerated: 'TaintUntolerated',
  applicationFailure: 'ApplicationFailure',
} as const
export const EvictionProducers = {
  taintManager: 'TaintManager',
  bindingFailover: 'resource-binding-application-failover-controller',
  clusterBindingFailover: 'cluster-resource-binding-application-failover-controller',
} as const

/** Namespaces of Karmada's own; nothing in them propagates. */
export const KarmadaNamespaces = {
  system: 'karmada-system',
  /** Holds the members' credentials. */
  cluster: 'karmada-cluster',
  /** Followed by the member's name: its Works. */
  executionPrefix: 'karmada-es-',
} as const

export const DEFAULT_SCHEDULER = 'default-scheduler'
/** So that `karmada-es-<name>` is a valid namespace. */
export const CLUSTER_NAME_MAX_LENGTH = 48
