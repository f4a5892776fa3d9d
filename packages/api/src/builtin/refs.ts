import { resourceRef, type KubeObject, type ResourceRef } from '@kairship/apimachinery'
import type * as types from './generated/types.gen.ts'

// Typed tokens of the built-in resources: `client.of(Deployments)`. Reviews are create-only.

function ref<T extends KubeObject>(
  group: string,
  version: string,
  resource: string,
  kind: string,
  scope: 'namespaced' | 'cluster',
): ResourceRef<T> {
  return resourceRef<T>({ group, version, resource, kind, namespaced: scope === 'namespaced' })
}

export const Bindings: ResourceRef<types.Binding> = ref('', 'v1', 'bindings', 'Binding', 'namespaced')
export const ConfigMaps: ResourceRef<types.ConfigMap> = ref('', 'v1', 'configmaps', 'ConfigMap', 'namespaced')
export const EndpointsRef: ResourceRef<types.Endpoints> = ref('', 'v1', 'endpoints', 'Endpoints', 'namespaced')
export const Events: ResourceRef<types.Event> = ref('', 'v1', 'events', 'Event', 'namespaced')
export const LimitRanges: ResourceRef<types.LimitRange> = ref('', 'v1', 'limitranges', 'LimitRange', 'namespaced')
export const Namespaces: ResourceRef<types.Namespace> = ref('', 'v1', 'namespaces', 'Namespace', 'cluster')
export const Nodes: ResourceRef<types.Node> = ref('', 'v1', 'nodes', 'Node', 'cluster')
export const PersistentVolumeClaims: ResourceRef<types.PersistentVolumeClaim> = ref(
  '',
  'v1',
  'persistentvolumeclaims',
  'PersistentVolumeClaim',
  'namespaced',
)
export const PersistentVolumes: ResourceRef<types.PersistentVolume> = ref(
  '',
  'v1',
  'persistentvolumes',
  'PersistentVolume',
  'cluster',
)
export const Pods: ResourceRef<types.Pod> = ref('', 'v1', 'pods', 'Pod', 'namespaced')
export const PodTemplates: ResourceRef<types.PodTemplate> = ref('', 'v1', 'podtemplates', 'PodTemplate', 'namespaced')
export const ReplicationControllers: ResourceRef<types.ReplicationController> = ref(
  '',
  'v1',
  'replicationcontrollers',
  'ReplicationController',
  'namespaced',
)
export const ResourceQuotas: ResourceRef<types.ResourceQuota> = ref(
  '',
  'v1',
  'resourcequotas',
  'ResourceQuota',
  'namespaced',
)
export const Secrets: ResourceRef<types.Secret> = ref('', 'v1', 'secrets', 'Secret', 'namespaced')
export const ServiceAccounts: ResourceRef<types.ServiceAccount> = ref(
  '',
  'v1',
  'serviceaccounts',
  'ServiceAccount',
  'namespaced',
)
export const Services: ResourceRef<types.Service> = ref('', 'v1', 'services', 'Service', 'namespaced')

export const APIServices: ResourceRef<types.APIService> = ref(
  'apiregistration.k8s.io',
  'v1',
  'apiservices',
  'APIService',
  'cluster',
)

export const ControllerRevisions: ResourceRef<types.ControllerRevision> = ref(
  'apps',
  'v1',
  'controllerrevisions',
  'ControllerRevision',
  'namespaced',
)
export const DaemonSets: ResourceRef<types.DaemonSet> = ref('apps', 'v1', 'daemonsets', 'DaemonSet', 'namespaced')
export const Deployments: ResourceRef<types.Deployment> = ref('apps', 'v1', 'deployments', 'Deployment', 'namespaced')
export const ReplicaSets: ResourceRef<types.ReplicaSet> = ref('apps', 'v1', 'replicasets', 'ReplicaSet', 'namespaced')
export const StatefulSets: ResourceRef<types.StatefulSet> = ref(
  'apps',
  'v1',
  'statefulsets',
  'StatefulSet',
  'namespaced',
)

export const EventsEvents: ResourceRef<types.EventsEvent> = ref('events.k8s.io', 'v1', 'events', 'Event', 'namespaced')

export const SelfSubjectReviews: ResourceRef<types.SelfSubjectReview> = ref(
  'authentication.k8s.io',
  'v1',
  'selfsubjectreviews',
  'SelfSubjectReview',
  'cluster',
)
export const TokenReviews: ResourceRef<types.TokenReview> = ref(
  'authentication.k8s.io',
  'v1',
  'tokenreviews',
  'TokenReview',
  'cluster',
)

