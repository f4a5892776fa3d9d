import type { JsonValue } from '@kairship/apimachinery'
import type { Schema } from '@kairship/api'
import { RE2JS } from 're2js'
import { compileRules, type RuleSet } from '../../cel/index.ts'

/**
 * One schema of a structural schema, with what the walks ask precomputed. Children are made when a value first reaches
 * them: of a schema of a megabyte only the used part is ever compiled.
 */
export class SchemaNode {
  readonly schema: Schema
  readonly type: string | undefined
  readonly nullable: boolean
  readonly preserve: boolean
  readonly embedded: boolean
  readonly intOrString: boolean
  /** Properties with a default of their own. */
  readonly defaults: readonly (readonly [string, JsonValue])[]
  readonly #properties: { readonly [name: string]: Schema } | undefined
  readonly #children = new Map<string, SchemaNode>()
  #items: SchemaNode | undefined
  #additional: SchemaNode | undefined
  #pattern: RE2JS | undefined
  readonly #isRoot: boolean
  #rules: { readonly set: RuleSet | undefined } | undefined
  #hasRules: boolean | undefined
  #hasTransitions: boolean | undefined

  constructor(schema: Schema, isRoot = false) {
    this.schema = schema
    this.#isRoot = isRoot
    this.type = schema.type
    this.nullable = schema.nullable === true
    this.preserve = schema['x-kubernetes-preserve-unknown-fields'] === true
    this.embedded = schema['x-kubernetes-embedded-resource'] === true
    this.intOrString = schema['x-kubernetes-int-or-string'] === true
    this.#properties = schema.properties
    const defaults: (readonly [string, JsonValue])[] = []
    if (schema.properties !== undefined) {
      for (const name of Object.keys(schema.properties)) {
        const value = schema.properties[name]?.default
        if (value !== undefined && value !== null) defaults.push([name, value])
      }
    }
    this.defaults = defaults
  }

  property(name: string): SchemaNode | undefined {
    const known = this.#children.get(name)
    if (known !== undefined) return known
    if (this.#properties === undefined || !Object.hasOwn(this.#properties, name)) return undefined
    const schema = this.#properties[name]
    if (schema === undefined) return undefined
    const node = new SchemaNode(schema)
    this.#children.set(name, node)
    return node
  }
  get items(): SchemaNode | undefined {
    if (this.#items === undefined && this.schema.items !== undefined) this.#items = new SchemaNode(this.schema.items)
    return this.#items
  }
  /** The schema of other properties; `undefined` when there is none. See `open`. */
  get additional(): SchemaNode | undefined {
    const { additionalProperties } = this.schema
    if (this.#additional === undefined && typeof additionalProperties === 'object') {
      this.#additional = new SchemaNode(additionalProperties)
    }
    return this.#additional
  }
  /** Properties without a schema are kept. */
  get open(): boolean {
    return this.schema.additionalProperties === true
  }
  /** Go's RE2: linear in the text, whatever the expression. */
  get pattern(): RE2JS | undefined {
    const { pattern } = this.schema
    if (this.#pattern === undefined && typeof pattern === 'string') this.#pattern = RE2JS.compile(pattern)
    return this.#pattern
  }
  /** The CEL rules of this schema itself, compiled on first use. */
  get rules(): RuleSet | undefined {
    this.#rules ??= { set: compileRules(this.schema, this.#isRoot) }
    return this.#rules.set
  }
  /** This schema or one below it has CEL rules. */
  get hasRules(): boolean {
    this.#hasRules ??= hasRules(this.schema)
    return this.#hasRules
  }
  /** Some of them compare with what was there before. */
  get hasTransitions(): boolean {
    this.#hasTransitions ??= this.hasRules && hasRules(this.schema, 'oldSelf')
    return this.#hasTransitions
  }
  number(keyword: string): number | undefined {
    const value = this.schema[keyword]
    return typeof value === 'number' ? value : undefined
  }
  /** The schemas of `allOf`, `anyOf` or `oneOf`. */
  alternatives(keyword: 'allOf' | 'anyOf' | 'oneOf'): readonly SchemaNode[] {
    const list = this.schema[keyword]
    if (!Array.isArray(list)) return none
    return list.map((schema, index) => this.#child(`${keyword}/${index}`, schema))
  }
  get not(): SchemaNode | undefined {
    const { not } = this.schema
    return isSchema(not) ? this.#child('not/', not) : undefined
  }
  #child(key: string, schema: Schema): SchemaNode {
    const known = this.#children.get(key)
    if (known !== undefined) return known
    const node = new SchemaNode(schema)
    this.#children.set(key, node)
    return node
  }
}

const none: readonly SchemaNode[] = Object.freeze([])

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** True when the schema or one below it has CEL rules, or one that mentions `word`. */
export function hasRules(schema: Schema, word = ''): boolean {
  const rules = schema['x-kubernetes-validations']
  if (Array.isArray(rules) && (word === '' || JSON.stringify(rules).includes(word))) return true
  const below = [
    ...Object.values(schema.properties ?? {}),
    schema.items,
    schema.additionalProperties,
    ...(Array.isArray(schema['allOf']) ? schema['allOf'] : []),
  ]
  return below.some((child) => isSchema(child) && hasRules(child, word))
}
