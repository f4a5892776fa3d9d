import { createHash } from 'node:crypto'
import type { Schema, SchemaSource } from '@kairship/api'
import type { DecodedType } from '../builtin/decode/scalars.ts'
import { objectMetaDecoder, objectMetaName, objectMetaSchema } from './object-meta.ts'
import { SchemaNode } from './schema/node.ts'

const sweepAbove = 500

/** A compiled schema of one served version. */
export class CompiledSchema implements SchemaSource {
  /** The schema as clients see it: with apiVersion, kind and the type of metadata filled in. */
  readonly root: Schema
  readonly node: SchemaNode
  readonly status: SchemaNode | undefined
  #hasDefaults: boolean | undefined

  constructor(schema: Schema) {
    this.node = new SchemaNode(schema, true)
    this.status = this.node.property('status')
    this.root = {
      ...schema,
      properties: {
        apiVersion: { type: 'string' },
        kind: { type: 'string' },
        ...schema.properties,
        metadata: { $ref: objectMetaName },
      },
    }
  }
  resolve(ref: string): Schema {
    if (ref.endsWith(objectMetaName)) return objectMetaSchema
    throw new Error(`a structural schema has no reference ${ref}`)
  }
  /** Whether defaulting can ever change an object. */
  get hasDefaults(): boolean {
    this.#hasDefaults ??= anyDefault(this.node.schema)
    return this.#hasDefaults
  }
  get hasRules(): boolean {
    return this.node.hasRules
  }
}

/**
 * Compiled schemas of custom resources, shared by all planes of a `PlaneHost` by content. Nothing is compiled before its
 * first use, and nothing is kept that no plane uses any more.
 */
export class CompiledCrds {
  readonly metadata: DecodedType = objectMetaDecoder()
  readonly #byContent = new Map<string, WeakRef<CompiledSchema>>()
  readonly #byIdentity = new WeakMap<Schema, CompiledSchema>()

  schema(schema: Schema): CompiledSchema {
    const known = this.#byIdentity.get(schema)
    if (known !== undefined) return known
    const key = createHash('sha256').update(JSON.stringify(schema)).digest('base64')
    let compiled = this.#byContent.get(key)?.deref()
    if (compiled === undefined) {
      compiled = new CompiledSchema(schema)
      this.#sweep()
      this.#byContent.set(key, new WeakRef(compiled))
    }
    this.#byIdentity.set(schema, compiled)
    return compiled
  }

  #sweep(): void {
    if (this.#byContent.size < sweepAbove) return
    for (const [key, reference] of this.#byContent) {
      if (reference.deref() === undefined) this.#byContent.delete(key)
    }
  }
}

function anyDefault(schema: Schema): boolean {
  if ((schema.default ?? null) !== null) return true
  for (const name in schema.properties) {
    const property = schema.properties[name]
    if (property !== undefined && anyDefault(property)) return true
  }
  if (schema.items !== undefined && anyDefault(schema.items)) return true
  return typeof schema.additionalProperties === 'object' && anyDefault(schema.additionalProperties)
}
