import { deepEqual } from '@kairship/apimachinery'
import type { FieldError } from '../../strategy.ts'
import { parseFields } from '../../builtin/fields.ts'
import type { SchemaNode } from './node.ts'

/**
 * Drops errors about parts of an object that an update leaves as they were (ratcheting): whoever tightens a schema does
 * not lock existing objects. Parts correspond by field name, by map key, or by the keys of a list of type map; items of
 * other lists have no counterpart, so there only an unchanged whole list counts.
 */
export function withoutUnchanged(
  errors: readonly FieldError[],
  object: unknown,
  old: unknown,
  node: SchemaNode,
): FieldError[] {
  return errors.filter((error) => error.field === '' || !unchangedAt(splitPath(error.field), object, old, node))
}

/** `spec.a[0].b` → ['spec', 'a', 0, 'b'] */
function splitPath(path: string): (string | number)[] {
  const parts: (string | number)[] = []
  for (const match of path.matchAll(/\[(\d+)\]|\[([^\]]*)\]|([^.[\]]+)/g)) {
    if (match[1] !== undefined) parts.push(Number(match[1]))
    else parts.push(match[2] ?? match[3] ?? '')
  }
  return parts
}

function unchangedAt(path: readonly (string | number)[], value: unknown, old: unknown, node: SchemaNode): boolean {
  let now: unknown = value
  let then: unknown = old
  let here: SchemaNode | undefined = node
  for (const [depth, part] of path.entries()) {
    // The root always differs (resourceVersion); from the first field on, an equal part is unchanged.
    if (depth > 0 && then !== undefined && deepEqual(now, then)) return true
    if (Array.isArray(now)) {
      const index = Number(part)
      const item: unknown = now[index]
      then = counterpart(item, then, here)
      now = item
      here = here?.items
    } else {
      const key = String(part)
      now = parseFields(now)?.[key]
      then = parseFields(then)?.[key]
      here = here?.property(key) ?? here?.additional
    }
    if (then === undefined) return false
  }
  return deepEqual(now, then)
}

function counterpart(item: unknown, oldList: unknown, list: SchemaNode | undefined): unknown {
  if (!Array.isArray(oldList) || list?.schema['x-kubernetes-list-type'] !== 'map') return undefined
  const keys = list.schema['x-kubernetes-list-map-keys'] ?? []
  const wanted = parseFields(item)
  return oldList.find((candidate) => keys.every((key) => deepEqual(parseFields(candidate)?.[key], wanted?.[key])))
}
