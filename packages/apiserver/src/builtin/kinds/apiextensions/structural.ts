import type { Schema } from '@kairship/api'
import { RE2JS } from 're2js'
import type { FieldErrors } from '../../field-errors.ts'
import { parseFields } from '../../fields.ts'

type Level = 'root' | 'item' | 'field'

/** Checks that a schema is structural: every field's type is stated outside of value validation. */
export function validateStructural(schema: Schema, path: string, errors: FieldErrors): void {
  if (schema.nullable === true) errors.forbidden(`${path}.nullable`, 'nullable cannot be true at the root')
  visit(schema, 'root', path, errors)
}

const emptyType = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
} as const
const types: ReadonlySet<unknown> = new Set(['array', 'boolean', 'integer', 'number', 'object', 'string'])

function visit(schema: Schema, level: Level, path: string, errors: FieldErrors): void {
  const intOrString = schema['x-kubernetes-int-or-string'] === true
  const preserve = schema['x-kubernetes-preserve-unknown-fields'] === true
  const embedded = schema['x-kubernetes-embedded-resource'] === true
  checkType(schema, level, path, { intOrString, preserve, embedded }, errors)
  if (schema['uniqueItems'] === true) {
    const detail = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic'
    errors.forbidden(`${path}.uniqueItems`, detail)
  }
  if (schema.$ref !== undefined) errors.forbidden(`${path}.$ref`, '$ref is not supported')
  checkAdditional(schema, level, path, errors)
  if (embedded && !preserve && Object.keys(schema.properties ?? {}).length === 0) {
    const detail =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields'
    errors.required(`${path}.properties`, detail)
  }
  checkListType(schema, path, errors)
  checkPattern(schema, path, errors)
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    visit(property, 'field', `${path}.properties[${name}]`, errors)
  }
  const items = parseFields(schema.items)
  if (schema.type === 'array' && items === undefined) errors.required(`${path}.items`, 'must be specified')
  if (items !== undefined) visit(items, 'item', `${path}.items`, errors)
  if (typeof schema.additionalProperties === 'object') {
    visit(schema.additionalProperties, 'field', `${path}.additionalProperties`, errors)
  }
  checkNested(schema, intOrString, path, errors)
}

function checkType(
  schema: Schema,
  level: Level,
  path: string,
  is: { readonly intOrString: boolean; readonly preserve: boolean; readonly embedded: boolean },
  errors: FieldErrors,
): void {
  const { type } = schema
  if (type !== undefined && !types.has(type)) {
    errors.notSupported(`${path}.type`, type, ['array', 'boolean', 'integer', 'number', 'object', 'string'])
  }
  if (is.embedded && type !== 'object') {
    const detail = 'must be object if x-kubernetes-embedded-resource is true'
    if (type === undefined) errors.required(`${path}.type`, detail)
    else errors.invalid(`${path}.type`, type, detail)
  } else if (type === undefined && !is.intOrString && !is.preserve) errors.required(`${path}.type`, emptyType[level])
  if (level === 'root' && type !== undefined && type !== 'object') {
    errors.invalid(`${path}.type`, type, 'must be object at the root')
  }
  if (is.intOrString && is.preserve) {
    const detail = 'must be false if x-kubernetes-int-or-string is true'
    errors.invalid(`${path}.x-kubernetes-preserve-unknown-fields`, true, detail)
  }
}

function checkAdditional(schema: Schema, level: Level, path: string, errors: FieldErrors): void {
  const { additionalProperties } = schema
  if (additionalProperties === undefined) return
  if (level === 'root') errors.forbidden(`${path}.additionalProperties`, 'must not be used at the root')
  if (Object.keys(schema.properties ?? {}).length > 0 && additionalProperties !== true) {
    errors.forbidden(`${path}.additionalProperties`, 'additionalProperties and properties are mutual exclusive')
  }
}

function checkListType(schema: Schema, path: string, errors: FieldErrors): void {
  const listType = schema['x-kubernetes-list-type']
  const keys = schema['x-kubernetes-list-map-keys']
  if (listType !== undefined && schema.type !== 'array') {
    errors.invalid(`${path}.type`, schema.type ?? '', 'must be array if x-kubernetes-list-type is specified')
  }
  errors.oneOf(`${path}.x-kubernetes-list-type`, listType, ['atomic', 'map', 'set'])
  if (listType !== 'map') {
    if (keys !== undefined && keys.length > 0) {
      const detail = 'must be map if x-kubernetes-list-map-keys is non-empty'
      if (listType === undefined) errors.required(`${path}.x-kubernetes-list-type`, detail)
      else errors.invalid(`${path}.x-kubernetes-list-type`, listType, detail)
    }
    return
  }
  if (keys === undefined || keys.length === 0) {
    const detail = 'must not be empty if x-kubernetes-list-type is map'
    errors.required(`${path}.x-kubernetes-list-map-keys`, detail)
    return
  }
  const properties = schema.items?.properties ?? {}
  for (const [index, key] of keys.entries()) {
    if (properties[key] !== undefined) continue
    const detail = 'entries must all be names of item properties'
    errors.invalid(`${path}.x-kubernetes-list-map-keys[${index}]`, key, detail)
  }
}

function checkPattern(schema: Schema, path: string, errors: FieldErrors): void {
  const { pattern } = schema
  if (typeof pattern !== 'string') return
  try {
    RE2JS.compile(pattern)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    errors.invalid(`${path}.pattern`, pattern, `must be a valid regular expression, but isn't: ${reason}`)
  }
}

/** Inside allOf, anyOf, oneOf and not, only value validations may stand. */
function checkNested(schema: Schema, intOrString: boolean, path: string, errors: FieldErrors): void {
  for (const keyword of ['allOf', 'anyOf', 'oneOf'] as const) {
    const list = schema[keyword]
    if (!Array.isArray(list)) continue
    list.forEach((item, index) => forbidStructure(item, intOrString, `${path}.${keyword}[${index}]`, errors))
  }
  const not = parseFields(schema['not'])
  if (not !== undefined) forbidStructure(not, intOrString, `${path}.not`, errors)
}

const forbidden = [
  'description',
  'default',
  'nullable',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-embedded-resource',
] as const

function forbidStructure(value: unknown, intOrString: boolean, path: string, errors: FieldErrors): void {
  const schema = parseFields(value)
  if (schema === undefined) return
  // The types of an int-or-string may be spelled out.
  if (schema['type'] !== undefined && !intOrString) {
    errors.forbidden(`${path}.type`, 'must be empty to be structural')
  }
  if (schema['additionalProperties'] !== undefined) {
    errors.forbidden(`${path}.additionalProperties`, 'must be undefined to be structural')
  }
  for (const keyword of forbidden) {
    if (schema[keyword] === undefined || schema[keyword] === false || schema[keyword] === '') continue
    const state = keyword === 'description' ? 'empty' : keyword === 'default' ? 'undefined' : 'false'
    errors.forbidden(`${path}.${keyword}`, `must be ${state} to be structural`)
  }
  for (const [name, property] of Object.entries(parseFields(schema['properties']) ?? {})) {
    forbidStructure(property, intOrString, `${path}.properties[${name}]`, errors)
  }
  forbidStructure(schema['items'], intOrString, `${path}.items`, errors)
  checkNested(schema, intOrString, path, errors)
}
