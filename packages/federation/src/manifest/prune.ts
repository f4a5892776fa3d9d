import { getPath, isPlainObject, withPath } from '@kairship/apimachinery'
import type { DeepReadonly, Unstructured } from '@kairship/apimachinery'

export type Obj = DeepReadonly<Unstructured>

const serverFields = new Set([
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
  'managedFields',
  'resourceVersion',
  'selfLink',
  'uid',
  'ownerReferences',
  'finalizers',
])

/**
 * The object without what belongs to the server or the control plane: the manifest as it is stored in a Work. Kinds are
 * told by name only, whatever their group (T-12). Returns the same object when there is nothing to remove.
 */
export function pruneManifest(object: Obj): Obj {
  return pruneKind(pruneMetadata(withoutStatus(object)))
}

function withoutStatus(object: Obj): Obj {
  return object['status'] === undefined ? object : withPath(object, ['status'], undefined)
}

function pruneMetadata(object: Obj): Obj {
  const kept = Object.entries(object.metadata).filter(([field]) => !serverFields.has(field))
  if (kept.length === Object.keys(object.metadata).length) return object
  return { ...object, metadata: Object.fromEntries(kept) }
}

function pruneKind(object: Obj): Obj {
  const { kind = '' } = object
  switch (kind) {
    case 'Deployment':
      return withoutKeys(object, ['metadata', 'annotations'], (key) => deploymentAnnotations.has(key))
    case 'Job':
      return pruneJob(object)
    case 'ServiceAccount':
      return pruneServiceAccount(object)
    case 'Service':
      return pruneService(object)
    case 'Secret':
      return pruneSecret(object)
    case 'PersistentVolumeClaim':
      return withoutKeys(object, ['metadata', 'annotations'], (key) => key === 'volume.kubernetes.io/selected-node')
    default:
      return object
  }
}

const deploymentAnnotations = new Set([
  'deployment.kubernetes.io/revision',
  'deployment.kubernetes.io/revision-history',
])
const jobSelectorLabels = new Set(['controller-uid', 'batch.kubernetes.io/controller-uid'])
const jobPodLabels = new Set([...jobSelectorLabels, 'job-name', 'batch.kubernetes.io/job-name'])

/** Labels that the member's own server generates; and the ttl, which would remove the Job before it is reported (T-43). */
function pruneJob(object: Obj): Obj {
  const spec = withoutKeys(object, ['spec'], (key) => key === 'ttlSecondsAfterFinished')
  if (getPath(spec, ['spec', 'manualSelector']) === true) return spec
  const selector = withoutKeys(spec, ['spec', 'selector', 'matchLabels'], (key) => jobSelectorLabels.has(key))
  return withoutKeys(selector, ['spec', 'template', 'metadata', 'labels'], (key) => jobPodLabels.has(key))
}

/** Tokens that the old token controller made for this account in the control plane. */
function pruneServiceAccount(object: Obj): Obj {
  const secrets = object['secrets']
  if (!Array.isArray(secrets)) return object
  const prefix = `${object.metadata.name ?? ''}-token-`
  const kept = secrets.filter((entry) => {
    const name = getPath(entry, ['name'])
    return typeof name !== 'string' || !name.startsWith(prefix)
  })
  if (kept.length === secrets.length) return object
  return withPath(object, ['secrets'], kept.length === 0 ? undefined : kept)
}

/** Addresses are each member's own, except that a headless Service stays headless. */
function pruneService(object: Obj): Obj {
  if (getPath(object, ['spec', 'clusterIP']) === 'None') return object
  return withoutKeys(object, ['spec'], (key) => key === 'clusterIP' || key === 'clusterIPs')
}

function pruneSecret(object: Obj): Obj {
  if (object['type'] !== 'kubernetes.io/service-account-token') return object
  const annotated = withoutKeys(
    object,
    ['metadata', 'annotations'],
    (key) => key === 'kubernetes.io/service-account.uid',
  )
  return annotated['data'] === undefined ? annotated : withPath(annotated, ['data'], undefined)
}

/** Removes keys of the map at `path`; the map itself goes when it becomes empty. */
function withoutKeys(object: Obj, path: readonly string[], drop: (key: string) => boolean): Obj {
  const map = getPath(object, path)
  if (!isPlainObject(map)) return object
  const entries = Object.entries(map)
  const kept = entries.filter(([key]) => !drop(key))
  if (kept.length === entries.length) return object
  return withPath(object, path, kept.length === 0 ? undefined : Object.fromEntries(kept))
}
