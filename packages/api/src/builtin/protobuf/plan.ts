import type { JsonObject, JsonValue } from '@kairship/apimachinery'
import type { FieldFact, TypeFact, TypeFacts } from '../schema/facts.ts'
import { toBase64 } from './base64.ts'
import { ProtobufError, type ProtobufReader, type WireType } from './reader.ts'
import {
  jsonInteger,
  readDuration,
  readIntOrString,
  readMicroTime,
  readQuantity,
  readRawJson,
  readTime,
  readWrappedStrings,
} from './special.ts'

/** What is left of the allowances of one document. */
export interface Budget {
  depth: number
  values: number
}

/** Reads the value of the field whose tag was just read; `undefined` is a zero value that JSON leaves out. */
type ReadValue = (reader: ProtobufReader, budget: Budget) => JsonValue | undefined

interface FieldPlan {
  readonly name: string
  readonly kind: 'single' | 'list' | 'map' | 'inline'
  readonly read: ReadValue
  /** Go leaves the zero value out of JSON. */
  readonly dropZero: boolean
  readonly inline?: MessagePlan
  /** Lists of numbers may also come packed: one field that holds them all, each of this wire type. */
  readonly packed?: WireType
}

const SCALARS: { readonly [word: string]: ReadValue } = {
  string: (reader) => reader.string(),
  bool: (reader) => reader.bool(),
  int32: (reader) => reader.int32(),
  int64: (reader) => jsonInteger(reader.int64()),
  float64: (reader) => reader.double(),
  bytes: (reader) => toBase64(reader.bytes()),
  time: (reader) => readTime(reader.message()),
  microtime: (reader) => readMicroTime(reader.message()),
  duration: (reader) => readDuration(reader.message()),
  quantity: (reader) => readQuantity(reader.message()),
  intorstring: (reader) => readIntOrString(reader.message()),
  raw: (reader) => readRawJson(reader.message()),
  json: (reader) => readRawJson(reader.message()),
  fields: (reader) => readRawJson(reader.message()),
}

const PACKED: { readonly [word: string]: WireType } = { bool: 0, int32: 0, int64: 0, float64: 1 }

/** How messages of one type become JSON objects; compiled once from the facts. */
export class MessagePlan {
  readonly #fields = new Map<number, FieldPlan>()

  /** Plans may refer to themselves (JSON schemas do): they are made first and filled then. */
  fill(fact: TypeFact, compiler: PlanCompiler): void {
    for (const inline of fact.inline ?? []) {
      if (inline.p === undefined) continue
      const plan = compiler.plan(inline.t)
      this.#fields.set(inline.p, { name: '', kind: 'inline', read: unreadable, dropZero: false, inline: plan })
    }
    for (const [name, field] of Object.entries(fact.fields)) {
      if (field.p !== undefined) this.#fields.set(field.p, compiler.field(name, field))
    }
  }

  read(reader: ProtobufReader, budget: Budget, into: JsonObject = {}): JsonObject {
    if (--budget.depth < 0) throw new ProtobufError('nested too deeply')
    while (!reader.done) {
      const field = this.#fields.get(reader.tag())
      if (field === undefined) {
        reader.skip()
        continue
      }
      if (--budget.values < 0) throw new ProtobufError('too many values')
      this.#readField(field, reader, budget, into)
    }
    budget.depth++
    return into
  }

  #readField(field: FieldPlan, reader: ProtobufReader, budget: Budget, into: JsonObject): void {
    if (field.inline !== undefined) {
      field.inline.read(reader.message(), budget, into)
    } else if (field.kind === 'list') {
      const present = into[field.name]
      const list = Array.isArray(present) ? present : []
      into[field.name] = list
      if (field.packed !== undefined && reader.wire === 2)
        readPacked(reader.message(), field, field.packed, budget, list)
      else list.push(field.read(reader, budget) ?? null)
    } else if (field.kind === 'map') {
      const present = into[field.name]
      const map = isObject(present) ? present : {}
      readEntry(reader.message(), field.read, budget, map)
      into[field.name] = map
    } else {
      const value = field.read(reader, budget)
      if (value === undefined || (field.dropZero && isZero(value))) delete into[field.name]
      else into[field.name] = value
    }
  }
}

