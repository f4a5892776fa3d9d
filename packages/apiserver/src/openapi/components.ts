import type { ResourceDefinition, Schema, SchemaSource } from '@kairship/api'

export interface GroupVersionKind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

/** How the two OpenAPI versions write references. */
export type Dialect = 'v2' | 'v3'

const metaV1 = 'io.k8s.apimachinery.pkg.apis.meta.v1'
export const names: {
  readonly listMeta: string
  readonly deleteOptions: string
  readonly status: string
  readonly patch: string
} = {
  listMeta: `${metaV1}.ListMeta`,
  deleteOptions: `${metaV1}.DeleteOptions`,
  status: `${metaV1}.Status`,
  patch: `${metaV1}.Patch`,
}

const listMeta: Schema = {
  type: 'object',
  properties: {
    continue: { type: 'string' },
    remainingItemCount: { type: 'integer', format: 'int64' },
    resourceVersion: { type: 'string' },
    selfLink: { type: 'string' },
  },
}

function schemaNameOf({ schemaName, group, version, kind }: ResourceDefinition): string {
  return schemaName ?? `${group.split('.').toReversed().join('.')}.${version}.${kind}`
}

/** The named schemas of a document: every kind with all that it refers to. */
export class Components {
  readonly #dialect: Dialect
  readonly #builtin: (name: string) => Schema | undefined
  readonly schemas: { [name: string]: Schema } = {}

  constructor(dialect: Dialect, builtin: (name: string) => Schema | undefined) {
    this.#dialect = dialect
    this.#builtin = builtin
  }

  /** A reference to a built-in type, which joins the document; `undefined` when there is none of that name. */
  builtin(name: string): Schema | undefined {
    const schema = name === names.patch ? { type: 'object' as const } : this.#builtin(name)
    if (schema === undefined) return undefined
    this.#add(name, schema, (ref) => this.#builtin(ref))
    return this.#ref(name)
  }

  kind(definition: ResourceDefinition): Schema {
    const name = schemaNameOf(definition)
    const { schema: source } = definition
    this.#add(name, source.root, (ref) => resolve(source, ref))
    this.#mark(name, definition)
    return this.#ref(name)
  }

  list(definition: ResourceDefinition): Schema {
    const { group, version, listKind } = definition
    const name = `${schemaNameOf(definition)}List`
    const items = this.kind(definition)
    this.schemas[names.listMeta] ??= listMeta
    this.schemas[name] ??= {
      type: 'object',
      required: ['items'],
      properties: {
        apiVersion: { type: 'string' },
        items: { type: 'array', items },
        kind: { type: 'string' },
        metadata: this.#ref(names.listMeta),
      },
      'x-kubernetes-group-version-kind': [{ group, kind: listKind, version }],
    }
    return this.#ref(name)
  }

  #mark(name: string, { group, version, kind }: GroupVersionKind): void {
    const schema = this.schemas[name]
    if (schema === undefined) return
    const known = schema['x-kubernetes-group-version-kind']
    const all: readonly GroupVersionKind[] = Array.isArray(known) ? known : []
    if (all.some((each) => each.group === group && each.version === version && each.kind === kind)) return
    schema['x-kubernetes-group-version-kind'] = [...all, { group, kind, version }]
  }

  #add(name: string, schema: Schema, source: (ref: string) => Schema | undefined): void {
    if (this.schemas[name] !== undefined) return
    // Set first: types may refer to themselves.
    const copy: Schema = {}
    this.schemas[name] = copy
    Object.assign(copy, this.#rewrite(schema, source))
  }

  #rewrite(schema: Schema, source: (ref: string) => Schema | undefined): Schema {
    const out: Schema = {}
    for (const [key, value] of Object.entries(schema)) out[key] = this.#member(key, value, source)
    const { $ref } = schema
    if ($ref === undefined) return out
    const name = $ref.slice($ref.lastIndexOf('/') + 1)
    const target = source(name)
    if (target !== undefined) this.#add(name, target, source)
    const { $ref: _, ...beside } = out
    const reference = this.#ref(name)
    // In v3 nothing may stand beside a reference.
    if (this.#dialect === 'v2' || Object.keys(beside).length === 0) return { ...beside, ...reference }
    return { allOf: [reference], ...beside }
  }

  #member(key: string, value: unknown, source: (ref: string) => Schema | undefined): unknown {
    const one = (schema: unknown): unknown => (isSchema(schema) ? this.#rewrite(schema, source) : schema)
    switch (key) {
      case 'properties':
        return isSchema(value)
          ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, one(each)]))
          : value
      case 'items':
      case 'additionalProperties':
      case 'not':
        return one(value)
      case 'allOf':
      case 'anyOf':
      case 'oneOf':
        return Array.isArray(value) ? value.map(one) : value
      default:
        return value
    }
  }

  #ref(name: string): Schema {
    return { $ref: this.#dialect === 'v3' ? `#/components/schemas/${name}` : `#/definitions/${name}` }
  }
}

function resolve(source: SchemaSource, ref: string): Schema | undefined {
  try {
    return source.resolve(ref)
  } catch {
    return undefined
  }
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
