import { deepClone, isRawJson } from '@kairship/apimachinery'
import { parseFields } from '../../builtin/fields.ts'
import type { Fields } from '../../builtin/fields.ts'
import type { SchemaNode } from './node.ts'

/** Fills in defaults, in place. Nulls that may not stand give way to a default. */
export function applyDefaults(value: unknown, node: SchemaNode): void {
  if (Array.isArray(value)) {
    const { items } = node
    if (items === undefined) return
    for (let index = 0; index < value.length; index++) {
      if (value[index] === null && !items.nullable) value[index] = deepClone(items.schema.default ?? null)
      applyDefaults(value[index], items)
    }
    return
  }
  const object = isRawJson(value) ? undefined : parseFields(value)
  // What is frozen was stored before, with its defaults.
  if (object === undefined || Object.isFrozen(object)) return
  for (const [name, fallback] of node.defaults) {
    const present = object[name]
    if (present === undefined || (present === null && node.property(name)?.nullable !== true)) {
      object[name] = deepClone(fallback)
    }
  }
  for (const key of Object.keys(object)) defaultChild(object, key, node)
}

function defaultChild(object: Fields, key: string, node: SchemaNode): void {
  const property = node.property(key)
  if (property !== undefined) {
    applyDefaults(object[key], property)
    return
  }
  const { additional } = node
  if (additional === undefined) return
  if (object[key] === null && !additional.nullable) object[key] = deepClone(additional.schema.default ?? null)
  applyDefaults(object[key], additional)
}

/** True when defaulting this value would change it; spares the copy of objects read from the store. */
export function needsDefaults(value: unknown, node: SchemaNode): boolean {
  if (Array.isArray(value)) {
    const { items } = node
    return items !== undefined && value.some((item) => needsDefaults(item, items))
  }
  const object = isRawJson(value) ? undefined : parseFields(value)
  if (object === undefined) return false
  if (node.defaults.some(([name]) => object[name] === undefined)) return true
  for (const key of Object.keys(object)) {
    const child = node.property(key) ?? node.additional
    if (child !== undefined && needsDefaults(object[key], child)) return true
  }
  return false
}
