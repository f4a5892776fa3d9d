import { deepEqual, type DeepReadonly, failure, type Unstructured } from '@kairship/apimachinery'
import type { ResourceDefinition } from '@kairship/api'
import type { Random } from '@kairship/runtime'

export function hasStatus(definition: ResourceDefinition): boolean {
  return definition.subresources.some(({ name }) => name === 'status')
}

/** RFC 3339 with whole seconds, as all times in metadata. */
export function timestamp(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19)}Z`
}

/** System fields of a new object. What the caller sent for them is ignored. */
export function fillCreated(draft: Unstructured, definition: ResourceDefinition, now: number, random: Random): void {
  const { metadata } = draft
  if (metadata.resourceVersion !== undefined && metadata.resourceVersion !== '') {
    throw failure(500, '', 'resourceVersion should not be set on objects to be created')
  }
  delete metadata.resourceVersion
  delete metadata.deletionTimestamp
  delete metadata.deletionGracePeriodSeconds
  delete metadata.generation
  Reflect.deleteProperty(metadata, 'selfLink')
  metadata.uid = random.uuid()
  metadata.creationTimestamp = timestamp(now)
  if (definition.hasGeneration) metadata.generation = 1
  if (hasStatus(definition)) delete draft['status']
}

/** System fields of a changed object, and the parts that this way of writing may not touch. */
export function carryOver(
  draft: Unstructured,
  old: DeepReadonly<Unstructured>,
  definition: ResourceDefinition,
  subresource: string,
): Unstructured {
  if (subresource === 'status') return withStatus(old, draft)
  const { metadata } = draft
  const before = old.metadata
  metadata.uid ??= before.uid ?? ''
  if (before.creationTimestamp !== undefined) metadata.creationTimestamp ??= before.creationTimestamp
  if (before.deletionTimestamp === undefined) delete metadata.deletionTimestamp
  else metadata.deletionTimestamp ??= before.deletionTimestamp
  if (before.deletionGracePeriodSeconds === undefined) delete metadata.deletionGracePeriodSeconds
  else metadata.deletionGracePeriodSeconds ??= before.deletionGracePeriodSeconds
  if (before.generation === undefined) delete metadata.generation
  else metadata.generation = before.generation
  // Once set, it stays: kubectl sends objects without it.
  if (before.generateName !== undefined) metadata.generateName ??= before.generateName
  if (hasStatus(definition) && subresource === '') {
    if (old['status'] === undefined) delete draft['status']
    else draft['status'] = old['status']
  }
  return draft
}

/** `/status` changes nothing but the status (and who manages it). */
function withStatus(old: DeepReadonly<Unstructured>, draft: Unstructured): Unstructured {
  const { status: _status, metadata, ...rest } = old
  const { managedFields: _fields, ...kept } = metadata
  const { managedFields } = draft.metadata
  return parseDraft({
    ...rest,
    metadata: { ...kept, ...(managedFields === undefined ? {} : { managedFields }) },
    ...(draft['status'] === undefined ? {} : { status: draft['status'] }),
  })
}

// What is shared with the stored object stays frozen.
function parseDraft(object: DeepReadonly<Unstructured>): Unstructured {
  return object as Unstructured
}

/** Generation counts changes of what the user wants: everything but metadata and (where it is apart) status. */
export function bumpGeneration(
  draft: Unstructured,
  old: DeepReadonly<Unstructured>,
  definition: ResourceDefinition,
  subresource: string,
): void {
  if (!definition.hasGeneration || subresource === 'status') return
  const skipped = hasStatus(definition) ? ['metadata', 'status'] : ['metadata']
  for (const key of new Set([...Object.keys(draft), ...Object.keys(old)])) {
    if (skipped.includes(key) || deepEqual(draft[key], old[key])) continue
    draft.metadata.generation = (old.metadata.generation ?? 0) + 1
    return
  }
}

/** True when writing `draft` would change nothing that anybody cares about: not even a new revision then (trap 6). */
export function isNoop(draft: Unstructured, old: DeepReadonly<Unstructured>): boolean {
  for (const key of Object.keys(draft)) if (key !== 'metadata' && !deepEqual(draft[key], old[key])) return false
  for (const key of Object.keys(old)) if (draft[key] === undefined && old[key] !== undefined) return false
  const { managedFields, resourceVersion: _rv, ...now } = draft.metadata
  const { managedFields: oldFields, resourceVersion: _old, ...before } = old.metadata
  return deepEqual(now, before) && deepEqual(withoutTimes(managedFields), withoutTimes(oldFields))
}

function withoutTimes(fields: DeepReadonly<Unstructured>['metadata']['managedFields']): unknown {
  return fields?.map(({ time: _time, ...entry }) => entry)
}
