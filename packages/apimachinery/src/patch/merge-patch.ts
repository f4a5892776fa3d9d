import type { DeepReadonly, JsonObject, JsonValue } from '../json.ts'
import { deepEqual } from '../json/equal.ts'
import { isJsonObject, own, setOwn } from '../json/plain.ts'

type Value = DeepReadonly<JsonValue>
type Members = { [key: string]: Value | undefined }

/**
 * RFC 7386: objects merge, null removes, everything else replaces. Returns `target` itself when nothing changes, and
 * shares its unchanged parts otherwise.
 */
export function applyMergePatch(target: Value | undefined, patch: Value): Value {
  if (!isJsonObject(patch)) return patch
  const base: DeepReadonly<JsonObject> = isJsonObject(target) ? target : {}
  const result = mergeMembers(base, patch)
  return isJsonObject(target) ? result : { ...result }
}

function mergeMembers(base: DeepReadonly<JsonObject>, patch: DeepReadonly<JsonObject>): DeepReadonly<JsonObject> {
  let result: Members | undefined
  for (const key of Object.keys(patch)) {
    const change = patch[key]
    const before = own(base, key)
    if (change === undefined) continue
    if (change === null) {
      if (before === undefined) continue
      result ??= { ...base }
      delete result[key]
      continue
    }
    const after = applyMergePatch(before, change)
    if (after === before || deepEqual(after, before)) continue
    result ??= { ...base }
    setOwn(result, key, after)
  }
  return result ?? base
}

/**
 * The smallest merge patch that turns `from` into `to`; undefined when they are the same JSON. A member that is null in
 * `to` cannot be expressed: the patch removes it instead.
 */
export function createMergePatch(from: Value, to: Value): Value | undefined {
  if (from === to) return undefined
  if (!isJsonObject(from) || !isJsonObject(to)) return deepEqual(from, to) ? undefined : to
  let patch: Members | undefined
  for (const key of Object.keys(from)) {
    if (from[key] === undefined || own(to, key) !== undefined) continue
    patch ??= {}
    setOwn(patch, key, null)
  }
  for (const key of Object.keys(to)) {
    const after = to[key]
    if (after === undefined) continue
    const before = own(from, key)
    const change = before === undefined || before === null ? after : createMergePatch(before, after)
    if (change === undefined || (before === null && after === null)) continue
    patch ??= {}
    setOwn(patch, key, change)
  }
  return patch
}
