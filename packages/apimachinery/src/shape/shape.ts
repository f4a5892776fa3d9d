import type { DeepReadonly, JsonValue } from '../json.ts'
import { isPlainObject } from '../json/plain.ts'
import type { MergeSchema, MergeSchemaSource } from './schema.ts'
import { objectMetaSchema } from './schema.ts'

/**
 * What merging must know about one place in an object, compiled from its schema on first use. `any` is a place without a
 * schema: there objects merge member by member and lists are atomic.
 */
export interface Shape {
  readonly kind: 'any' | 'scalar' | 'object' | 'list'
  /** The value has one owner as a whole: atomic maps and structs, lists that are neither sets nor maps. */
  readonly atomic: boolean
  /** The shape of an object's member; undefined when the schema does not declare it. */
  member(name: string): Shape | undefined
  /** True for a struct's field, false for a map's entry. */
  declares(name: string): boolean
  /**
   * True for a field that is there even when it is not written: a struct by value (`default: {}`) or a required list.
   * Nobody owns the presence of such a field itself.
   */
  implies(name: string): boolean
  /** The shape of a list's items; `any` when this is no list. */
  readonly items: Shape
  readonly listType: 'atomic' | 'set' | 'map'
  /** Of a `map` list, sorted. */
  readonly keys: readonly string[]
  /** The value a key has when an item leaves it out: `protocol` is `TCP`. */
  keyDefault(key: string): DeepReadonly<JsonValue> | undefined
  /** Strategic merge patch: how this field is patched. */
  readonly patch: PatchRules
}

export interface PatchRules {
  readonly merge: boolean
  readonly replace: boolean
  readonly retainKeys: boolean
  readonly mergeKey: string
}

const NO_RULES: PatchRules = Object.freeze({ merge: false, replace: false, retainKeys: false, mergeKey: '' })

/** The shape of a place without a schema. */
export const anyShape: Shape = Object.freeze({
  kind: 'any',
  atomic: false,
  member: () => anyShape,
  declares: () => false,
  implies: () => false,
  get items() {
    return anyShape
  },
  listType: 'atomic',
  keys: [],
  keyDefault: () => undefined,
  patch: NO_RULES,
} satisfies Shape)

const scalarShape: Shape = Object.freeze({ ...anyShape, items: anyShape, kind: 'scalar', member: () => undefined })

/**
 * Compiles the shape of a kind, lazily: only the parts that objects really have are ever looked at. Keep the result; it
 * remembers what it compiled.
 */
export function compileShape(source: MergeSchemaSource): Shape {
  const compiler = new Compiler(source)
  return compiler.root()
}

class Compiler {
  readonly #source: MergeSchemaSource
  readonly #shapes = new Map<MergeSchema, Shape>()
  readonly #resolved = new Map<MergeSchema, MergeSchema>()

  constructor(source: MergeSchemaSource) {
    this.#source = source
  }

  root(): Shape {
    const root = this.resolve(this.#source.root)
    const metadata = root.properties?.['metadata']
    const open = metadata === undefined || this.resolve(metadata).properties?.['labels'] === undefined
    // Not every schema repeats the three fields that every object has.
    const implied: { [name: string]: MergeSchema } = { apiVersion: { type: 'string' }, kind: { type: 'string' } }
    if (open) implied['metadata'] = objectMetaSchema
    return new CompiledShape({ ...root, type: 'object', properties: { ...root.properties, ...implied } }, this)
  }

  shape(schema: MergeSchema): Shape {
    let shape = this.#shapes.get(schema)
    if (shape === undefined) {
      shape = this.#compile(this.resolve(schema))
      this.#shapes.set(schema, shape)
    }
    return shape
  }

  /** Follows `$ref`, or the only member of `allOf`; what stands beside it wins. */
  resolve(schema: MergeSchema): MergeSchema {
    let resolved = this.#resolved.get(schema)
    if (resolved === undefined) this.#resolved.set(schema, (resolved = this.#follow(schema)))
    return resolved
  }

  #follow(schema: MergeSchema): MergeSchema {
    const { $ref, allOf, ...rest } = schema
    if ($ref !== undefined) {
      const target = this.resolve(this.#source.resolve($ref))
      return Object.keys(rest).length === 0 ? target : { ...target, ...rest }
    }
    if (schema.type === undefined && schema.properties === undefined && Array.isArray(allOf) && allOf.length === 1) {
      const only: MergeSchema = allOf[0]
      return { ...this.resolve(only), ...rest }
    }
    return schema
  }

  #compile(schema: MergeSchema): Shape {
    if (schema['x-kubernetes-int-or-string'] === true) return scalarShape
    const structured = schema.properties !== undefined || typeof schema.additionalProperties === 'object'
    if (schema.type === 'object' || (schema.type === undefined && structured)) {
      if (!structured && schema['x-kubernetes-map-type'] !== 'atomic' && !hasRules(schema)) return anyShape
      return new CompiledShape(schema, this)
    }
    if (schema.type === 'array') return new CompiledShape(schema, this)
    return schema.type === undefined ? anyShape : scalarShape
  }
}

