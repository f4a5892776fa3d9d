import type { DeepReadonly, JsonObject, JsonValue } from '../json.ts'
import { isRawJson } from './raw.ts'

/** A JSON object: not null, not an array, not a raw integer. Says nothing about what is inside. */
export function isPlainObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawJson(value)
}

/** The same as `isPlainObject` for values already known to be JSON. */
export function isJsonObject(value: DeepReadonly<JsonValue> | undefined): value is DeepReadonly<JsonObject> {
  return isPlainObject(value)
}

/**
 * Own properties only: `own(object, 'constructor')` is undefined unless the data has such a key. JSON holds no functions,
 * so everything inherited is told apart without a lookup in the usual case.
 */
export function own<T>(object: { readonly [key: string]: T }, key: string): T | undefined {
  const value = object[key]
  if (value === undefined) return undefined
  if (typeof value !== 'function' && key !== '__proto__') return value
  return Object.hasOwn(object, key) ? value : undefined
}

/** `object[key] = value`, also for `__proto__`, which a plain assignment would take for the prototype. */
export function setOwn<T>(object: { [key: string]: T }, key: string, value: T): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
  } else {
    object[key] = value
  }
}

/** An API object seen as JSON, e.g. to patch it. No copy. */
export function toJson(object: object): DeepReadonly<JsonObject> {
  return object as DeepReadonly<JsonObject>
}
