import type { Schema } from '@kairship/api'
import {
  bool,
  bytes,
  type CelType,
  double,
  duration,
  dyn,
  int,
  mapOf,
  string,
  type StructField,
  type StructType,
  timestamp,
} from '../types.ts'
import type { ListType } from '../values/data.ts'
import { escapeField, unescapeField } from './escape.ts'

/** No value of a request is larger, in bytes. */
export const largestRequest: number = 3 * 1024 * 1024
const largestText = largestRequest - 2

/** The type of the values that a schema describes; `undefined` when CEL cannot see them. */
export function schemaType(schema: Schema, isRoot = false): CelType | undefined {
  if (schema['x-kubernetes-int-or-string'] === true) return { ...dyn, max: largestText }
  switch (schema.type) {
    case 'integer':
      return int
    case 'number':
      return double
    case 'boolean':
      return bool
    case 'string':
      return textType(schema)
    case 'array': {
      const element = schema.items === undefined ? undefined : schemaType(schema.items)
      if (schema.items === undefined || element === undefined) return undefined
      const max = count(schema, 'maxItems') ?? Math.floor(largestText / (smallest(schema.items) + 1))
      const keys = (schema['x-kubernetes-list-map-keys'] ?? []).flatMap((key) => escapeField(key) ?? [])
      const type: ListType = {
        name: 'list',
        args: [element],
        max,
        listType: schema['x-kubernetes-list-type'] ?? 'atomic',
        keys,
      }
      return type
    }
    case 'object':
      return objectType(schema, isRoot)
    case undefined:
    default:
      return undefined
  }
}

function objectType(schema: Schema, isRoot: boolean): CelType | undefined {
  const { additionalProperties } = schema
  if (typeof additionalProperties === 'object') {
    const value = schemaType(additionalProperties)
    if (value === undefined) return undefined
    const max = count(schema, 'maxProperties') ?? Math.floor(largestText / (smallest(additionalProperties) + 6))
    return mapOf({ ...string, max: largestText }, value, max)
  }
  const embedded = schema['x-kubernetes-embedded-resource'] === true
  const struct = new SchemaStruct(isRoot || embedded ? withObjectMeta(schema) : schema)
  return { name: 'object', args: [], struct }
}

/** Rules see of metadata only the name and what it was generated from. */
function withObjectMeta(schema: Schema): Schema {
  return {
    ...schema,
    properties: {
      ...schema.properties,
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object', properties: { name: { type: 'string' }, generateName: { type: 'string' } } },
    },
  }
}

/** Fields become types when an expression reaches them. */
class SchemaStruct implements StructType {
  readonly #schema: Schema
  readonly #fields = new Map<string, StructField | undefined>()
  constructor(schema: Schema) {
    this.#schema = schema
  }
  field(name: string): StructField | undefined {
    if (this.#fields.has(name)) return this.#fields.get(name)
    const key = unescapeField(name)
    const { properties = {} } = this.#schema
    const schema = Object.hasOwn(properties, key) && escapeField(key) === name ? properties[key] : undefined
    const type = schema === undefined ? undefined : schemaType(schema)
    const field = type === undefined ? undefined : { key, type }
    this.#fields.set(name, field)
    return field
  }
}

function textType(schema: Schema): CelType {
  const given = count(schema, 'maxLength')
  switch (schema.format) {
    case 'byte':
      return { ...bytes, max: given ?? largestText }
    case 'duration':
      return { ...duration, max: 32 }
    case 'date':
      return { ...timestamp, max: 12 }
    case 'date-time':
      return { ...timestamp, max: 42 }
    case undefined:
    default:
  }
  // Lengths of a schema count characters; a character has at most four bytes.
  if (given !== undefined) return { ...string, max: given * 4 }
  const longest = (schema.enum ?? []).map((value) => (typeof value === 'string' ? Buffer.byteLength(value) : 0))
  return { ...string, max: longest.length > 0 ? Math.max(...longest) : largestText }
}

function count(schema: Schema, keyword: string): number | undefined {
  const value = schema[keyword]
  return typeof value === 'number' ? Math.max(0, value) : undefined
}

/** The fewest bytes that a value takes in JSON. */
export function smallest(schema: Schema): number {
  if (schema['x-kubernetes-int-or-string'] === true) return 1
  switch (schema.type) {
    case 'boolean':
      return 4
    case 'string':
      return schema.format === 'date' ? 12 : schema.format === 'date-time' ? 22 : 2
    case 'array':
      return 2
    case 'object': {
      let size = 2
      for (const name of schema.required ?? []) {
        const property = schema.properties?.[name]
        if (property !== undefined && property.default === undefined) size += name.length + 3 + smallest(property)
      }
      return size
    }
    case 'integer':
    case 'number':
    case undefined:
    default:
      return 1
  }
}
