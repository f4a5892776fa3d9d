import type { DeepReadonly, JsonValue } from '../json.ts'
import { deepEqual } from '../json/equal.ts'
import { isJsonObject, own } from '../json/plain.ts'
import type { Shape } from '../shape/shape.ts'

type Value = DeepReadonly<JsonValue>

/**
 * The element that names an item of a set or map list. Undefined when the item lacks a key that has no default, or is no
 * object at all.
 */
export function itemElement(item: Value, list: Shape): string | undefined {
  if (list.listType === 'set') return `v:${JSON.stringify(item)}`
  if (!isJsonObject(item)) return undefined
  let text = ''
  for (const key of list.keys) {
    const value = keyValue(item, key, list)
    if (value === undefined) return undefined
    text += text === '' ? `${quote(key)}:${quote(value)}` : `,${quote(key)}:${quote(value)}`
  }
  return `k:{${text}}`
}

const PLAIN = /^[\w./:-]*$/

function quote(value: Value): string {
  return typeof value === 'string' && PLAIN.test(value) ? `"${value}"` : JSON.stringify(value)
}

/** True when both items stand for the same element, without naming it. */
export function sameElement(left: Value, right: Value, list: Shape): boolean {
  if (list.listType === 'set') return deepEqual(left, right)
  if (!isJsonObject(left) || !isJsonObject(right)) return false
  for (const key of list.keys) {
    const a = keyValue(left, key, list)
    if (a === undefined || !deepEqual(a, keyValue(right, key, list))) return false
  }
  return true
}

function keyValue(item: { readonly [key: string]: Value | undefined }, key: string, list: Shape): Value | undefined {
  return own(item, key) ?? list.keyDefault(key)
}

/** The member that an `f:` element names; undefined for other elements. */
export function fieldName(element: string): string | undefined {
  return element.startsWith('f:') ? element.slice(2) : undefined
}

/** The shape below an element. */
export function shapeBelow(shape: Shape, element: string): Shape | undefined {
  const name = fieldName(element)
  return name === undefined ? shape.items : shape.member(name)
}

/** `.spec.containers[name="c"].image`: the way conflicts and errors name a path. */
export function formatFieldPath(path: readonly string[]): string {
  return path.map(formatElement).join('')
}

function formatElement(element: string): string {
  const text = element.slice(2)
  if (element.startsWith('f:')) return `.${text}`
  if (element.startsWith('v:')) return `[=${text}]`
  if (element.startsWith('i:')) return `[${text}]`
  const keys: unknown = JSON.parse(text)
  const parts = Object.entries(Object(keys)).map(([key, value]) => `${key}=${JSON.stringify(value)}`)
  return `[${parts.join(',')}]`
}