function hasRules(schema: MergeSchema): boolean {
  return schema['x-kubernetes-patch-strategy'] !== undefined
}

class CompiledShape implements Shape {
  readonly kind: 'object' | 'list'
  readonly atomic: boolean
  readonly listType: 'atomic' | 'set' | 'map'
  readonly keys: readonly string[]
  readonly patch: PatchRules
  readonly #schema: MergeSchema
  readonly #compiler: Compiler
  readonly #members = new Map<string, Shape>()
  readonly #implied = new Map<string, boolean>()
  #items: Shape | undefined

  constructor(schema: MergeSchema, compiler: Compiler) {
    this.#schema = schema
    this.#compiler = compiler
    this.kind = schema.type === 'array' ? 'list' : 'object'
    this.patch = patchRules(schema)
    this.listType = this.kind === 'list' ? listType(schema, this.patch) : 'atomic'
    this.atomic = this.kind === 'list' ? this.listType === 'atomic' : schema['x-kubernetes-map-type'] === 'atomic'
    const keys = schema['x-kubernetes-list-map-keys'] ?? [this.patch.mergeKey]
    this.keys = this.listType === 'map' ? keys.toSorted() : []
  }

  get items(): Shape {
    this.#items ??= this.#schema.items === undefined ? anyShape : this.#compiler.shape(this.#schema.items)
    return this.#items
  }

  member(name: string): Shape | undefined {
    const known = this.#members.get(name)
    if (known !== undefined) return known
    const { properties, additionalProperties: rest } = this.#schema
    const property = properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined
    // Members of maps are as many as users like: only declared ones are remembered by name.
    if (property === undefined) return typeof rest === 'object' ? this.#compiler.shape(rest) : this.#undeclared()
    const shape = this.#compiler.shape(property)
    this.#members.set(name, shape)
    return shape
  }

  #undeclared(): Shape | undefined {
    const open =
      this.#schema.additionalProperties === true ||
      this.#schema['x-kubernetes-preserve-unknown-fields'] === true ||
      this.#schema['x-kubernetes-embedded-resource'] === true ||
      this.#schema.properties === undefined
    return open ? anyShape : undefined
  }

  declares(name: string): boolean {
    const { properties } = this.#schema
    return properties !== undefined && Object.hasOwn(properties, name)
  }

  implies(name: string): boolean {
    const known = this.#implied.get(name)
    if (known !== undefined) return known
    const property = this.declares(name) ? this.#schema.properties?.[name] : undefined
    if (property === undefined) return false
    const { default: value, type } = this.#compiler.resolve(property)
    const implied =
      type === 'array'
        ? this.#schema.required?.includes(name) === true
        : isPlainObject(value) && Object.keys(value).length === 0
    this.#implied.set(name, implied)
    return implied
  }

  keyDefault(key: string): DeepReadonly<JsonValue> | undefined {
    const items = this.#schema.items === undefined ? undefined : this.#compiler.resolve(this.#schema.items)
    const property = items?.properties?.[key]
    return property === undefined ? undefined : this.#compiler.resolve(property).default
  }
}

function patchRules(schema: MergeSchema): PatchRules {
  const strategy = schema['x-kubernetes-patch-strategy']
  if (strategy === undefined) return NO_RULES
  const parts = strategy.split(',')
  return {
    merge: parts.includes('merge'),
    replace: parts.includes('replace'),
    retainKeys: parts.includes('retainKeys'),
    mergeKey: schema['x-kubernetes-patch-merge-key'] ?? '',
  }
}

function listType(schema: MergeSchema, patch: PatchRules): 'atomic' | 'set' | 'map' {
  const declared = schema['x-kubernetes-list-type']
  if (declared === 'map' || declared === 'set') return declared
  if (declared !== undefined || !patch.merge) return 'atomic'
  return patch.mergeKey === '' ? 'set' : 'map'
}
