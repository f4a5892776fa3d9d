import { deepEqual, isRawJson } from '@kairship/apimachinery'
import type { FieldError } from '../../strategy.ts'
import { parseFields } from '../../builtin/fields.ts'
import type { ReadonlyFields } from '../../builtin/fields.ts'
import { formats } from './formats.ts'
import { validateListType } from './list-types.ts'
import type { SchemaNode } from './node.ts'

/** Checks a value against its schema; texts are upstream's. Parts that are (`===`) those of `old` are taken as valid. */
export function validateSchema(value: unknown, node: SchemaNode, path: string, old?: unknown): FieldError[] {
  const errors: FieldError[] = []
  check(value, node, path, errors, old)
  return errors
}

/** Uniqueness in lists of type set and map, everywhere below. */
export function validateLists(value: unknown, node: SchemaNode, path: string, old?: unknown): FieldError[] {
  const errors: FieldError[] = []
  checkLists(value, node, path, errors, old)
  return errors
}

/** `string`, `integer`, `number`, `boolean`, `array`, `object` or `null`. */
export function jsonType(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  if (isRawJson(value)) return 'integer'
  return typeof value
}

function check(value: unknown, node: SchemaNode, path: string, errors: FieldError[], old?: unknown): void {
  if (value === null && node.nullable) return
  const actual = jsonType(value)
  checkType(value, actual, node, path, errors)
  if (value === null || value === undefined) return
  const allowed = node.schema.enum
  if (allowed !== undefined && !allowed.some((item) => deepEqual(item, value))) {
    const values = allowed.map((item) => JSON.stringify(typeof item === 'string' ? item : JSON.stringify(item)))
    errors.push({ type: 'NotSupported', field: path, value, detail: `supported values: ${values.join(', ')}` })
  }
  if (typeof value === 'string') checkString(value, node, path, errors)
  else if (typeof value === 'number') checkNumber(value, node, path, errors)
  else if (Array.isArray(value)) checkArray(value, node, path, errors)
  else if (!isRawJson(value)) {
    const object = parseFields(value)
    if (object !== undefined) checkObject(object, node, path, errors, parseFields(old))
  }
  checkComposite(value, node, path, errors)
}

function checkType(value: unknown, actual: string, node: SchemaNode, path: string, errors: FieldError[]): void {
  let wanted = node.type
  if (node.intOrString) {
    if (actual === 'integer' || actual === 'string') return
    wanted = 'integer,string'
  }
  if (wanted !== undefined && wanted !== actual && !(wanted === 'number' && actual === 'integer')) {
    const detail = `${path} in body must be of type ${wanted}: ${JSON.stringify(actual)}`
    errors.push({ type: 'TypeInvalid', field: path, value: actual, detail })
    return
  }
  const { format } = node.schema
  if (format === undefined || typeof value !== 'string') return
  if (formats[format]?.(value) === false) {
    const detail = `${path} in body must be of type ${format}: ${JSON.stringify(value)}`
    errors.push({ type: 'TypeInvalid', field: path, value, detail })
  }
}

function invalid(errors: FieldError[], path: string, value: unknown, text: string): void {
  errors.push({ type: 'Invalid', field: path, value, detail: `${path} in body ${text}` })
}

function checkString(value: string, node: SchemaNode, path: string, errors: FieldError[]): void {
  const max = node.number('maxLength')
  const min = node.number('minLength')
  if (max !== undefined || min !== undefined) {
    const length = value.length > (max ?? 0) || min !== undefined ? codePoints(value) : value.length
    if (max !== undefined && length > max) {
      errors.push({ type: 'TooLong', field: path, value: '', detail: `may not be more than ${max} bytes` })
    }
    if (min !== undefined && length < min) invalid(errors, path, value, `should be at least ${min} chars long`)
  }
  if (node.pattern !== undefined && !node.pattern.matcher(value).find()) {
    invalid(errors, path, value, `should match '${String(node.schema['pattern'])}'`)
  }
}

/** Lengths count code points, not the halves of surrogate pairs. */
function codePoints(value: string): number {
  let count = 0
  for (const _ of value) count += 1
  return count
}

function checkNumber(value: number, node: SchemaNode, path: string, errors: FieldError[]): void {
  const factor = node.number('multipleOf')
  if (factor !== undefined && factor > 0 && !isMultiple(value, factor)) {
    invalid(errors, path, value, `should be a multiple of ${factor}`)
  }
  const max = node.number('maximum')
  if (max !== undefined) {
    const exclusive = node.schema['exclusiveMaximum'] === true
    if (exclusive ? value >= max : value > max) {
      invalid(errors, path, value, exclusive ? `should be less than ${max}` : `should be less than or equal to ${max}`)
    }
  }
  const min = node.number('minimum')
  if (min !== undefined) {
    const exclusive = node.schema['exclusiveMinimum'] === true
    if (exclusive ? value <= min : value < min) {
      const text = exclusive ? `should be greater than ${min}` : `should be greater than or equal to ${min}`
      invalid(errors, path, value, text)
    }
  }
}

