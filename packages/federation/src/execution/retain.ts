import { deepEqual } from '@kairship/apimachinery'
import type { DeepReadonly } from '@kairship/apimachinery'
import { Annotations, Labels } from '@kairship/api/karmada'
import type { Obj } from '../manifest/prune.ts'

type Strings = DeepReadonly<{ [key: string]: string }>

/**
 * The manifest as it can replace the member's object: the member's version, finalizers, owners, status and its own
 * labels and annotations stay. A key that we managed before and no longer want goes (T-14).
 */
export function retainMetadata(desired: Obj, observed: Obj): Obj {
  const { resourceVersion, finalizers, ownerReferences, labels, annotations } = observed.metadata
  const managed = (annotation: string): readonly string[] => annotations?.[annotation]?.split(',') ?? []
  return {
    ...desired,
    ...(observed['status'] === undefined ? {} : { status: observed['status'] }),
    metadata: {
      ...desired.metadata,
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
      labels: retainKeys(desired.metadata.labels, labels, managed(Annotations.managedLabels)),
      annotations: retainKeys(desired.metadata.annotations, annotations, managed(Annotations.managedAnnotations)),
    },
  }
}

function retainKeys(desired: Strings = {}, observed: Strings = {}, managed: readonly string[]): Strings {
  const dropped = new Set(managed)
  const own = Object.entries(observed).filter(([key]) => desired[key] === undefined && !dropped.has(key))
  return own.length === 0 ? desired : { ...Object.fromEntries(own), ...desired }
}

/** Whether the member's object is what we want already. Status and what the server writes do not count. */
export function isInPlace(wanted: Obj, observed: Obj): boolean {
  for (const field of new Set([...Object.keys(wanted), ...Object.keys(observed)])) {
    if (field === 'status' || field === 'metadata') continue
    if (!deepEqual(wanted[field], observed[field])) return false
  }
  return (
    deepEqual(wanted.metadata.labels ?? {}, observed.metadata.labels ?? {}) &&
    deepEqual(wanted.metadata.annotations ?? {}, observed.metadata.annotations ?? {})
  )
}

export function isManaged(object: Obj): boolean {
  return object.metadata.labels?.[Labels.managed] === 'true'
}

/** The object names another Work as its origin: another instance's, or one of another member name. */
export function belongsToAnother(object: Obj, work: { readonly namespace: string; readonly name: string }): boolean {
  const namespace = object.metadata.annotations?.[Annotations.workNamespace]
  const name = object.metadata.annotations?.[Annotations.workName]
  return namespace !== undefined && name !== undefined && (namespace !== work.namespace || name !== work.name)
}

const releasedLabels = [
  Labels.managed,
  Labels.workId,
  Labels.resourceBindingId,
  Labels.clusterResourceBindingId,
  Labels.propagationPolicyId,
  Labels.clusterPropagationPolicyId,
]
const releasedAnnotations = [
  Annotations.managedAnnotations,
  Annotations.managedLabels,
  Annotations.resourceBindingNamespace,
  Annotations.resourceBindingName,
  Annotations.clusterResourceBindingName,
  Annotations.templateUid,
  Annotations.templateGeneration,
  Annotations.workNamespace,
  Annotations.workName,
  Annotations.propagationPolicyNamespace,
  Annotations.propagationPolicyName,
  Annotations.clusterPropagationPolicyName,
]

/** The merge patch that takes all our marks off, so that the object is the member's own again (T-42). */
export function releaseMarks(object: Obj): {
  readonly metadata: { readonly [field: string]: { [key: string]: null } }
} {
  const nulls = (keys: readonly string[], map: Strings = {}): { [key: string]: null } =>
    Object.fromEntries(keys.filter((key) => map[key] !== undefined).map((key) => [key, null]))
  return {
    metadata: {
      labels: nulls(releasedLabels, object.metadata.labels),
      annotations: nulls(releasedAnnotations, object.metadata.annotations),
    },
  }
}
