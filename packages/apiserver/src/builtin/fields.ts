import { deepClone } from '@kairship/apimachinery'
import type { DeepReadonly, Unstructured } from '@kairship/apimachinery'

/** A JSON object under construction or inspection. After decoding, its types are those of the schema. */
export type Fields = { [key: string]: unknown }
export type ReadonlyFields = { readonly [key: string]: unknown }

const nothing: ReadonlyFields = Object.freeze({})

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value as an object, `undefined` when it is none. */
export function parseFields(value: unknown): Fields | undefined {
  return isObject(value) ? value : undefined
}
/** The object at `key`; an empty one when absent. For reading only. */
export function at(parent: ReadonlyFields, key: string): ReadonlyFields {
  const value = parent[key]
  return isObject(value) ? value : nothing
}
/** The object at `key`, or `undefined`. */
export function child(parent: ReadonlyFields, key: string): Fields | undefined {
  const value = parent[key]
  return isObject(value) ? value : undefined
}
/** The object at `key`, created when absent. */
export function ensure(parent: Fields, key: string): Fields {
  const value = parent[key]
  if (isObject(value)) return value
  const created: Fields = {}
  parent[key] = created
  return created
}
const noItems: readonly Fields[] = Object.freeze([])
/** The objects of the list at `key`; none when absent. */
export function items(parent: ReadonlyFields, key: string): readonly Fields[] {
  const value = parent[key]
  return Array.isArray(value) ? value.filter(isObject) : noItems
}
const noStrings: readonly string[] = Object.freeze([])
export function strings(parent: ReadonlyFields, key: string): readonly string[] {
  const value = parent[key]
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : noStrings
}
/** The string at `key`, '' when absent. */
export function text(parent: ReadonlyFields, key: string): string {
  const value = parent[key]
  return typeof value === 'string' ? value : ''
}
export function integer(parent: ReadonlyFields, key: string): number | undefined {
  const value = parent[key]
  return typeof value === 'number' ? value : undefined
}
export function flag(parent: ReadonlyFields, key: string): boolean {
  return parent[key] === true
}
/** Go's zero values count as unset. */
export function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
}
/** Sets `key` when it is absent or a Go zero value. */
export function setDefault(parent: Fields, key: string, value: unknown): void {
  if (isEmpty(parent[key])) parent[key] = value
}
/** Sets `key` only when it is absent (for Go pointers, where 0, "" and false are values). */
export function setMissing(parent: Fields, key: string, value: unknown): void {
  if (parent[key] === undefined) parent[key] = value
}

export function stringMap(parent: ReadonlyFields, key: string): { readonly [key: string]: string } {
  const out: { [key: string]: string } = {}
  for (const [name, value] of Object.entries(at(parent, key))) if (typeof value === 'string') out[name] = value
  return out
}

/** A draft of a frozen object. */
export function draftOf(object: DeepReadonly<Unstructured>): Unstructured {
  return parseDraft(deepClone(object))
}
function parseDraft(value: unknown): Unstructured {
  return value as Unstructured
}
