import type { DeepReadonly } from '../json.ts'
import type { ManagedFieldsEntry } from '../object.ts'
import type { FieldSet } from './field-set.ts'
import { isEmptyFieldSet, parseFieldSet, unionFieldSets } from './field-set.ts'

/** One line of `metadata.managedFields`: who owns which fields, by which kind of write, in which version. */
export interface OwnerEntry {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  readonly apiVersion: string
  readonly subresource: string
  readonly time: string | undefined
  readonly fields: FieldSet
  /** The stored form, reused while nothing changes. */
  readonly source: DeepReadonly<ManagedFieldsEntry> | undefined
}

/** Who writes, before it is known which fields. */
export type Owner = Omit<OwnerEntry, 'fields' | 'source' | 'time'>

/** More managers than this that only update are folded into one. */
const MAX_UPDATE_MANAGERS = 10
const FOLDED = 'ancient-changes'

type Stored = readonly DeepReadonly<ManagedFieldsEntry>[]

/** What the server wrote itself. */
export function readEntries(stored: Stored | undefined): OwnerEntry[] {
  return (stored ?? []).map((entry) => readEntry(entry, entry.fieldsV1 as FieldSet | undefined))
}

/** What a client sent; undefined when any line is not valid. */
export function parseEntries(given: Stored): OwnerEntry[] | undefined {
  const entries: OwnerEntry[] = []
  for (const entry of given) {
    const fields = parseFieldSet(entry.fieldsV1 ?? {})
    if (fields === undefined || (entry.operation !== 'Apply' && entry.operation !== 'Update')) return undefined
    entries.push(readEntry(entry, fields))
  }
  return entries
}

function readEntry(entry: DeepReadonly<ManagedFieldsEntry>, fields: FieldSet | undefined): OwnerEntry {
  return {
    manager: entry.manager ?? '',
    operation: entry.operation ?? 'Update',
    apiVersion: entry.apiVersion ?? '',
    subresource: entry.subresource ?? '',
    time: entry.time,
    fields: fields ?? {},
    source: entry,
  }
}

export function writeEntries(entries: readonly OwnerEntry[]): ManagedFieldsEntry[] {
  return entries.toSorted(compareEntries).map(writeEntry)
}

function writeEntry(entry: OwnerEntry): ManagedFieldsEntry {
  return {
    manager: entry.manager,
    operation: entry.operation,
    apiVersion: entry.apiVersion,
    ...(entry.time === undefined ? {} : { time: entry.time }),
    fieldsType: 'FieldsV1',
    fieldsV1: entry.fields,
    ...(entry.subresource === '' ? {} : { subresource: entry.subresource }),
  }
}

function compareEntries(a: OwnerEntry, b: OwnerEntry): number {
  return (
    order(a.operation, b.operation) ||
    order(a.time ?? '', b.time ?? '') ||
    order(a.manager, b.manager) ||
    order(a.apiVersion, b.apiVersion) ||
    order(a.subresource, b.subresource)
  )
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Appliers keep their entry when they change version, updaters have one for each. */
export function isSameOwner(entry: OwnerEntry, owner: Owner): boolean {
  return (
    entry.operation === owner.operation &&
    entry.manager === owner.manager &&
    entry.subresource === owner.subresource &&
    (owner.operation === 'Apply' || entry.apiVersion === owner.apiVersion)
  )
}

/** The same entry with other fields; undefined when none are left. */
export function withFields(entry: OwnerEntry, fields: FieldSet): OwnerEntry | undefined {
  if (fields === entry.fields) return entry
  return isEmptyFieldSet(fields) ? undefined : { ...entry, fields, source: undefined }
}

/** Folds the oldest updaters of a version into one entry while there are too many. */
export function capUpdaters(entries: readonly OwnerEntry[]): readonly OwnerEntry[] {
  const updaters = entries.filter((entry) => entry.operation === 'Update')
  let surplus = updaters.length - MAX_UPDATE_MANAGERS
  if (surplus <= 0) return entries
  const oldestFirst = updaters.toSorted((a, b) => order(a.time ?? '', b.time ?? '') || order(a.manager, b.manager))
  const gone = new Set<OwnerEntry>()
  const folded = new Map<string, OwnerEntry>()
  const first = new Map<string, OwnerEntry>()
  for (const entry of oldestFirst) {
    if (surplus <= 0) break
    const one = first.get(entry.apiVersion)
    if (one === undefined) {
      first.set(entry.apiVersion, entry)
      continue
    }
    const before = folded.get(entry.apiVersion) ?? one
    folded.set(entry.apiVersion, {
      manager: FOLDED,
      operation: 'Update',
      apiVersion: entry.apiVersion,
      subresource: '',
      time: entry.time,
      fields: unionFieldSets(before.fields, entry.fields),
      source: undefined,
    })
    gone.add(one).add(entry)
    surplus--
  }
  return [...entries.filter((entry) => !gone.has(entry)), ...folded.values()]
}
