import type { DeepReadonly } from '../json.ts'
import { deepEqual } from '../json/equal.ts'
import { toJson } from '../json/plain.ts'
import type { KubeObject, ManagedFieldsEntry } from '../object.ts'
import type { Shape } from '../shape/shape.ts'
import type { FieldDiff } from './compare.ts'
import type { Owner, OwnerEntry } from './entries.ts'
import { capUpdaters, isSameOwner, parseEntries, readEntries, withFields, writeEntries } from './entries.ts'
import type { FieldSet } from './field-set.ts'
import { emptyFieldSet, isEmptyFieldSet, subtractFieldSets, unionFieldSets } from './field-set.ts'
import { compareTracked, trackedPart } from './tracked.ts'

/** Who writes what kind of object when; the same for all writes with a field manager. */
export interface FieldWriter {
  readonly shape: Shape
  readonly manager: string
  /** The version of the request, e.g. `apps/v1`. */
  readonly apiVersion: string
  /** '' for the object itself. */
  readonly subresource: string
  /** The kind's status has a subresource of its own, so that the main resource never owns it. */
  readonly separateStatus: boolean
  /** RFC 3339. */
  readonly time: string
}

export interface TrackUpdate extends FieldWriter {
  /** The stored object in the request's version; undefined on create. */
  readonly old: DeepReadonly<KubeObject> | undefined
  /** What will be stored, defaults included. Its own managedFields are what the client sent. */
  readonly next: DeepReadonly<KubeObject>
}

type Entries = readonly DeepReadonly<ManagedFieldsEntry>[]

/**
 * The managedFields that `next` must be stored with after a create, update or patch (all but apply): the writer owns what
 * it changed, and nobody else does any more. Returns the stored list itself, with its old times, when ownership does not
 * change. Undefined when nothing is tracked: always so for objects that had no managedFields before (cleared with `[{}]`,
 * or created untracked).
 */
export function trackUpdate(update: TrackUpdate): Entries | undefined {
  const { old, next, subresource } = update
  const stored = old?.metadata.managedFields
  const given = subresource === '' ? next.metadata.managedFields : undefined
  const reset = given !== undefined && isReset(given)
  const known = reset ? [] : givenEntries(given, stored)
  const entries = known ?? readEntries(stored)
  if (old !== undefined && entries.length === 0) return reset || stored === undefined ? undefined : stored
  const part = trackedPart(subresource, update.separateStatus)
  const diff = compareTracked(old && toJson(old), toJson(next), update.shape, part)
  const after = diff === undefined ? entries : recordUpdate(entries, diff, update)
  if (after === entries) return known === undefined ? stored : writeEntries(entries)
  return after.length === 0 ? undefined : writeEntries(after)
}

/** `[{}]` clears. */
function isReset(given: Entries): boolean {
  return given.length === 1 && Object.keys(given[0] ?? {}).length === 0
}

/** What the client says, when it says anything valid that differs from what is stored. */
function givenEntries(given: Entries | undefined, stored: Entries | undefined): OwnerEntry[] | undefined {
  if (given === undefined || given.length === 0 || deepEqual(given, stored)) return undefined
  return parseEntries(given)
}

/** Puts the result of `trackUpdate` or `applyConfiguration` into a draft. */
export function setManagedFields(draft: KubeObject, entries: Entries | undefined): void {
  if (entries === undefined) delete draft.metadata.managedFields
  else draft.metadata.managedFields = entries as ManagedFieldsEntry[]
}

/** Entries after a write that is no apply; the same array when ownership does not change. */
export function recordUpdate(
  entries: readonly OwnerEntry[],
  diff: FieldDiff,
  writer: FieldWriter,
): readonly OwnerEntry[] {
  const owner: Owner = { ...ownerOf(writer), operation: 'Update' }
  const changed = diff.changed ?? emptyFieldSet
  let own: OwnerEntry | undefined
  let same = true
  const rest: OwnerEntry[] = []
  for (const entry of entries) {
    const mine = isSameOwner(entry, owner)
    const kept = withFields(entry, without(entry.fields, mine ? undefined : diff.changed, diff.removed))
    if (mine) {
      own = entry
      const fields = unionFieldSets(kept?.fields ?? emptyFieldSet, changed)
      const updated = withFields(entry, fields)
      if (updated === entry) {
        rest.push(entry)
      } else {
        same = false
        if (updated !== undefined) rest.push({ ...updated, time: writer.time })
      }
    } else {
      if (kept !== entry) same = false
      if (kept !== undefined) rest.push(kept)
    }
  }
  if (own === undefined && !isEmptyFieldSet(changed)) {
    same = false
    rest.push({ ...owner, time: writer.time, fields: changed, source: undefined })
  }
  return same ? entries : capUpdaters(rest)
}

export function ownerOf({ manager, apiVersion, subresource }: FieldWriter): Omit<Owner, 'operation'> {
  return { manager, apiVersion, subresource }
}

/** A set minus what was changed and what was removed. */
export function without(fields: FieldSet, changed: FieldSet | undefined, removed: FieldSet | undefined): FieldSet {
  const kept = changed === undefined ? fields : subtractFieldSets(fields, changed)
  return removed === undefined ? kept : subtractFieldSets(kept, removed)
}
