import { getArray, getNumber, getObject, getPath, getString, isPlainObject } from '@kairship/apimachinery'
import type { DeepReadonly, JsonObject, JsonValue } from '@kairship/apimachinery'

export type Json = DeepReadonly<JsonValue>
/** A JSON object whose shape is not known. */
export type Fields = DeepReadonly<JsonObject>

// Readers of unknown objects: the path as arguments, and something empty instead of nothing.

export function isFields(value: Json | undefined): value is Fields {
  return isPlainObject(value)
}

export function at(value: unknown, ...path: readonly string[]): Json | undefined {
  return getPath(value, path)
}

export function fieldsAt(value: unknown, ...path: readonly string[]): Fields | undefined {
  return getObject(value, path)
}

export function listAt(value: unknown, ...path: readonly string[]): readonly Json[] {
  return getArray(value, path) ?? []
}

export function stringAt(value: unknown, ...path: readonly string[]): string | undefined {
  return getString(value, path)
}

export function numberAt(value: unknown, ...path: readonly string[]): number | undefined {
  return getNumber(value, path)
}

/** Entries whose value is empty in Go's sense (0, '', false, null, undefined, no elements) are dropped. */
export function omitEmpty(fields: { readonly [key: string]: Json | undefined }): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value)))
}

function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === 0 || value === '' || value === false) return true
  return Array.isArray(value) ? value.length === 0 : isPlainObject(value) && Object.keys(value).length === 0
}
