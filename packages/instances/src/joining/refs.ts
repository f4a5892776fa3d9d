import type {
  ClusterRole,
  ClusterRoleBinding,
  Namespace,
  Secret,
  SelfSubjectAccessReview,
  ServiceAccount,
} from '@kairship/api/builtin'
import { type ResourceRef, resourceRef } from '@kairship/apimachinery'

export const Namespaces: ResourceRef<Namespace> = resourceRef({
  group: '',
  version: 'v1',
  resource: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
})
export const Secrets: ResourceRef<Secret> = resourceRef({
  group: '',
  version: 'v1',
  resource: 'secrets',
  kind: 'Secret',
  namespaced: true,
})
export const ServiceAccounts: ResourceRef<ServiceAccount> = resourceRef({
  group: '',
  version: 'v1',
  resource: 'serviceaccounts',
  kind: 'ServiceAccount',
  namespaced: true,
})
export const ClusterRoles: ResourceRef<ClusterRole> = resourceRef({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  resource: 'clusterroles',
  kind: 'ClusterRole',
  namespaced: false,
})
export const ClusterRoleBindings: ResourceRef<ClusterRoleBinding> = resourceRef({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  resource: 'clusterrolebindings',
  kind: 'ClusterRoleBinding',
  namespaced: false,
})
export const SelfSubjectAccessReviews: ResourceRef<SelfSubjectAccessReview> = resourceRef({
  group: 'authorization.k8s.io',
  version: 'v1',
  resource: 'selfsubjectaccessreviews',
  kind: 'SelfSubjectAccessReview',
  namespaced: false,
})
