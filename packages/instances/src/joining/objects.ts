import type { ClusterRole, ClusterRoleBinding, Namespace, Secret, ServiceAccount } from '@kairship/api/builtin'
import type { Cluster } from '@kairship/api/karmada'
import type { OwnerReference } from '@kairship/apimachinery'

/** Where member credentials live, in the instance and in the member. */
export const credentialsNamespace = 'karmada-cluster'
export const impersonatorAccount = 'karmada-impersonator'
const systemLabels = { 'karmada.io/system': 'true' }
/** UID of the control plane that joined this cluster, on the member's credentials namespace. */
export const joinedByAnnotation = 'kairship.io/joined-by'

export interface MemberPlace {
  readonly provider?: string
  readonly region?: string
  readonly zones?: readonly string[]
}

/** Names that joining uses, from the member's name. */
export function joinNames(name: string): {
  readonly account: string
  readonly role: string
  readonly secret: string
  readonly impersonatorSecret: string
} {
  const account = `karmada-${name}`
  return {
    account,
    role: `${rolePrefix}${account}`,
    secret: name,
    impersonatorSecret: `${name}-impersonator`,
  }
}
export const rolePrefix = 'karmada-controller-manager:'

export function namespaceObject(annotations: { [key: string]: string }): Namespace {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: credentialsNamespace, labels: { ...systemLabels }, annotations },
  }
}

export function accountObject(name: string): ServiceAccount {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace: credentialsNamespace, labels: { ...systemLabels } },
  }
}

/** A Secret that the member's token controller fills with a token that does not expire. */
export function tokenRequestObject(account: string): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/service-account-token',
    metadata: {
      name: account,
      namespace: credentialsNamespace,
      labels: { ...systemLabels },
      annotations: { 'kubernetes.io/service-account.name': account },
    },
  }
}

export function roleObject(name: string): ClusterRole {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name, labels: { ...systemLabels } },
    rules: [
      { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
      { nonResourceURLs: ['*'], verbs: ['get'] },
    ],
  }
}

export function roleBindingObject(name: string, account: string): ClusterRoleBinding {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name, labels: { ...systemLabels } },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name: account, namespace: credentialsNamespace }],
  }
}

/** A Secret of the instance with credentials of a member. */
export function credentialsObject(name: string, data: { [key: string]: string }): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    metadata: { name, namespace: credentialsNamespace, labels: { ...systemLabels } },
    data,
  }
}

/** Owned by the Cluster, credentials leave with it. */
export function ownedBy(cluster: { readonly name: string; readonly uid: string }): OwnerReference {
  return {
    apiVersion: 'cluster.karmada.io/v1alpha1',
    kind: 'Cluster',
    name: cluster.name,
    uid: cluster.uid,
    controller: true,
    blockOwnerDeletion: true,
  }
}

export function clusterObject(options: {
  readonly name: string
  readonly id: string
  readonly endpoint: string
  readonly insecure: boolean
  readonly place: MemberPlace
}): Cluster {
  const { name, place } = options
  const names = joinNames(name)
  return {
    apiVersion: 'cluster.karmada.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name },
    spec: {
      syncMode: 'Push',
      id: options.id,
      apiEndpoint: options.endpoint,
      secretRef: { namespace: credentialsNamespace, name: names.secret },
      impersonatorSecretRef: { namespace: credentialsNamespace, name: names.impersonatorSecret },
      ...(options.insecure ? { insecureSkipTLSVerification: true } : {}),
      ...(place.provider === undefined ? {} : { provider: place.provider }),
      ...(place.region === undefined ? {} : { region: place.region }),
      ...(place.zones === undefined || place.zones.length === 0 ? {} : { zones: [...place.zones] }),
    },
  }
}
