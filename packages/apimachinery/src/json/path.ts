import type { DeepReadonly, JsonObject, JsonValue } from '../json.ts'
import { isPlainObject, own } from './plain.ts'
import { isRawJson } from './raw.ts'

export type Path = readonly (string | number)[]

/** The value at a path, or undefined when any step is missing. Never follows inherited properties. */
export function getPath(root: unknown, path: Path): DeepReadonly<JsonValue> | undefined {
  let value: unknown = root
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined
    if (Array.isArray(value)) {
      value = typeof step === 'number' ? value[step] : undefined
    } else {
      value = own(value as { readonly [key: string]: unknown }, String(step))
    }
  }
  return value as DeepReadonly<JsonValue> | undefined
}

export function getString(root: unknown, path: Path): string | undefined {
  const value = getPath(root, path)
  return typeof value === 'string' ? value : undefined
}

/** An integer beyond ±2^53 is rounded. */
export function getNumber(root: unknown, path: Path): number | undefined {
  const value = getPath(root, path)
  if (typeof value === 'number') return value
  return isRawJson(value) ? Number(value.rawJSON) : undefined
}

export function getBoolean(root: unknown, path: Path): boolean | undefined {
  const value = getPath(root, path)
  return typeof value === 'boolean' ? value : undefined
}

export function getObject(root: unknown, path: Path): DeepReadonly<JsonObject> | undefined {
  const value = getPath(root, path)
  return isPlainObject(value) ? value : undefined
}

export function getArray(root: unknown, path: Path): readonly DeepReadonly<JsonValue>[] | undefined {
  const value = getPath(root, path)
  return Array.isArray(value) ? value : undefined
}

/**
 * A copy of `root` with one value set (or removed, with `undefined`); everything off the path is shared. Missing objects
 * on the way are made. Array indices must exist.
 */
export function withPath<T>(root: T, path: Path, value: unknown): T {
  if (value === undefined && getPath(root, path) === undefined) return root
  return setAt(root, path, 0, value) as T
}

function setAt(node: unknown, path: Path, depth: number, value: unknown): unknown {
  const step = path[depth]
  if (step === undefined) return value
  if (Array.isArray(node)) {
    const items: unknown[] = node.slice()
    if (typeof step === 'number' && step in items) items[step] = setAt(items[step], path, depth + 1, value)
    return items
  }
  const key = String(step)
  const members: { [key: string]: unknown } = isPlainObject(node) ? node : {}
  const next = setAt(own(members, key), path, depth + 1, value)
  if (next === undefined) {
    if (!Object.hasOwn(members, key)) return members
    const { [key]: _removed, ...rest } = members
    return rest
  }
  return { ...members, [key]: next }
}
