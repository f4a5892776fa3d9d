/** Kinds of one apiVersion that Kubernetes 1.`first` to 1.`last` serve without flags. `last` 36 can mean later. */
export interface Served {
  readonly group: string
  readonly version: string
  readonly kinds: readonly string[]
  readonly first: number
  readonly last: number
}

/** A kind that is still served, with a warning from Kubernetes 1.`since` on. */
export interface Deprecation {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly since: number
  readonly warning: string
}

export const DEPRECATIONS: readonly Deprecation[] = [
  {
    group: '',
    version: 'v1',
    kind: 'Endpoints',
    since: 33,
    warning: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  },
  {
    group: '',
    version: 'v1',
    kind: 'ComponentStatus',
    since: 19,
    warning: 'v1 ComponentStatus is deprecated in v1.19+',
  },
]

export const OLDEST_MINOR = 16
export const NEWEST_MINOR = 36

function served(apiVersion: string, kinds: string, first: number, last: number = NEWEST_MINOR): Served {
  const slash = apiVersion.indexOf('/')
  const group = slash < 0 ? '' : apiVersion.slice(0, slash)
  return { group, version: apiVersion.slice(slash + 1), kinds: kinds.split(' '), first, last }
}

const WEBHOOKS = 'MutatingWebhookConfiguration ValidatingWebhookConfiguration'
const ACCESS_REVIEWS = 'LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview'
const RBAC = 'ClusterRole ClusterRoleBinding Role RoleBinding'
const FLOW = 'FlowSchema PriorityLevelConfiguration'
const CORE =
  'Binding ComponentStatus ConfigMap Endpoints Event LimitRange Namespace Node PersistentVolume ' +
  'PersistentVolumeClaim Pod PodTemplate ReplicationController ResourceQuota Secret Service ServiceAccount'

/** When which built-in kind was served, by default, from Kubernetes 1.16 on. */
export const SERVED: readonly Served[] = [
  served('v1', CORE, 16),
  served('admissionregistration.k8s.io/v1', WEBHOOKS, 16),
  served('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding', 30),
  served('admissionregistration.k8s.io/v1', 'MutatingAdmissionPolicy MutatingAdmissionPolicyBinding', 36),
  served('admissionregistration.k8s.io/v1beta1', WEBHOOKS, 16, 21),
  served('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 16),
  served('apiextensions.k8s.io/v1beta1', 'CustomResourceDefinition', 16, 21),
  served('apiregistration.k8s.io/v1', 'APIService', 16),
  served('apiregistration.k8s.io/v1beta1', 'APIService', 16, 21),
  served('apps/v1', 'ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet', 16),
  served('authentication.k8s.io/v1', 'TokenReview', 16),
  served('authentication.k8s.io/v1', 'SelfSubjectReview', 28),
  served('authentication.k8s.io/v1beta1', 'TokenReview', 16, 21),
  served('authorization.k8s.io/v1', ACCESS_REVIEWS, 16),
  served('authorization.k8s.io/v1beta1', ACCESS_REVIEWS, 16, 21),
  served('autoscaling/v1', 'HorizontalPodAutoscaler', 16),
  served('autoscaling/v2', 'HorizontalPodAutoscaler', 23),
  served('autoscaling/v2beta1', 'HorizontalPodAutoscaler', 16, 24),
  served('autoscaling/v2beta2', 'HorizontalPodAutoscaler', 16, 25),
  served('batch/v1', 'Job', 16),
  served('batch/v1', 'CronJob', 21),
  served('batch/v1beta1', 'CronJob', 16, 24),
  served('certificates.k8s.io/v1', 'CertificateSigningRequest', 19),
  served('certificates.k8s.io/v1beta1', 'CertificateSigningRequest', 16, 21),
  served('coordination.k8s.io/v1', 'Lease', 16),
  served('coordination.k8s.io/v1beta1', 'Lease', 16, 21),
  served('discovery.k8s.io/v1', 'EndpointSlice', 21),
  served('discovery.k8s.io/v1beta1', 'EndpointSlice', 17, 24),
  served('events.k8s.io/v1', 'Event', 19),
  served('events.k8s.io/v1beta1', 'Event', 16, 24),
  served('extensions/v1beta1', 'Ingress', 16, 21),
  served('flowcontrol.apiserver.k8s.io/v1', FLOW, 29),
  served('flowcontrol.apiserver.k8s.io/v1beta1', FLOW, 20, 25),
  served('flowcontrol.apiserver.k8s.io/v1beta2', FLOW, 23, 28),
  served('flowcontrol.apiserver.k8s.io/v1beta3', FLOW, 26, 31),
  served('networking.k8s.io/v1', 'NetworkPolicy', 16),
  served('networking.k8s.io/v1', 'Ingress IngressClass', 19),
  served('networking.k8s.io/v1', 'IPAddress ServiceCIDR', 33),
  served('networking.k8s.io/v1beta1', 'Ingress', 16, 21),
  served('networking.k8s.io/v1beta1', 'IngressClass', 18, 21),
  served('node.k8s.io/v1', 'RuntimeClass', 20),
  served('node.k8s.io/v1beta1', 'RuntimeClass', 16, 24),
  served('policy/v1', 'PodDisruptionBudget', 21),
  served('policy/v1beta1', 'PodDisruptionBudget PodSecurityPolicy', 16, 24),
  served('rbac.authorization.k8s.io/v1', RBAC, 16),
  served('rbac.authorization.k8s.io/v1beta1', RBAC, 16, 21),
  served('resource.k8s.io/v1', 'DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice', 34),
  served('scheduling.k8s.io/v1', 'PriorityClass', 16),
  served('scheduling.k8s.io/v1beta1', 'PriorityClass', 16, 21),
  served('storage.k8s.io/v1', 'StorageClass VolumeAttachment', 16),
  served('storage.k8s.io/v1', 'CSINode', 17),
  served('storage.k8s.io/v1', 'CSIDriver', 18),
  served('storage.k8s.io/v1', 'CSIStorageCapacity', 24),
  served('storage.k8s.io/v1', 'VolumeAttributesClass', 34),
  served('storage.k8s.io/v1beta1', 'CSIDriver CSINode StorageClass VolumeAttachment', 16, 21),
  served('storage.k8s.io/v1beta1', 'CSIStorageCapacity', 21, 26),
]
