import type { DeepReadonly, JsonObject } from '../json.ts'
import { deepEqual } from '../json/equal.ts'
import { own, toJson } from '../json/plain.ts'
import { getArray } from '../json/path.ts'
import type { KubeObject, ManagedFieldsEntry } from '../object.ts'
import { errors, failure } from '../status.ts'
import { compareTracked, onlyTracked, trackedPart } from './tracked.ts'
import type { Shape } from '../shape/shape.ts'
import { conflictFailure, findConflicts } from './conflict.ts'
import type { FieldDiff } from './compare.ts'
import type { Owner, OwnerEntry } from './entries.ts'
import { isSameOwner, readEntries, withFields, writeEntries } from './entries.ts'
import type { FieldSet } from './field-set.ts'
import { emptyFieldSet, fieldSetsEqual, isEmptyFieldSet, subtractFieldSets, unionFieldSets } from './field-set.ts'
import { KUBECTL, lastAppliedFields, syncLastApplied } from './last-applied.ts'
import { droppedFields, mergeConfiguration, removeFields } from './merge.ts'
import { ConfigurationError, toFieldSet } from './to-field-set.ts'
import type { FieldWriter } from './track-update.ts'
import { ownerOf, without } from './track-update.ts'

export interface ApplyConfiguration extends FieldWriter {
  /** The stored object in the request's version; undefined when the apply creates it. */
  readonly live: DeepReadonly<KubeObject> | undefined
  /** The request's body. */
  readonly config: DeepReadonly<JsonObject>
  readonly force: boolean
}

export interface AppliedConfiguration {
  /** Not yet defaulted. Without managedFields. Shares its unchanged parts with `live`. */
  readonly object: DeepReadonly<JsonObject>
  /** The stored list itself when ownership does not change. */
  readonly managedFields: readonly DeepReadonly<ManagedFieldsEntry>[] | undefined
}

/**
 * Server-side apply: the configuration is merged into the object, what its manager had set before and dropped now is
 * removed unless somebody else owns it, and the manager owns what the configuration says. Throws `ApiError`: 409 when the
 * value of a field that somebody else owns would change and `force` is not set.
 */
export function applyConfiguration(request: ApplyConfiguration): AppliedConfiguration {
  const { shape, config, force, manager } = request
  if ((getArray(config, ['metadata', 'managedFields'])?.length ?? 0) > 0) {
    throw errors.badRequest('metadata.managedFields must be nil')
  }
  const part = trackedPart(request.subresource, request.separateStatus)
  const live = request.live === undefined ? undefined : withoutManagedFields(toJson(request.live))
  const entries = liveEntries(request, live)
  const owner: Owner = { ...ownerOf(request), operation: 'Apply' }
  const last = entries.find((entry) => isSameOwner(entry, owner))
  const others = entries.filter((entry) => entry !== last)
  const said = configurationFields(request)
  const fields = onlyTracked(said, part)

  const merged = mergeConfiguration(live ?? {}, config, shape)
  const object = last === undefined ? merged : withoutDropped(merged, { last, others, said, shape })

  const diff = compareTracked(live, object, shape, part)
  const conflicts = findConflicts(others, diff?.changed)
  if (conflicts.length > 0 && !force) {
    const allowed = manager === KUBECTL && live !== undefined ? lastAppliedFields(live, shape) : emptyFieldSet
    const left = conflicts
      .map(({ owner: other, fields: disputed }) => ({ owner: other, fields: subtractFieldSets(disputed, allowed) }))
      .filter((conflict) => !isEmptyFieldSet(conflict.fields))
    if (left.length > 0) throw conflictFailure(left)
  }
  const synced = manager === KUBECTL && live !== undefined ? syncLastApplied(object, config) : object
  return { object: synced, managedFields: recordApply(request, { entries, others, last, fields, diff }) }
}

interface Dropping {
  readonly last: OwnerEntry
  readonly others: readonly OwnerEntry[]
  /** Everything in the configuration: a name is nobody's, but its metadata is not empty. */
  readonly said: FieldSet
  readonly shape: Shape
}

/** Takes out what the manager had applied before, does not apply any more, and nobody else owns. */
function withoutDropped(
  merged: DeepReadonly<JsonObject>,
  { last, others, said, shape }: Dropping,
): DeepReadonly<JsonObject> {
  if (unionFieldSets(said, last.fields) === said) return merged
  const managed = others.reduce((all, entry) => unionFieldSets(all, entry.fields), said)
  const dropped = droppedFields(last.fields, managed, shape)
  return dropped === undefined ? merged : removeFields(merged, dropped, managed, shape)
}

function configurationFields({ config, shape, apiVersion }: ApplyConfiguration): FieldSet {
  try {
    return toFieldSet(config, shape)
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    const metadata = toJson(Object(config['metadata'] ?? {}))
    const name = `${asText(own(metadata, 'namespace'))}/${asText(own(metadata, 'name'))}`
    const kind = `${apiVersion}, Kind=${asText(config['kind'])}`
    throw failure(500, '', `failed to create typed patch object (${name}; ${kind}): ${error.message}`, undefined, {
      cause: error,
    })
  }
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Whoever wrote an object before ownership was tracked counts as one updater. */
function liveEntries(request: ApplyConfiguration, live: DeepReadonly<JsonObject> | undefined): OwnerEntry[] {
  const stored = readEntries(request.live?.metadata.managedFields)
  if (live === undefined || stored.length > 0) return stored
  const part = trackedPart('', request.separateStatus)
  const everything = compareTracked(undefined, live, request.shape, part)?.changed
  if (everything === undefined) return []
  const { apiVersion, time } = request
  const unknown = { manager: 'before-first-apply', operation: 'Update', subresource: '' } as const
  return [{ ...unknown, apiVersion, time, fields: everything, source: undefined }]
}

interface Ownership {
  readonly entries: readonly OwnerEntry[]
  readonly others: readonly OwnerEntry[]
  readonly last: OwnerEntry | undefined
  readonly fields: FieldSet
  readonly diff: FieldDiff | undefined
}

function recordApply(request: ApplyConfiguration, now: Ownership): AppliedConfiguration['managedFields'] {
  const { last, fields, diff } = now
  const others = now.others.flatMap((entry) => {
    const kept = withFields(entry, without(entry.fields, diff?.changed, diff?.removed))
    return kept === undefined ? [] : [kept]
  })
  const unchanged =
    last !== undefined &&
    last.apiVersion === request.apiVersion &&
    diff === undefined &&
    fieldSetsEqual(last.fields, fields)
  const stored = request.live?.metadata.managedFields
  if (unchanged && stored !== undefined && others.every((entry, at) => entry === now.others[at])) return stored
  const time = unchanged ? last.time : request.time
  const mine: OwnerEntry = { ...ownerOf(request), operation: 'Apply', time, fields, source: undefined }
  const all = isEmptyFieldSet(fields) ? others : [...others, mine]
  return all.length === 0 ? undefined : writeEntries(all)
}

function withoutManagedFields(object: DeepReadonly<JsonObject>): DeepReadonly<JsonObject> {
  const metadata = own(object, 'metadata')
  if (typeof metadata !== 'object' || metadata === null || !('managedFields' in metadata)) return object
  const { managedFields: _managedFields, ...rest } = metadata
  return { ...object, metadata: rest }
}

/** True when applying changed neither the object nor its owners, times aside. */
export function isUnchanged(live: DeepReadonly<KubeObject>, applied: AppliedConfiguration): boolean {
  return (
    applied.managedFields === live.metadata.managedFields &&
    deepEqual(withoutManagedFields(toJson(live)), applied.object)
  )
}
