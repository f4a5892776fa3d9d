import type { DeepReadonly, JsonObject, JsonValue } from '../json.ts'
import { deepEqual } from '../json/equal.ts'
import { isPlainObject, own } from '../json/plain.ts'
import type { Shape } from '../shape/shape.ts'
import { anyShape } from '../shape/shape.ts'
import type { FieldSet } from './field-set.ts'
import { emptyFieldSet } from './field-set.ts'
import { itemElement, sameElement } from './path-element.ts'

type Value = DeepReadonly<JsonValue>
type Members = DeepReadonly<JsonObject>
type Items = readonly Value[]
type Draft = { [element: string]: FieldSet }

/** Which paths a change touched. `changed` holds those that are new or have another value. */
export interface FieldDiff {
  readonly changed: FieldSet | undefined
  readonly removed: FieldSet | undefined
}

const CHANGED_LEAF: FieldDiff = { changed: emptyFieldSet, removed: undefined }

/** `object`: member by member; `list`: item by item; `leaf`: as a whole. */
export function formOf(value: Value | undefined, shape: Shape): 'object' | 'list' | 'leaf' | 'none' {
  if (typeof value !== 'object') return value === undefined ? 'none' : 'leaf'
  if (value === null) return 'none'
  if (Array.isArray(value)) return shape.kind === 'list' && !shape.atomic ? 'list' : 'leaf'
  if (shape.kind === 'any' || (shape.kind === 'object' && !shape.atomic))
    return isPlainObject(value) ? 'object' : 'leaf'
  return 'leaf'
}

/**
 * Compares two values; undefined when they are the same. Parts that both share (`===`) cost nothing.
 * `implied`: the value counts as present even where it is absent.
 */
export function compareValues(
  old: Value | undefined,
  next: Value | undefined,
  shape: Shape,
  implied = false,
): FieldDiff | undefined {
  if (old === next) return undefined
  const before = formOf(old, shape)
  const after = formOf(next, shape)
  if (before === after) {
    if (before === 'object') return compareObjects(asMembers(old), asMembers(next), shape)
    if (before === 'list') return compareLists(asItems(old), asItems(next), shape)
    if (before === 'leaf') return deepEqual(old, next) ? undefined : CHANGED_LEAF
  }
  // Something appeared, vanished or became something else. A leaf that was replaced is the changed path itself.
  const changed = next === undefined ? undefined : presentFields(next, shape, implied)
  const gone = next === undefined || before === 'object' || before === 'list'
  const removed = old === undefined || !gone ? undefined : presentFields(old, shape, implied)
  return changed === undefined && removed === undefined ? undefined : { changed, removed }
}

function asMembers(value: Value | undefined): Members {
  return isPlainObject(value) ? (value as Members) : {}
}

function asItems(value: Value | undefined): Items {
  return Array.isArray(value) ? value : []
}

/** Everything there is: the set for a value that was not there before. Undefined only for an implied one without content. */
export function presentFields(
  value: Value,
  shape: Shape,
  implied: boolean,
  skip?: ReadonlySet<string>,
): FieldSet | undefined {
  const form = formOf(value, shape)
  if (form === 'leaf' || form === 'none') return emptyFieldSet
  const set: Draft = implied ? {} : { '.': emptyFieldSet }
  let empty = true
  if (form === 'list') {
    asItems(value).forEach((item, at) => {
      set[itemElement(item, shape) ?? `i:${at}`] = presentFields(item, shape.items, false) ?? emptyFieldSet
      empty = false
    })
  } else {
    const members = asMembers(value)
    for (const key in members) {
      const member = members[key]
      if (member === undefined || skip?.has(key) === true) continue
      // What comes with something new is new as well, by value or not.
      const below = presentFields(member, shape.member(key) ?? anyShape, implied && shape.implies(key))
      if (below === undefined) continue
      set[`f:${key}`] = below
      empty = false
    }
  }
  if (empty) return implied ? undefined : emptyFieldSet
  return set
}

/** The members of two objects, except those in `skip`. */
export function compareObjects(
  old: Members,
  next: Members,
  shape: Shape,
  skip?: ReadonlySet<string>,
): FieldDiff | undefined {
  let changed: Draft | undefined
  let removed: Draft | undefined
  for (const key in next) {
    const after = next[key]
    if (after === undefined) continue
    const before = own(old, key)
    if (before === after || skip?.has(key) === true) continue
    const diff = compareValues(before, after, shape.member(key) ?? anyShape, before === undefined && shape.implies(key))
    if (diff === undefined) continue
    if (diff.changed !== undefined) (changed ??= {})[`f:${key}`] = diff.changed
    if (diff.removed !== undefined) (removed ??= {})[`f:${key}`] = diff.removed
  }
  for (const key in old) {
    const before = old[key]
    if (before === undefined || own(next, key) !== undefined || skip?.has(key) === true) continue
    const gone = presentFields(before, shape.member(key) ?? anyShape, shape.implies(key))
    if (gone !== undefined) (removed ??= {})[`f:${key}`] = gone
  }
  return changed === undefined && removed === undefined ? undefined : { changed, removed }
}

function compareLists(old: Items, next: Items, shape: Shape): FieldDiff | undefined {
  let changed: Draft | undefined
  let removed: Draft | undefined
  const record = (element: string, diff: FieldDiff | undefined): void => {
    if (diff?.changed !== undefined) (changed ??= {})[element] = diff.changed
    if (diff?.removed !== undefined) (removed ??= {})[element] = diff.removed
  }
  if (isAligned(old, next, shape)) {
    for (let at = 0; at < next.length; at++) {
      const after = next[at]
      const diff = compareValues(old[at], after, shape.items)
      if (diff !== undefined && after !== undefined) record(itemElement(after, shape) ?? `i:${at}`, diff)
    }
  } else {
    const before = indexItems(old, shape)
    const after = indexItems(next, shape)
    for (const [element, item] of after) record(element, compareValues(before.get(element), item, shape.items))
    for (const [element, item] of before) {
      if (!after.has(element)) record(element, compareValues(item, undefined, shape.items))
    }
  }
  return changed === undefined && removed === undefined ? undefined : { changed, removed }
}

/** The usual case: the same items in the same order, which need no names then. */
export function isAligned(old: Items, next: Items, shape: Shape): boolean {
  if (old.length !== next.length) return false
  for (let at = 0; at < next.length; at++) {
    const a = old[at]
    const b = next[at]
    if (a !== b && (a === undefined || b === undefined || !sameElement(a, b, shape))) return false
  }
  return true
}

/** Items by element; of repeated ones the first. */
export function indexItems(items: Items, list: Shape): Map<string, Value> {
  const index = new Map<string, Value>()
  items.forEach((item, at) => {
    const element = itemElement(item, list) ?? `i:${at}`
    if (!index.has(element)) index.set(element, item)
  })
  return index
}