export const LocalSubjectAccessReviews: ResourceRef<types.LocalSubjectAccessReview> = ref(
  'authorization.k8s.io',
  'v1',
  'localsubjectaccessreviews',
  'LocalSubjectAccessReview',
  'namespaced',
)
export const SelfSubjectAccessReviews: ResourceRef<types.SelfSubjectAccessReview> = ref(
  'authorization.k8s.io',
  'v1',
  'selfsubjectaccessreviews',
  'SelfSubjectAccessReview',
  'cluster',
)
export const SelfSubjectRulesReviews: ResourceRef<types.SelfSubjectRulesReview> = ref(
  'authorization.k8s.io',
  'v1',
  'selfsubjectrulesreviews',
  'SelfSubjectRulesReview',
  'cluster',
)
export const SubjectAccessReviews: ResourceRef<types.SubjectAccessReview> = ref(
  'authorization.k8s.io',
  'v1',
  'subjectaccessreviews',
  'SubjectAccessReview',
  'cluster',
)

export const HorizontalPodAutoscalers: ResourceRef<types.HorizontalPodAutoscaler> = ref(
  'autoscaling',
  'v2',
  'horizontalpodautoscalers',
  'HorizontalPodAutoscaler',
  'namespaced',
)
export const AutoscalingV1HorizontalPodAutoscalers: ResourceRef<types.AutoscalingV1HorizontalPodAutoscaler> = ref(
  'autoscaling',
  'v1',
  'horizontalpodautoscalers',
  'HorizontalPodAutoscaler',
  'namespaced',
)

export const CronJobs: ResourceRef<types.CronJob> = ref('batch', 'v1', 'cronjobs', 'CronJob', 'namespaced')
export const Jobs: ResourceRef<types.Job> = ref('batch', 'v1', 'jobs', 'Job', 'namespaced')

export const CertificateSigningRequests: ResourceRef<types.CertificateSigningRequest> = ref(
  'certificates.k8s.io',
  'v1',
  'certificatesigningrequests',
  'CertificateSigningRequest',
  'cluster',
)

export const IngressClasses: ResourceRef<types.IngressClass> = ref(
  'networking.k8s.io',
  'v1',
  'ingressclasses',
  'IngressClass',
  'cluster',
)
export const Ingresses: ResourceRef<types.Ingress> = ref(
  'networking.k8s.io',
  'v1',
  'ingresses',
  'Ingress',
  'namespaced',
)
export const IPAddresses: ResourceRef<types.IPAddress> = ref(
  'networking.k8s.io',
  'v1',
  'ipaddresses',
  'IPAddress',
  'cluster',
)
export const NetworkPolicies: ResourceRef<types.NetworkPolicy> = ref(
  'networking.k8s.io',
  'v1',
  'networkpolicies',
  'NetworkPolicy',
  'namespaced',
)
export const ServiceCIDRs: ResourceRef<types.ServiceCIDR> = ref(
  'networking.k8s.io',
  'v1',
  'servicecidrs',
  'ServiceCIDR',
  'cluster',
)

export const PodDisruptionBudgets: ResourceRef<types.PodDisruptionBudget> = ref(
  'policy',
  'v1',
  'poddisruptionbudgets',
  'PodDisruptionBudget',
  'namespaced',
)

export const ClusterRoleBindings: ResourceRef<types.ClusterRoleBinding> = ref(
  'rbac.authorization.k8s.io',
  'v1',
  'clusterrolebindings',
  'ClusterRoleBinding',
  'cluster',
)
export const ClusterRoles: ResourceRef<types.ClusterRole> = ref(
  'rbac.authorization.k8s.io',
  'v1',
  'clusterroles',
  'ClusterRole',
  'cluster',
)
export const RoleBindings: ResourceRef<types.RoleBinding> = ref(
  'rbac.authorization.k8s.io',
  'v1',
  'rolebindings',
  'RoleBinding',
  'namespaced',
)
export const Roles: ResourceRef<types.Role> = ref('rbac.authorization.k8s.io', 'v1', 'roles', 'Role', 'namespaced')

export const CSIDrivers: ResourceRef<types.CSIDriver> = ref(
  'storage.k8s.io',
  'v1',
  'csidrivers',
  'CSIDriver',
  'cluster',
)
export const CSINodes: ResourceRef<types.CSINode> = ref('storage.k8s.io', 'v1', 'csinodes', 'CSINode', 'cluster')
export const CSIStorageCapacities: ResourceRef<types.CSIStorageCapacity> = ref(
  'storage.k8s.io',
  'v1',
  'csistoragecapacities',
  'CSIStorageCapacity',
  'namespaced',
)
export const StorageClasses: ResourceRef<types.StorageClass> = ref(
  'storage.k8s.io',
  'v1',
  'storageclasses',
  'StorageClass',
  'cluster',
)
export const VolumeAttachments: ResourceRef<types.VolumeAttachment> = ref(
  'storage.k8s.io',
  'v1',
  'volumeattachments',
  'VolumeAttachment',
  'cluster',
)
export const VolumeAttributesClasses: ResourceRef<types.VolumeAttributesClass> = ref(
  'storage.k8s.io',
  'v1',
  'volumeattributesclasses',
  'VolumeAttributesClass',
  'cluster',
)

