import type { DeepReadonly, JsonObject, JsonValue } from '../json.ts'
import { deepEqual } from '../json/equal.ts'
import { isJsonObject, own, setOwn } from '../json/plain.ts'
import type { Shape } from '../shape/shape.ts'
import { anyShape } from '../shape/shape.ts'
import { PatchError } from './error.ts'
import { deleteScalars, identity, mergeList, orderList } from './strategic-list.ts'

type Value = DeepReadonly<JsonValue>
type Members = DeepReadonly<JsonObject>
type Draft = { [key: string]: Value | undefined }

const PATCH = '$patch'
const RETAIN_KEYS = '$retainKeys'
const ORDER = '$setElementOrder/'
const DELETE_SCALARS = '$deleteFromPrimitiveList/'

/**
 * Kubernetes' strategic merge patch: a merge patch in which lists marked so in the schema merge by key, plus the `$…`
 * directives. Unchanged parts are shared with `target`, which is returned itself when nothing changes.
 */
export function applyStrategicMergePatch(target: Members, patch: Value | undefined, shape: Shape): Members {
  if (!isJsonObject(patch)) throw new PatchError('malformed', 'Invalid JSON document')
  return mergeObject(target, patch, shape)
}

/** Exported for the list half only. */
export function mergeObject(original: Members, patch: Members, shape: Shape): Members {
  const directive = own(patch, PATCH)
  if (directive !== undefined) {
    if (directive === 'replace') return withoutDirectives(patch)
    if (directive === 'delete') return {}
    if (directive !== 'merge') throw unknownDirective(directive, patch)
  }
  const draft = new ObjectDraft(original)
  retainKeys(draft, patch)
  const ordered = orderedLists(draft, original, patch, shape)
  for (const key of Object.keys(patch)) {
    if (key === PATCH || key === RETAIN_KEYS || key.startsWith(ORDER) || ordered.has(key)) continue
    const change = patch[key]
    if (change === undefined) continue
    if (key.startsWith(DELETE_SCALARS)) {
      const name = key.slice(DELETE_SCALARS.length)
      const list = draft.get(name)
      if (!Array.isArray(change)) throw badFormat(DELETE_SCALARS)
      if (Array.isArray(list)) draft.set(name, deleteScalars(list, change))
    } else {
      draft.set(key, change === null ? undefined : mergeMember(draft.get(key), change, shape.member(key) ?? anyShape))
    }
  }
  return draft.result
}

function mergeMember(before: Value | undefined, change: Value, shape: Shape): Value {
  if (isJsonObject(change)) {
    if (!isJsonObject(before) || shape.patch.replace) return withoutDirectives(change)
    return mergeObject(before, change, shape)
  }
  if (Array.isArray(change)) {
    if (!Array.isArray(before) || !shape.patch.merge) return listWithoutDirectives(change)
    return mergeList(before, change, shape, mergeObject)
  }
  return change
}

/** `$retainKeys` of a union: everything that is not named goes. */
function retainKeys(draft: ObjectDraft, patch: Members): void {
  const retained = own(patch, RETAIN_KEYS)
  if (retained === undefined) return
  if (!Array.isArray(retained)) throw badFormat(RETAIN_KEYS)
  for (const key of Object.keys(patch)) {
    if (!key.startsWith('$') && patch[key] !== null && !retained.includes(key)) throw badFormat(RETAIN_KEYS)
  }
  for (const key of draft.keys()) if (!retained.includes(key)) draft.set(key, undefined)
}

/** `$setElementOrder/x` together with `x`; returns the fields that need no further merging. */
function orderedLists(draft: ObjectDraft, original: Members, patch: Members, shape: Shape): ReadonlySet<string> {
  const done = new Set<string>()
  for (const key of Object.keys(patch)) {
    if (!key.startsWith(ORDER)) continue
    const order = patch[key]
    if (!Array.isArray(order)) throw badFormat(ORDER)
    const name = key.slice(ORDER.length)
    const before = draft.get(name)
    const change = own(patch, name)
    const field = shape.member(name) ?? anyShape
    if (change === null || (before === undefined && change === undefined)) continue
    done.add(name)
    checkOrder(change, order, field.patch.mergeKey)
    const merged = change === undefined ? before : mergeMember(before, change, field)
    if (!Array.isArray(merged)) continue
    const server = own(original, name)
    draft.set(name, orderList(merged, order, Array.isArray(server) ? server : [], field.patch.mergeKey))
  }
  return done
}

/** The patch's own items must stand in the order that it demands. */
function checkOrder(change: Value | undefined, order: readonly Value[], mergeKey: string): void {
  if (!Array.isArray(change)) return
  const wanted = order.map((item) => identity(item, mergeKey))
  let at = 0
  for (const item of change as readonly Value[]) {
    if (isJsonObject(item) && own(item, PATCH) !== undefined) continue
    const next = wanted.indexOf(identity(item, mergeKey), at)
    if (next >= 0) at = next
    else {
      throw new PatchError(
        'malformed',
        `The order in patch list:\n${JSON.stringify(change)}\n doesn't match ${ORDER} list:\n${JSON.stringify(order)}\n`,
      )
    }
  }
}

/** What a patch says where there is nothing to merge with: its content, without directives and nulls. */
function withoutDirectives(patch: Members): Members {
  const result: Draft = {}
  for (const key of Object.keys(patch)) {
    const value = patch[key]
    if (value === undefined || value === null || isDirective(key)) continue
    if (isJsonObject(value)) setOwn(result, key, withoutDirectives(value))
    else setOwn(result, key, Array.isArray(value) ? listWithoutDirectives(value) : value)
  }
  return result
}

function listWithoutDirectives(list: readonly Value[]): Value[] {
  const result: Value[] = []
  for (const item of list) {
    if (!isJsonObject(item)) {
      result.push(Array.isArray(item) ? listWithoutDirectives(item) : item)
      continue
    }
    const directive = own(item, PATCH)
    if (directive === 'delete' || (directive === 'replace' && Object.keys(item).length === 1)) continue
    result.push(withoutDirectives(item))
  }
  return result
}

function isDirective(key: string): boolean {
  return key === PATCH || key === RETAIN_KEYS || key.startsWith(ORDER) || key.startsWith(DELETE_SCALARS)
}

function unknownDirective(directive: Value, within: Value): PatchError {
  return new PatchError(
    'malformed',
    `unknown patch type: ${JSON.stringify(directive)} in map: ${JSON.stringify(within)}`,
  )
}

function badFormat(directive: string): PatchError {
  const text: { [directive: string]: string } = {
    [RETAIN_KEYS]: 'invalid patch format of retainKeys',
    [ORDER]: 'invalid patch format of setElementOrder list',
    [DELETE_SCALARS]: 'invalid patch format of primitive list',
  }
  return new PatchError('malformed', text[directive] ?? 'invalid patch format')
}

/** An object that is copied when it is first changed. */
class ObjectDraft {
  readonly #original: Members
  #changed: Draft | undefined

  constructor(original: Members) {
    this.#original = original
  }

  get result(): Members {
    return this.#changed ?? this.#original
  }

  keys(): string[] {
    return Object.keys(this.result)
  }

  get(key: string): Value | undefined {
    return own(this.result, key)
  }

  /** `undefined` removes. Setting the same JSON again changes nothing. */
  set(key: string, value: Value | undefined): void {
    const before = this.get(key)
    if (before === value || (value !== undefined && before !== undefined && deepEqual(before, value))) return
    this.#changed ??= { ...this.#original }
    if (value === undefined) delete this.#changed[key]
    else setOwn(this.#changed, key, value)
  }
}
