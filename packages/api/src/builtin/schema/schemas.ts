import type { Schema, SchemaSource } from '../../definition.ts'
import type { FieldFact, TypeFact, TypeFacts } from './facts.ts'
import { PRIMITIVES, SPECIAL_NAMES, SPECIAL_SCHEMAS } from './special.ts'

/**
 * Schemas of all built-in types under their OpenAPI names, built when first asked for and then shared: a name always
 * yields the same object. Nobody may change one.
 */
export class BuiltinSchemas {
  readonly #facts: TypeFacts
  readonly #built = new Map<string, Schema>()

  constructor(facts: TypeFacts) {
    this.#facts = facts
  }

  /** Throws for a name that does not exist: references come from our own data. */
  resolve(name: string): Schema {
    const known = this.#built.get(name)
    if (known !== undefined) return known
    const built = SPECIAL_SCHEMAS[name] ?? this.#build(name)
    this.#built.set(name, built)
    return built
  }

  has(name: string): boolean {
    return name in SPECIAL_SCHEMAS || Object.hasOwn(this.#facts, name)
  }

  source(name: string): SchemaSource {
    return new LazySource(this, name)
  }

  /** The named types that `name` refers to, directly or not, itself included. */
  closure(name: string): Set<string> {
    const seen = new Set<string>()
    const visit = (type: string): void => {
      if (seen.has(type)) return
      seen.add(type)
      for (const reference of references(this.resolve(type))) visit(reference)
    }
    visit(name)
    return seen
  }

  #build(name: string): Schema {
    const fact = this.#fact(name)
    const properties: { [name: string]: Schema } = {}
    const required: string[] = []
    this.#addFields(fact, properties, required)
    const schema: Schema = { type: 'object', properties }
    if (required.length > 0) schema.required = required
    if (fact.a !== undefined) schema['x-kubernetes-map-type'] = 'atomic'
    return schema
  }

  #addFields(fact: TypeFact, properties: { [name: string]: Schema }, required: string[]): void {
    for (const inline of fact.inline ?? []) this.#addFields(this.#fact(inline.t), properties, required)
    for (const [name, field] of Object.entries(fact.fields)) {
      properties[name] = fieldSchema(field)
      if (field.r !== undefined) required.push(name)
    }
  }

  #fact(name: string): TypeFact {
    const fact = this.#facts[name]
    if (fact === undefined) throw new Error(`no built-in type ${name}`)
    return fact
  }
}

class LazySource implements SchemaSource {
  readonly #schemas: BuiltinSchemas
  readonly #name: string
  constructor(schemas: BuiltinSchemas, name: string) {
    this.#schemas = schemas
    this.#name = name
  }
  get root(): Schema {
    return this.#schemas.resolve(this.#name)
  }
  resolve(ref: string): Schema {
    return this.#schemas.resolve(ref)
  }
}

function fieldSchema(field: FieldFact): Schema {
  const schema = typeSchema(field.t, field.e)
  if (field.d !== undefined) schema.default = structuredClone(field.d) as NonNullable<Schema['default']>
  // A struct by value is always there in Go, written or not. OpenAPI says it this way; field ownership needs to know.
  else if (/^[a-z][\w-]*\./.test(field.t)) schema.default = {}
  if (field.l !== undefined) schema['x-kubernetes-list-type'] = field.l
  if (field.k !== undefined) schema['x-kubernetes-list-map-keys'] = [...field.k]
  if (field.a !== undefined) schema['x-kubernetes-map-type'] = 'atomic'
  if (field.s !== undefined) schema['x-kubernetes-patch-strategy'] = field.s
  if (field.m !== undefined) schema['x-kubernetes-patch-merge-key'] = field.m
  return schema
}

function typeSchema(expression: string, allowed: readonly string[] | undefined): Schema {
  if (expression.startsWith('*') || expression.startsWith('~')) return typeSchema(expression.slice(1), allowed)
  if (expression.startsWith('[]')) return { type: 'array', items: typeSchema(expression.slice(2), allowed) }
  if (expression.startsWith('{}')) {
    return { type: 'object', additionalProperties: typeSchema(expression.slice(2), allowed) }
  }
  const primitive = PRIMITIVES[expression]
  if (primitive === undefined) return { $ref: SPECIAL_NAMES[expression] ?? expression }
  return allowed === undefined ? { ...primitive } : { ...primitive, enum: [...allowed] }
}

function* references(schema: Schema): Generator<string> {
  if (schema.$ref !== undefined) yield schema.$ref
  for (const property of Object.values(schema.properties ?? {})) yield* references(property)
  if (schema.items !== undefined) yield* references(schema.items)
  if (typeof schema.additionalProperties === 'object') yield* references(schema.additionalProperties)
}
