import { Annotations, Labels } from '@kairship/api/karmada'
import type { DeepReadonly } from '@kairship/apimachinery'
import type { Obj } from './prune.ts'

type Strings = DeepReadonly<{ [key: string]: string }>

/** The Work that carries a manifest. */
export interface WorkIdentity {
  readonly namespace: string
  readonly name: string
  readonly permanentId: string
}

/**
 * Marks a manifest as this Work's: managed label, the Work's identity, and last the lists of all keys that the control
 * plane manages, by which a key that disappears later is removed from members (T-14). Idempotent; returns the same object
 * when everything is in place.
 */
export function stampManifest(object: Obj, work: WorkIdentity): Obj {
  const labels = merge(object.metadata.labels, { [Labels.managed]: 'true', [Labels.workId]: work.permanentId })
  const named = merge(object.metadata.annotations, {
    [Annotations.workNamespace]: work.namespace,
    [Annotations.workName]: work.name,
  })
  const annotationKeys = new Set([...Object.keys(named), Annotations.managedAnnotations, Annotations.managedLabels])
  const annotations = merge(named, {
    [Annotations.managedAnnotations]: [...annotationKeys].toSorted().join(','),
    [Annotations.managedLabels]: Object.keys(labels).toSorted().join(','),
  })
  if (labels === object.metadata.labels && annotations === object.metadata.annotations) return object
  return { ...object, metadata: { ...object.metadata, labels, annotations } }
}

/** `base` with `extra` on top; `base` itself when it says so already. */
export function merge(base: Strings | undefined, extra: Strings): Strings {
  if (base !== undefined && Object.entries(extra).every(([key, value]) => base[key] === value)) return base
  return { ...base, ...extra }
}