function isMultiple(value: number, factor: number): boolean {
  const quotient = value / factor
  return Math.abs(quotient - Math.round(quotient)) < 1e-9
}

function checkArray(value: readonly unknown[], node: SchemaNode, path: string, errors: FieldError[]): void {
  const max = node.number('maxItems')
  if (max !== undefined && value.length > max) {
    errors.push({ type: 'TooMany', field: path, value: value.length, detail: `must have at most ${max} items` })
  }
  const min = node.number('minItems')
  if (min !== undefined && value.length < min) {
    invalid(errors, path, value.length, `should have at least ${min} items`)
  }
  const { items } = node
  if (items === undefined) return
  for (let index = 0; index < value.length; index++) check(value[index], items, `${path}[${index}]`, errors)
}

function checkObject(
  value: ReadonlyFields,
  node: SchemaNode,
  path: string,
  errors: FieldError[],
  old: ReadonlyFields | undefined,
): void {
  const keys = Object.keys(value)
  const max = node.number('maxProperties')
  if (max !== undefined && keys.length > max) {
    errors.push({ type: 'TooMany', field: path, value: keys.length, detail: `must have at most ${max} items` })
  }
  const min = node.number('minProperties')
  if (min !== undefined && keys.length < min) {
    invalid(errors, path, keys.length, `should have at least ${min} properties`)
  }
  for (const name of node.schema.required ?? []) {
    if (value[name] === undefined) errors.push({ type: 'Required', field: join(path, name), detail: '' })
  }
  for (const key of keys) {
    const item = value[key]
    if (item === undefined || isSame(item, old?.[key])) continue
    const child = node.property(key) ?? node.additional
    if (child !== undefined) check(item, child, join(path, key), errors, old?.[key])
  }
}

function isSame(value: unknown, old: unknown): boolean {
  return value === old && typeof value === 'object'
}

export function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

function checkComposite(value: unknown, node: SchemaNode, path: string, errors: FieldError[]): void {
  const all = node.alternatives('allOf')
  const any = node.alternatives('anyOf')
  const one = node.alternatives('oneOf')
  const { not } = node
  if (all.length === 0 && any.length === 0 && one.length === 0 && not === undefined) return
  const composite = (text: string): void => {
    errors.push({ type: 'Invalid', field: '', value: '', detail: `${JSON.stringify(path)} ${text}` })
  }
  if (any.length > 0) {
    const best = fewestErrors(value, any, path)
    if (best.valid === 0) {
      composite('must validate at least one schema (anyOf)')
      errors.push(...best.errors)
    }
  }
  if (one.length > 0) {
    const best = fewestErrors(value, one, path)
    if (best.valid === 0) {
      composite('must validate one and only one schema (oneOf). Found none valid')
      errors.push(...best.errors)
    } else if (best.valid > 1) {
      composite(`must validate one and only one schema (oneOf). Found ${best.valid} valid alternatives`)
    }
  }
  if (all.length > 0) {
    const best = fewestErrors(value, all, path)
    if (best.valid !== all.length) {
      const found = best.valid === 0 ? 'None validated' : ''
      composite(`must validate all the schemas (allOf)${found === '' ? '' : `. ${found}`}`)
      for (const child of all) errors.push(...validateSchema(value, child, path))
    }
  }
  if (not !== undefined && validateSchema(value, not, path).length === 0) {
    composite('must not validate the schema (not)')
  }
}

function fewestErrors(
  value: unknown,
  nodes: readonly SchemaNode[],
  path: string,
): { readonly valid: number; readonly errors: readonly FieldError[] } {
  let valid = 0
  let best: readonly FieldError[] | undefined
  for (const node of nodes) {
    const errors = validateSchema(value, node, path)
    if (errors.length === 0) valid += 1
    else if (best === undefined || errors.length < best.length) best = errors
  }
  return { valid, errors: best ?? [] }
}

function checkLists(value: unknown, node: SchemaNode, path: string, errors: FieldError[], old?: unknown): void {
  if (Array.isArray(value)) {
    validateListType(value, node, path, errors)
    const { items } = node
    if (items === undefined) return
    value.forEach((item, index) => checkLists(item, items, `${path}[${index}]`, errors))
    return
  }
  const object = isRawJson(value) ? undefined : parseFields(value)
  if (object === undefined) return
  const before = parseFields(old)
  for (const key of Object.keys(object)) {
    if (typeof object[key] !== 'object' || object[key] === before?.[key]) continue
    const property = node.property(key)
    const child = property ?? node.additional
    if (child === undefined) continue
    checkLists(object[key], child, property === undefined ? `${path}[${key}]` : join(path, key), errors, before?.[key])
  }
}
