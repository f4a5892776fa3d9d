import { deepClone, setOwn } from '@kairship/apimachinery'
import type { Schema, SchemaSource } from '@kairship/api'
import type { TypeFacts } from '@kairship/api/builtin'
import type { Fields } from '../fields.ts'
import type { DecodedType, Decoder } from './scalars.ts'
import * as scalars from './scalars.ts'
import type { Walk } from './walk.ts'

type ResolvedTypes = Map<string, DecodedType>

const special: { readonly [suffix: string]: DecodedType } = {
  'pkg.api.resource.Quantity': scalars.quantityType,
  'pkg.apis.meta.v1.Time': scalars.timeType,
  'pkg.apis.meta.v1.MicroTime': scalars.microTimeType,
  'pkg.apis.meta.v1.Duration': scalars.stringType,
  'pkg.apis.meta.v1.FieldsV1': scalars.rawObjectType,
  'pkg.util.intstr.IntOrString': scalars.intOrStringType,
  'pkg.runtime.RawExtension': scalars.rawType,
}

/**
 * Compiles the schemas of built-in types to decoders, each named type once. Recursive types are bound late. `facts` tell
 * which plain fields Go leaves out when they are zero.
 */
export class DecoderCompiler {
  readonly #named: ResolvedTypes = new Map()
  readonly #facts: TypeFacts

  constructor(facts: TypeFacts = {}) {
    this.#facts = facts
  }

  compile(source: SchemaSource, kind: string, schemaName = ''): DecodedType {
    return this.#type(source.root, source, `v1.${kind}`, schemaName)
  }

  #type(schema: Schema, source: SchemaSource, name: string, schemaName = ''): DecodedType {
    if (schema.$ref !== undefined) return this.#reference(schema.$ref, source)
    // OpenAPI 3.0 wraps references that carry a default or description.
    const allOf = schema['allOf']
    if (schema.type === undefined && Array.isArray(allOf) && allOf.length === 1) {
      return this.#type(allOf[0], source, name, schemaName)
    }
    const plain = scalarOf(schema)
    if (plain !== undefined) return plain
    if (schema.type === 'array')
      return listOf(schema.items === undefined ? scalars.rawType : this.#type(schema.items, source, name))
    if (schema.properties !== undefined) return this.#struct(schema, source, name, schemaName)
    if (typeof schema.additionalProperties === 'object') {
      return mapOf(this.#type(schema.additionalProperties, source, name))
    }
    return schema.type === 'object' ? scalars.rawObjectType : scalars.rawType
  }

  #reference(ref: string, source: SchemaSource): DecodedType {
    const name = ref.slice(ref.lastIndexOf('/') + 1)
    const known = this.#named.get(name)
    if (known !== undefined) return known
    for (const [suffix, type] of Object.entries(special)) {
      if (name.endsWith(suffix)) return this.#remember(name, type)
    }
    let bound: DecodedType | undefined
    const goName = name.split('.').slice(-2).join('.')
    this.#named.set(name, {
      goType: goName,
      zero: () => ({}),
      collection: false,
      decode: (value, walk) => (bound === undefined ? value : bound.decode(value, walk)),
    })
    bound = this.#union(name, source) ?? this.#type(source.resolve(ref), source, goName, name)
    return this.#remember(name, bound)
  }
  #remember(name: string, type: DecodedType): DecodedType {
    this.#named.set(name, type)
    return type
  }

  /** JSONSchemaProps has members that are a schema or something simpler. */
  #union(name: string, source: SchemaSource): DecodedType | undefined {
    const [, base, other] = /^(.*\.JSONSchemaProps)Or(Array|Bool|StringArray)$/.exec(name) ?? []
    if (base === undefined) return undefined
    const schema = this.#reference(base, source)
    const list = listOf(schema)
    return scalars.scalar(`v1.JSONSchemaPropsOr${other}`, null, (value, walk) => {
      if (Array.isArray(value)) return other === 'Array' ? list.decode(value, walk) : deepClone(value)
      return typeof value === 'object' ? schema.decode(value, walk) : value
    })
  }

  #struct(schema: Schema, source: SchemaSource, goType: string, schemaName: string): DecodedType {
    const struct = goType.slice(goType.lastIndexOf('.') + 1)
    const required = new Set(schema.required)
    const { omitted, written, structs } = zeroValues(schemaName, this.#facts)
    const fields = new Map<string, StructField>()
    const byValue: [string, DecodedType][] = []
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      const type = this.#type(property, source, goType)
      if (structs.has(name)) byValue.push([name, type])
      fields.set(name, {
        decode: type.decode,
        dropEmpty: type.collection && !required.has(name),
        zero: omitted.get(name),
      })
    }
    const open = schema['x-kubernetes-preserve-unknown-fields'] === true
    return {
      goType,
      zero: () => Object.fromEntries([...written, ...byValue.map(([name, type]) => [name, type.zero()] as const)]),
      collection: false,
      decode: (value, walk) => {
        if (typeof value !== 'object' || value === null || Array.isArray(value)) return walk.mismatch(value, goType)
        const outer = walk.struct
        const out: Fields = {}
        for (const [key, item] of Object.entries(value)) {
          const field = fields.get(key)
          if (field === undefined) {
            if (open) setOwn(out, key, deepClone(item))
            else if (item !== undefined) walk.unknown.push(walk.at(key))
            continue
          }
          if (item === null || item === undefined) continue
          walk.struct = struct
          walk.path.push(key)
          const decoded = field.decode(item, walk)
          walk.path.pop()
          if (decoded === field.zero && decoded !== undefined) continue
          if (!field.dropEmpty || !isEmptyCollection(decoded)) out[key] = decoded
        }
        walk.struct = outer
        for (const [name, zero] of written) if (out[name] === undefined) out[name] = zero
        return out
      },
    }
  }
}