function readPacked(reader: ProtobufReader, field: FieldPlan, wire: WireType, budget: Budget, list: JsonValue[]): void {
  while (!reader.done) {
    if (--budget.values < 0) throw new ProtobufError('too many values')
    reader.wire = wire
    list.push(field.read(reader, budget) ?? null)
  }
}

function readEntry(entry: ProtobufReader, read: ReadValue, budget: Budget, map: JsonObject): void {
  let key = ''
  let value: JsonValue | undefined
  while (!entry.done) {
    const field = entry.tag()
    if (field === 1) key = entry.string()
    else if (field === 2) value = read(entry, budget)
    else entry.skip()
  }
  // A plain assignment to this name would set the prototype.
  if (key === '__proto__') Object.defineProperty(map, key, { value: value ?? '', enumerable: true, writable: true })
  else map[key] = value ?? ''
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
/** Empty structs are no zero value in Go's JSON: they stay. */
function isZero(value: JsonValue): boolean {
  return value === '' || value === 0 || value === false
}
function unreadable(): never {
  throw new ProtobufError('not a value')
}

/** Compiles plans on first use and keeps them. */
export class PlanCompiler {
  readonly #facts: TypeFacts
  readonly #plans = new Map<string, MessagePlan>()

  constructor(facts: TypeFacts) {
    this.#facts = facts
  }

  plan(name: string): MessagePlan {
    const known = this.#plans.get(name)
    if (known !== undefined) return known
    const fact = this.#facts[name]
    if (fact === undefined) throw new Error(`no built-in type ${name}`)
    const plan = new MessagePlan()
    this.#plans.set(name, plan)
    plan.fill(fact, this)
    return plan
  }

  field(name: string, fact: FieldFact): FieldPlan {
    const pointer = fact.t.startsWith('*')
    const type = pointer ? fact.t.slice(1) : fact.t
    const dropZero = fact.z !== undefined && !pointer
    if (type.startsWith('[]')) {
      const packed = PACKED[type.slice(2)]
      const read = this.#value(type.slice(2))
      return { name, kind: 'list', read, dropZero, ...(packed === undefined ? {} : { packed }) }
    }
    if (type.startsWith('{}')) return { name, kind: 'map', read: this.#value(type.slice(2)), dropZero }
    return { name, kind: 'single', read: this.#value(type), dropZero }
  }

  #value(type: string): ReadValue {
    if (type === '~[]string') return (reader) => readWrappedStrings(reader.message())
    const scalar = SCALARS[type]
    if (scalar !== undefined) return scalar
    const variant = this.#variant(type)
    if (variant !== undefined) return variant
    // Compiled when first read: types may contain themselves.
    let plan: MessagePlan | undefined
    return (reader, budget) => {
      plan ??= this.plan(type)
      return plan.read(reader.message(), budget)
    }
  }

  /** The three unions of CRD schemas. */
  #variant(type: string): ReadValue | undefined {
    const schema: ReadValue = (reader, budget) => this.plan(JSON_SCHEMA).read(reader.message(), budget)
    switch (type) {
      case 'schemaorarray':
        return (reader, budget) => readSchemaOrList(reader.message(), schema, schema, budget)
      case 'schemaorstrings':
        return (reader, budget) => readSchemaOrList(reader.message(), schema, (inner) => inner.string(), budget)
      case 'schemaorbool':
        return (reader, budget) => {
          const { schema: found, allows } = readSchemaOrBool(reader.message(), schema, budget)
          return found ?? allows
        }
      default:
        return undefined
    }
  }
}

const JSON_SCHEMA = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps'

function readSchemaOrList(
  reader: ProtobufReader,
  schema: ReadValue,
  item: ReadValue,
  budget: Budget,
): JsonValue | undefined {
  let single: JsonValue | undefined
  const items: JsonValue[] = []
  while (!reader.done) {
    const field = reader.tag()
    if (field === 1) single = schema(reader, budget)
    else if (field === 2) items.push(item(reader, budget) ?? null)
    else reader.skip()
  }
  return items.length > 0 ? items : single
}

function readSchemaOrBool(
  reader: ProtobufReader,
  schema: ReadValue,
  budget: Budget,
): { schema: JsonValue | undefined; allows: boolean } {
  let allows = false
  let found: JsonValue | undefined
  while (!reader.done) {
    const field = reader.tag()
    if (field === 1) allows = reader.bool()
    else if (field === 2) found = schema(reader, budget)
    else reader.skip()
  }
  return { schema: found, allows }
}
