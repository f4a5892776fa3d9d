import type { DeepReadonly } from './json.ts'

// API objects are `type` aliases, never interfaces: aliases get an implicit index signature, so a typed object can be
// handed to code that walks plain JSON without a cast.

/** metav1.OwnerReference. */
export type OwnerReference = {
  apiVersion: string
  kind: string
  name: string
  uid: string
  controller?: boolean
  blockOwnerDeletion?: boolean
}

/** metav1.ManagedFieldsEntry. */
export type ManagedFieldsEntry = {
  manager?: string
  operation?: 'Apply' | 'Update'
  apiVersion?: string
  time?: string
  fieldsType?: 'FieldsV1'
  fieldsV1?: { [path: string]: unknown }
  subresource?: string
}

/** metav1.ObjectMeta. Times are RFC 3339 with whole seconds. */
export type ObjectMeta = {
  name?: string
  generateName?: string
  namespace?: string
  uid?: string
  resourceVersion?: string
  generation?: number
  creationTimestamp?: string
  deletionTimestamp?: string
  deletionGracePeriodSeconds?: number
  labels?: { [key: string]: string }
  annotations?: { [key: string]: string }
  ownerReferences?: OwnerReference[]
  finalizers?: string[]
  managedFields?: ManagedFieldsEntry[]
}

/** What every API object has. Kinds extend it by intersection or by listing the same three fields. */
export type KubeObject = {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
}

/** An object whose kind is only known at run time. */
export type Unstructured = KubeObject & { [field: string]: unknown }

/** metav1.ListMeta. */
export type ListMeta = { resourceVersion?: string; continue?: string; remainingItemCount?: number }

export type KubeList<T> = {
  apiVersion?: string
  kind?: string
  metadata: ListMeta
  items: T[]
}

/** metav1.Condition. */
export type Condition = {
  type: string
  status: 'True' | 'False' | 'Unknown'
  reason?: string
  message?: string
  lastTransitionTime?: string
  observedGeneration?: number
}

export type GroupVersionKind = { group: string; version: string; kind: string }
export type GroupVersionResource = { group: string; version: string; resource: string }

/** `v1` for the core group, else `group/version`. */
export function formatApiVersion(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`
}

/** The inverse of `formatApiVersion`; a string without `/` is a core version. */
export function parseApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/')
  return slash < 0
    ? { group: '', version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) }
}

/** `namespace/name`, or `name` for cluster-scoped objects: the key used in caches, queues and logs. */
export function objectKey(object: DeepReadonly<KubeObject>): string {
  const { namespace, name } = object.metadata
  return namespace ? `${namespace}/${name ?? ''}` : (name ?? '')
}
