import type { FieldError } from '../../strategy.ts'
import { parseFields } from '../../builtin/fields.ts'
import type { SchemaNode } from './node.ts'

/** Items of a set are unique; items of a map have unique keys. The first repetition of each is reported. */
export function validateListType(
  value: readonly unknown[],
  node: SchemaNode,
  path: string,
  errors: FieldError[],
): void {
  const listType = node.schema['x-kubernetes-list-type']
  if (listType === 'set') {
    for (const index of repetitions(value.map((item) => stable(item)))) {
      errors.push({ type: 'Duplicate', field: `${path}[${index}]`, value: value[index], detail: '' })
    }
  } else if (listType === 'map') checkMap(value, node, path, errors)
}

function checkMap(value: readonly unknown[], node: SchemaNode, path: string, errors: FieldError[]): void {
  const keyNames = node.schema['x-kubernetes-list-map-keys'] ?? []
  const keys: string[] = []
  const shown: unknown[] = []
  for (const [index, item] of value.entries()) {
    const object = item === null ? {} : parseFields(item)
    if (object === undefined) {
      const detail = 'must be an object for an array of list-type map'
      errors.push({ type: 'Invalid', field: `${path}[${index}]`, value: item, detail })
      return
    }
    const key: { [name: string]: unknown } = {}
    for (const name of keyNames) if (object[name] !== undefined) key[name] = object[name]
    shown.push(key)
    keys.push(stable(key))
  }
  for (const index of repetitions(keys)) {
    errors.push({ type: 'Duplicate', field: `${path}[${index}]`, value: shown[index], detail: '' })
  }
}

function repetitions(keys: readonly string[]): number[] {
  const seen = new Map<string, number>()
  const found: number[] = []
  for (const [index, key] of keys.entries()) {
    const times = seen.get(key) ?? 0
    seen.set(key, times + 1)
    if (times === 1) found.push(index)
  }
  return found
}

/** JSON with sorted keys: equal for equal values. */
function stable(value: unknown): string {
  const object = Array.isArray(value) ? undefined : parseFields(value)
  if (object !== undefined && !('rawJSON' in object)) {
    const parts = Object.keys(object)
      .toSorted()
      .map((key) => `${JSON.stringify(key)}:${stable(object[key])}`)
    return `{${parts.join(',')}}`
  }
  return Array.isArray(value) ? `[${value.map(stable).join(',')}]` : (JSON.stringify(value) ?? 'null')
}
