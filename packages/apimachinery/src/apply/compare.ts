import type { DeepReadonly, JsonObject, JsonValue } from '../json.ts'
import { deepEqual } from '../json/equal.ts'
import { isPlainObject, own } from '../json/plain.ts'
import type { Shape } from '../shape/shape.ts'
import { anyShape } from '../shape/shape.ts'
import type { FieldSet } from './field-set.ts'
import { emptyFieldSet, withSelf } from './field-set.ts'
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
const REMOVED_LEAF: FieldDiff = { changed: undefined, removed: emptyFieldSet }

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
  const form = before === 'none' ? after : before
  if (after !== 'none' && after !== form) {
    const { removed } = compareValues(old, undefined, shape) ?? REMOVED_LEAF
    const { changed } = compareValues(undefined, next, shape) ?? CHANGED_LEAF
    return { changed, removed }
  }
  if (form === 'object') return compareObjects(asMembers(old), asMembers(next), shape, implied)
  if (form === 'list') return compareLists(asItems(old), asItems(next), shape, implied)
  if (next === undefined) return REMOVED_LEAF
  return old !== undefined && deepEqual(old, next) ? undefined : CHANGED_LEAF
}

function asMembers(value: Value | undefined): Members | undefined {
  return isPlainObject(value) ? (value as Members) : undefined
}

function asItems(value: Value | undefined): Items | undefined {
  return Array.isArray(value) ? value : undefined
}

/** The members of two objects, except those in `skip`. */
export function compareObjects(
  old: Members | undefined,
  next: Members | undefined,
  shape: Shape,
  implied: boolean,
  skip?: ReadonlySet<string>,
): FieldDiff | undefined {
  let changed: Draft | undefined
  let removed: Draft | undefined
  for (const key in next) {
    const after = next[key]
    if (after === undefined || skip?.has(key) === true) continue
    const before = old === undefined ? undefined : own(old, key)
    if (before === after) continue
    const diff = compareValues(before, after, shape.member(key) ?? anyShape, before === undefined && shape.implies(key))
    if (diff === undefined) continue
    if (diff.changed !== undefined) (changed ??= {})[`f:${key}`] = diff.changed
    if (diff.removed !== undefined) (removed ??= {})[`f:${key}`] = diff.removed
  }
  for (const key in old) {
    const before = old[key]
    if (before === undefined || skip?.has(key) === true || (next !== undefined && own(next, key) !== undefined))
      continue
    const diff = compareValues(before, undefined, shape.member(key) ?? anyShape, shape.implies(key))
    if (diff?.removed !== undefined) (removed ??= {})[`f:${key}`] = diff.removed
  }
  return finish(changed, removed, old === undefined && !implied, next === undefined && !implied)
}

function compareLists(
  old: Items | undefined,
  next: Items | undefined,
  shape: Shape,
  implied: boolean,
): FieldDiff | undefined {
  let changed: Draft | undefined
  let removed: Draft | undefined
  const record = (element: string, diff: FieldDiff | undefined): void => {
    if (diff?.changed !== undefined) (changed ??= {})[element] = diff.changed
    if (diff?.removed !== undefined) (removed ??= {})[element] = diff.removed
  }
  if (old !== undefined && next !== undefined && aligned(old, next, shape)) {
    for (let at = 0; at < next.length; at++) {
      const after = next[at]
      const diff = compareValues(old[at], after, shape.items)
      if (diff !== undefined && after !== undefined) record(itemElement(after, shape) ?? `i:${at}`, diff)
    }
  } else {
    const before = indexItems(old ?? [], shape)
    const after = indexItems(next ?? [], shape)
    for (const [element, item] of after) record(element, compareItems(before.get(element), item, shape))
    for (const [element, item] of before) if (!after.has(element)) record(element, compareItems(item, undefined, shape))
  }
  return finish(changed, removed, old === undefined && !implied, next === undefined && !implied)
}

function compareItems(old: Value | undefined, next: Value | undefined, list: Shape): FieldDiff | undefined {
  return compareValues(old, next, list.items)
}

/** The usual case: the same items in the same order, which need no names then. */
function aligned(old: Items, next: Items, shape: Shape): boolean {
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

function finish(
  changed: Draft | undefined,
  removed: Draft | undefined,
  appeared: boolean,
  vanished: boolean,
): FieldDiff | undefined {
  const added = appeared ? withSelf(changed) : changed
  const gone = vanished ? withSelf(removed) : removed
  return added === undefined && gone === undefined ? undefined : { changed: added, removed: gone }
}
