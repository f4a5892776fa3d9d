import type { DeepReadonly, JsonObject, JsonValue } from '../json.ts'
import { goText } from '../json/go-text.ts'
import { isJsonObject, own } from '../json/plain.ts'
import type { Shape } from '../shape/shape.ts'
import { PatchError } from './error.ts'

type Value = DeepReadonly<JsonValue>
type Members = DeepReadonly<JsonObject>
type MergeObject = (original: Members, patch: Members, shape: Shape) => Members

/** Merges a list marked `merge`: objects by their key, scalars as a set. */
export function mergeList(
  original: readonly Value[],
  patch: readonly Value[],
  shape: Shape,
  mergeObject: MergeObject,
): readonly Value[] {
  if (!original.some(isJsonObject) && !patch.some(isJsonObject)) {
    const union = [...new Map([...original, ...patch].map((item) => [identity(item, ''), item])).values()]
    return orderList(union, patch, original, '')
  }
  const { mergeKey } = shape.patch
  if (mergeKey === '') throw new PatchError('rejected', 'cannot merge lists without merge key')
  const { deleted, changes, replaces } = readDirectives(patch, mergeKey)
  if (replaces) return changes
  const merged = original.filter((item) => !deleted.has(identity(item, mergeKey)))
  const places = positions(merged, mergeKey)
  for (const change of changes) {
    const key = requiredIdentity(change, mergeKey)
    const at = places.get(key)
    const before = at === undefined ? undefined : merged[at]
    if (at !== undefined && isJsonObject(before)) {
      merged[at] = mergeObject(before, change, shape.items)
    } else {
      places.set(key, merged.length)
      merged.push(mergeObject({}, change, shape.items))
    }
  }
  return orderList(merged, changes, original, mergeKey)
}

/** Tells the elements that carry `$patch` from those that are content. */
function readDirectives(
  patch: readonly Value[],
  mergeKey: string,
): { deleted: ReadonlySet<string>; changes: Members[]; replaces: boolean } {
  const deleted = new Set<string>()
  const changes: Members[] = []
  let replaces = false
  for (const item of patch) {
    if (!isJsonObject(item)) throw new PatchError('malformed', 'lists of mixed types cannot be merged')
    const directive = own(item, '$patch')
    if (directive === undefined) {
      changes.push(item)
    } else if (directive === 'replace') {
      replaces = true
    } else if (directive === 'delete') {
      deleted.add(requiredIdentity(item, mergeKey))
    } else if (directive === 'merge') {
      throw new PatchError('malformed', 'merging lists cannot yet be specified in the patch')
    } else {
      const text = `unknown patch type: ${JSON.stringify(directive)} in map: ${JSON.stringify(item)}`
      throw new PatchError('malformed', text)
    }
  }
  return { deleted, changes, replaces }
}

/** `$deleteFromPrimitiveList`. */
export function deleteScalars(list: readonly Value[], deleted: readonly Value[]): readonly Value[] {
  const gone = new Set(deleted.map((item) => identity(item, '')))
  return list.filter((item) => !gone.has(identity(item, '')))
}

/**
 * Puts the items named by `wanted` into that order. Items that only the server has keep their order, and stand before a
 * wanted item only where they did so in `server`.
 */
export function orderList(
  list: readonly Value[],
  wanted: readonly Value[],
  server: readonly Value[],
  mergeKey: string,
): readonly Value[] {
  const wantedAt = positions(wanted, mergeKey)
  const serverAt = positions(server, mergeKey)
  const items = list.map((item) => {
    const key = identity(item, mergeKey)
    return { item, wanted: wantedAt.get(key) ?? -1, server: serverAt.get(key) ?? -1 }
  })
  const named = items.filter((each) => each.wanted >= 0).toSorted((a, b) => a.wanted - b.wanted)
  const others = items.filter((each) => each.wanted < 0).toSorted((a, b) => a.server - b.server)
  const result: Value[] = []
  let next = 0
  for (const other of others) {
    for (let first = named[next]; first !== undefined; first = named[++next]) {
      if (first.server >= 0 && other.server >= 0 && other.server < first.server) break
      result.push(first.item)
    }
    result.push(other.item)
  }
  for (; next < named.length; next++) result.push(named[next]?.item ?? null)
  return result
}

/** Where each item stands first. */
function positions(list: readonly Value[], mergeKey: string): Map<string, number> {
  const places = new Map<string, number>()
  list.forEach((item, at) => {
    const key = identity(item, mergeKey)
    if (!places.has(key)) places.set(key, at)
  })
  return places
}

/** Equal for items that are the same for merging: objects with the same key, equal scalars. Without a key: the item. */
export function identity(item: Value, mergeKey: string): string {
  const value = mergeKey !== '' && isJsonObject(item) ? own(item, mergeKey) : item
  return typeof value === 'string' ? `"${value}` : `${JSON.stringify(value)}`
}

function requiredIdentity(item: Members, mergeKey: string): string {
  if (own(item, mergeKey) === undefined) {
    throw new PatchError('keyless', `map: ${goText(item)} does not contain declared merge key: ${mergeKey}`)
  }
  return identity(item, mergeKey)
}
