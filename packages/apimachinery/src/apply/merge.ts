import type { DeepReadonly, JsonObject, JsonValue } from '../json.ts'
import { deepEqual } from '../json/equal.ts'
import { own, setOwn } from '../json/plain.ts'
import type { Shape } from '../shape/shape.ts'
import { anyShape } from '../shape/shape.ts'
import { formOf, indexItems, isAligned } from './compare.ts'
import type { FieldSet } from './field-set.ts'
import { isMember } from './field-set.ts'
import { fieldName, itemElement, shapeBelow } from './path-element.ts'

type Value = DeepReadonly<JsonValue>
type Members = DeepReadonly<JsonObject>
type Draft = { [key: string]: Value | undefined }

/** Puts a configuration over an object, in the structure that the schema gives. Shares what does not change. */
export function mergeConfiguration(live: Members, config: Members, shape: Shape): Members {
  let result: Draft | undefined
  for (const key of Object.keys(config)) {
    const wanted = config[key]
    if (wanted === undefined) continue
    const before = own(live, key)
    const after = mergeValue(before, wanted, shape.member(key) ?? anyShape)
    if (after === before) continue
    result ??= { ...live }
    setOwn(result, key, after)
  }
  return result ?? live
}

function mergeValue(live: Value | undefined, config: Value, shape: Shape): Value {
  if (live === undefined) return config
  const form = formOf(live, shape)
  // Null says nothing where members are merged one by one.
  if (config === null && (form === 'object' || form === 'list') && Object.keys(Object(live)).length > 0) return live
  if (form === formOf(config, shape)) {
    if (form === 'object') return mergeConfiguration(live as Members, config as Members, shape)
    if (form === 'list') return mergeLists(live as readonly Value[], config as readonly Value[], shape)
  }
  return deepEqual(live, config) ? live : config
}

/** The configuration's items in its order; items that only the server has stay behind what preceded them. */
function mergeLists(live: readonly Value[], config: readonly Value[], shape: Shape): readonly Value[] {
  if (isAligned(live, config, shape)) {
    const items = config.map((item, at) => mergeValue(live[at], item, shape.items))
    return items.every((item, at) => item === live[at]) ? live : items
  }
  const liveByElement = indexItems(live, shape)
  const configByElement = indexItems(config, shape)
  const result: Value[] = []
  const shared = [...configByElement.keys()].filter((element) => liveByElement.has(element))
  let nextShared = 0
  let at = 0
  const takeServerOnly = (until: string | undefined): void => {
    for (; at < live.length; at++) {
      const item = live[at]
      if (item === undefined) continue
      const element = itemElement(item, shape) ?? `i:${at}`
      if (element === until) return
      if (!configByElement.has(element)) result.push(item)
    }
  }
  for (const [element, item] of configByElement) {
    takeServerOnly(shared[nextShared])
    result.push(mergeValue(liveByElement.get(element), item, shape.items))
    if (element === shared[nextShared]) nextShared++
  }
  takeServerOnly(undefined)
  return result.length === live.length && result.every((item, index) => item === live[index]) ? live : result
}

/**
 * The paths that an applier had set and no longer has, and that nobody in `managed` (all present owners) owns: what goes
 * away. A path that stands for itself takes everything below it along.
 */
export function droppedFields(last: FieldSet, managed: FieldSet | undefined, shape: Shape): FieldSet | undefined {
  let result: { [element: string]: FieldSet } | undefined
  for (const element in last) {
    const node = last[element]
    if (node === undefined || element === '.') continue
    const owned = managed?.[element]
    const name = fieldName(element)
    // A struct's field exists through what is in it; entries and items exist in their own right.
    const struct = name !== undefined && shape.declares(name)
    if ((struct || isMember(node)) && (owned === undefined || !(struct || isMember(owned)))) {
      result ??= {}
      result[element] = {}
      continue
    }
    const below = droppedFields(node, owned, shapeBelow(shape, element) ?? anyShape)
    if (below !== undefined) (result ??= {})[element] = below
  }
  return result
}

/** Removes paths from an object; a container that becomes empty goes too unless somebody owns it as such. */
export function removeFields(object: Members, removed: FieldSet, managed: FieldSet | undefined, shape: Shape): Members {
  let result: Draft | undefined
  for (const element in removed) {
    const name = fieldName(element)
    const node = removed[element]
    if (name === undefined || node === undefined) continue
    const before = own(object, name)
    if (before === undefined) continue
    const owned = managed?.[element]
    const after = isMember(node) ? undefined : removeBelow(before, node, owned, shape.member(name) ?? anyShape)
    if (after === before) continue
    result ??= { ...object }
    if (after === undefined) delete result[name]
    else setOwn(result, name, after)
  }
  return result ?? object
}

function removeBelow(value: Value, removed: FieldSet, managed: FieldSet | undefined, shape: Shape): Value | undefined {
  const form = formOf(value, shape)
  if (form !== 'object' && form !== 'list') return value
  const after =
    form === 'object'
      ? removeFields(value as Members, removed, managed, shape)
      : removeItems(value as readonly Value[], removed, managed, shape)
  const emptied = after !== value && Object.keys(after).length === 0
  return emptied && (managed === undefined || !isMember(managed)) ? undefined : after
}

function removeItems(
  list: readonly Value[],
  removed: FieldSet,
  managed: FieldSet | undefined,
  shape: Shape,
): readonly Value[] {
  const result: Value[] = []
  let same = true
  list.forEach((item, at) => {
    const element = itemElement(item, shape) ?? `i:${at}`
    const node = removed[element]
    if (node === undefined) {
      result.push(item)
      return
    }
    const after = isMember(node) ? undefined : removeBelow(item, node, managed?.[element], shape.items)
    if (after !== item) same = false
    if (after !== undefined) result.push(after)
  })
  return same ? list : result
}