interface StructField {
  readonly decode: Decoder
  readonly dropEmpty: boolean
  /** Left out when it has this value. */
  readonly zero: string | number | boolean | undefined
}

const goZeros: { readonly [type: string]: string | number | boolean | undefined } = {
  string: '',
  bytes: '',
  bool: false,
  int32: 0,
  int64: 0,
  float64: 0,
}

type Zero = string | number | boolean

/** What Go writes for the fields of a type that were not set. */
interface ZeroValues {
  /** Plain fields that are left out when they are zero. */
  readonly omitted: ReadonlyMap<string, Zero>
  /** Plain fields that are written all the same: `restartCount: 0`. Pointers (`*int32`) are neither. */
  readonly written: readonly (readonly [string, Zero])[]
  /** Structs by value, which are there even when nothing is in them. */
  readonly structs: ReadonlySet<string>
}

function zeroValues(schemaName: string, facts: TypeFacts): ZeroValues {
  const omitted = new Map<string, Zero>()
  const written = new Map<string, Zero>()
  const structs = new Set<string>()
  const type = facts[schemaName]
  for (const inline of type?.inline ?? []) {
    const inner = zeroValues(inline.t, facts)
    for (const [name, zero] of inner.omitted) omitted.set(name, zero)
    for (const [name, zero] of inner.written) written.set(name, zero)
    for (const name of inner.structs) structs.add(name)
  }
  for (const [name, field] of Object.entries(type?.fields ?? {})) {
    const zero = goZeros[field.t]
    if (zero !== undefined) (field.z === 1 ? omitted : written).set(name, zero)
    else if (field.t in facts) structs.add(name)
  }
  return { omitted, written: [...written], structs }
}

function isEmptyCollection(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0
  if (typeof value !== 'object' || value === null) return false
  for (const _ in value) return false
  return true
}

function scalarOf(schema: Schema): DecodedType | undefined {
  if (schema['x-kubernetes-int-or-string'] === true || schema.format === 'int-or-string') return scalars.intOrStringType
  if (schema['x-kubernetes-preserve-unknown-fields'] === true && schema.properties === undefined) return scalars.rawType
  switch (schema.type) {
    case 'string':
      if (schema.format === 'date-time') return scalars.timeType
      if (schema.format === 'byte') return scalars.bytesType
      if (schema.format === 'quantity') return scalars.quantityType
      return scalars.stringType
    case 'boolean':
      return scalars.booleanType
    case 'integer':
      return schema.format === 'int32' ? scalars.int32Type : scalars.int64Type
    case 'number':
      return scalars.numberType
    case 'array':
    case 'object':
    case undefined:
    default:
      return undefined
  }
}

function listOf(item: DecodedType): DecodedType {
  const goType = `[]${item.goType}`
  return {
    goType,
    zero: () => [],
    collection: true,
    decode: (value, walk) => {
      if (!Array.isArray(value)) return walk.mismatch(value, goType)
      const out: unknown[] = []
      const depth = walk.path.length
      for (let index = 0; index < value.length; index++) {
        walk.path[depth] = index
        const element: unknown = value[index]
        out.push(element === null || element === undefined ? item.zero() : item.decode(element, walk))
      }
      walk.path.length = depth
      return out
    },
  }
}

function mapOf(item: DecodedType): DecodedType {
  const goType = `map[string]${item.goType}`
  return {
    goType,
    zero: () => ({}),
    collection: true,
    decode: (value: unknown, walk: Walk) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return walk.mismatch(value, goType)
      const out: Fields = {}
      for (const [key, element] of Object.entries(value)) {
        if (element === undefined) continue
        if (item.collection || typeof element === 'object') {
          walk.path.push(key)
          setOwn(out, key, element === null ? item.zero() : item.decode(element, walk))
          walk.path.pop()
        } else setOwn(out, key, item.decode(element, walk))
      }
      return out
    },
  }
}
