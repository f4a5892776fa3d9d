import { isRawJson } from '@kairship/apimachinery'
import type { FieldError } from '../../strategy.ts'
import { parseFields } from '../../builtin/fields.ts'
import type { ReadonlyFields } from '../../builtin/fields.ts'
import type { SchemaNode } from './node.ts'
import { join } from './validate.ts'

/** Embedded resources must say what they are; members that are those of `old` do. */
export function validateEmbedded(object: object, root: SchemaNode, old?: ReadonlyFields): FieldError[] {
  const errors: FieldError[] = []
  for (const [key, value] of Object.entries(object)) {
    const child = root.property(key)
    if (child !== undefined && (typeof value !== 'object' || value !== old?.[key])) visit(value, child, key, errors)
  }
  return errors
}

function visit(value: unknown, node: SchemaNode, path: string, errors: FieldError[]): void {
  if (Array.isArray(value)) {
    const { items } = node
    if (items !== undefined) value.forEach((item, index) => visit(item, items, `${path}[${index}]`, errors))
    return
  }
  const object = isRawJson(value) ? undefined : parseFields(value)
  if (object === undefined) return
  if (node.embedded) {
    for (const key of ['apiVersion', 'kind']) {
      if (typeof object[key] !== 'string' || object[key] === '') {
        errors.push({ type: 'Required', field: join(path, key), detail: 'must not be empty' })
      }
    }
  }
  for (const [key, item] of Object.entries(object)) {
    if (typeof item !== 'object' || item === null) continue
    const child = node.property(key) ?? node.additional
    if (child !== undefined) visit(item, child, join(path, key), errors)
  }
}
