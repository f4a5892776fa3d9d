import type { Schema, SchemaSource } from '@kairship/api'
import { builtinKinds } from '@kairship/api/builtin'
import { deepClone, deepFreeze, toJson, type Unstructured } from '@kairship/apimachinery'
import { describe, expect, it } from 'vitest'
import type { PlaneServices } from '../contracts.ts'
import { BuiltinStrategies } from '../strategies.ts'

const kinds = builtinKinds()
const strategies = new BuiltinStrategies(kinds.facts)
const stored = kinds.definitions.filter(({ virtual }) => !virtual)
// Rules that allocate addresses are the only ones that look at their plane here, and only when they prepare an object.
const plane = { registry: { subscribe: () => ({}) } } as unknown as PlaneServices

/** A value with everything the schema knows, down to a depth. */
function sample(schema: Schema, source: SchemaSource, depth: number): unknown {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.slice(schema.$ref.lastIndexOf('.') + 1)
    if (name === 'Quantity' || name === 'IntOrString') return '1'
    if (name === 'MicroTime') return '2026-01-02T03:04:05.000006Z'
    if (name === 'Time') return '2026-01-02T03:04:05Z'
    if (name.startsWith('JSONSchemaProps')) return {}
    return sample(source.resolve(schema.$ref), source, depth)
  }
  const { allOf } = schema as { readonly allOf?: readonly Schema[] }
  if (schema.type === undefined && allOf?.[0] !== undefined) return sample(allOf[0], source, depth)
  if (schema.type === 'array') return depth === 0 || !schema.items ? [] : [sample(schema.items, source, depth - 1)]
  if (schema.type === 'object') {
    const { properties, additionalProperties: values } = schema
    if (depth === 0) return {}
    if (properties === undefined) return typeof values === 'object' ? { k: sample(values, source, depth - 1) } : {}
    return Object.fromEntries(
      Object.entries(properties).map(([name, property]) => [name, sample(property, source, depth - 1)]),
    )
  }
  if (schema.type === 'integer' || schema.type === 'number') return 1
  if (schema.type === 'boolean') return true
  if (schema.format === 'date-time') return '2026-01-02T03:04:05Z'
  return schema.type === 'string' ? (schema.format === 'byte' ? 'YQ==' : 'a') : {}
}

describe('a stored object sent back', () => {
  it.each(stored.map((definition) => [`${definition.group}/${definition.version} ${definition.kind}`, definition]))(
    'shares what did not change and ends up the same as its copy: %s',
    (_, definition) => {
      const { apiVersion, kind, ...rest } = toJson(Object(sample(definition.schema.root, definition.schema, 9)))
      expect([apiVersion, kind]).toBeDefined()
      const strategy = strategies.strategy(definition, plane)
      const pass = (body: object, known?: Unstructured): Unstructured => {
        const options = { fieldValidation: 'Ignore', duplicateFields: [] } as const
        const { object } = strategy.decode(toJson(body), known === undefined ? options : { ...options, known })
        strategy.default?.(object)
        return object
      }
      const object = deepFreeze(pass({ ...rest }))
      const metadata = { ...object.metadata, labels: { changed: 'yes' } }
      for (const body of [{ ...object }, { ...object, metadata }, { ...object, metadata, status: {} }]) {
        const again = pass(body, object)
        expect(again).toEqual(pass(deepClone(body)))
        expect(Object.keys(again)).toEqual(Object.keys(pass(deepClone(body))))
      }
    },
  )

  it('is not walked again: its parts are those of the stored one', () => {
    const definition = stored.find(({ kind, version }) => kind === 'Deployment' && version === 'v1')
    if (definition === undefined) throw new Error('no Deployment')
    const strategy = strategies.strategy(definition, plane)
    const known: Unstructured = deepFreeze({
      metadata: { name: 'a', labels: { a: 'b' }, annotations: { c: 'd' } },
      spec: { replicas: 1, template: { spec: { containers: [{ name: 'c' }] } } },
      status: { replicas: 1 },
    })
    const body = { ...known, metadata: { ...known.metadata, labels: { a: 'c' } }, status: { replicas: 2 } }
    const { object } = strategy.decode(toJson(body), { fieldValidation: 'Strict', duplicateFields: [], known })
    expect(object['spec']).toBe(known['spec'])
    expect(object.metadata.annotations).toBe(known.metadata.annotations)
    expect(object.metadata.labels).toEqual({ a: 'c' })
    expect(object['status']).toEqual({ replicas: 2 })
  })
})