export const MutatingAdmissionPolicies: ResourceRef<types.MutatingAdmissionPolicy> = ref(
  'admissionregistration.k8s.io',
  'v1',
  'mutatingadmissionpolicies',
  'MutatingAdmissionPolicy',
  'cluster',
)
export const MutatingAdmissionPolicyBindings: ResourceRef<types.MutatingAdmissionPolicyBinding> = ref(
  'admissionregistration.k8s.io',
  'v1',
  'mutatingadmissionpolicybindings',
  'MutatingAdmissionPolicyBinding',
  'cluster',
)
export const MutatingWebhookConfigurations: ResourceRef<types.MutatingWebhookConfiguration> = ref(
  'admissionregistration.k8s.io',
  'v1',
  'mutatingwebhookconfigurations',
  'MutatingWebhookConfiguration',
  'cluster',
)
export const ValidatingAdmissionPolicies: ResourceRef<types.ValidatingAdmissionPolicy> = ref(
  'admissionregistration.k8s.io',
  'v1',
  'validatingadmissionpolicies',
  'ValidatingAdmissionPolicy',
  'cluster',
)
export const ValidatingAdmissionPolicyBindings: ResourceRef<types.ValidatingAdmissionPolicyBinding> = ref(
  'admissionregistration.k8s.io',
  'v1',
  'validatingadmissionpolicybindings',
  'ValidatingAdmissionPolicyBinding',
  'cluster',
)
export const ValidatingWebhookConfigurations: ResourceRef<types.ValidatingWebhookConfiguration> = ref(
  'admissionregistration.k8s.io',
  'v1',
  'validatingwebhookconfigurations',
  'ValidatingWebhookConfiguration',
  'cluster',
)

export const CustomResourceDefinitions: ResourceRef<types.CustomResourceDefinition> = ref(
  'apiextensions.k8s.io',
  'v1',
  'customresourcedefinitions',
  'CustomResourceDefinition',
  'cluster',
)

export const PriorityClasses: ResourceRef<types.PriorityClass> = ref(
  'scheduling.k8s.io',
  'v1',
  'priorityclasses',
  'PriorityClass',
  'cluster',
)

export const Leases: ResourceRef<types.Lease> = ref('coordination.k8s.io', 'v1', 'leases', 'Lease', 'namespaced')

export const RuntimeClasses: ResourceRef<types.RuntimeClass> = ref(
  'node.k8s.io',
  'v1',
  'runtimeclasses',
  'RuntimeClass',
  'cluster',
)

export const EndpointSlices: ResourceRef<types.EndpointSlice> = ref(
  'discovery.k8s.io',
  'v1',
  'endpointslices',
  'EndpointSlice',
  'namespaced',
)

export const DeviceClasses: ResourceRef<types.DeviceClass> = ref(
  'resource.k8s.io',
  'v1',
  'deviceclasses',
  'DeviceClass',
  'cluster',
)
export const ResourceClaims: ResourceRef<types.ResourceClaim> = ref(
  'resource.k8s.io',
  'v1',
  'resourceclaims',
  'ResourceClaim',
  'namespaced',
)
export const ResourceClaimTemplates: ResourceRef<types.ResourceClaimTemplate> = ref(
  'resource.k8s.io',
  'v1',
  'resourceclaimtemplates',
  'ResourceClaimTemplate',
  'namespaced',
)
export const ResourceSlices: ResourceRef<types.ResourceSlice> = ref(
  'resource.k8s.io',
  'v1',
  'resourceslices',
  'ResourceSlice',
  'cluster',
)

export const FlowSchemas: ResourceRef<types.FlowSchema> = ref(
  'flowcontrol.apiserver.k8s.io',
  'v1',
  'flowschemas',
  'FlowSchema',
  'cluster',
)
export const PriorityLevelConfigurations: ResourceRef<types.PriorityLevelConfiguration> = ref(
  'flowcontrol.apiserver.k8s.io',
  'v1',
  'prioritylevelconfigurations',
  'PriorityLevelConfiguration',
  'cluster',
)
