import { deepEqual, isRawJson } from '@kairship/apimachinery'
import { parseFields, type ReadonlyFields } from '../../builtin/fields.ts'
import { CelError } from '../error.ts'
import { type CelType, dyn, elementOf } from '../types.ts'
import { parseDuration, parseTimestamp } from './time.ts'
import { CelList, CelMap, CelStruct, mapKey, type Value } from './value.ts'

/** A JSON value as CEL sees it through its type. Nothing is copied: lists and objects are read when they are reached. */
export function wrap(raw: unknown, type: CelType): Value {
  if (raw === null || raw === undefined) return null
  if (type.struct !== undefined) {
    const fields = isRawJson(raw) ? undefined : parseFields(raw)
    if (fields === undefined) throw mismatch()
    return new DataStruct(fields, type)
  }
  switch (type.name) {
    case 'int':
      return wrapInteger(raw)
    case 'double':
      if (typeof raw === 'number') return raw
      if (isRawJson(raw)) return Number(raw.rawJSON)
      throw mismatch()
    case 'string':
      if (typeof raw === 'string') return raw
      throw mismatch()
    case 'bool':
      if (typeof raw === 'boolean') return raw
      throw mismatch()
    case 'bytes':
      if (typeof raw === 'string') return new Uint8Array(Buffer.from(raw, 'base64'))
      throw mismatch()
    case 'google.protobuf.Timestamp':
      if (typeof raw === 'string') return parseTimestamp(raw.length === 10 ? `${raw}T00:00:00Z` : raw)
      throw mismatch()
    case 'google.protobuf.Duration':
      if (typeof raw === 'string') return parseDuration(raw)
      throw mismatch()
    case 'list':
      if (Array.isArray(raw)) return new DataList(raw, type)
      throw mismatch()
    case 'map': {
      const fields = isRawJson(raw) ? undefined : parseFields(raw)
      if (fields !== undefined) return new DataMap(fields, elementOf(type))
      throw mismatch()
    }
    default:
      return wrapAny(raw)
  }
}

function wrapInteger(raw: unknown): bigint {
  if (typeof raw === 'number' && Number.isInteger(raw)) return BigInt(raw)
  if (isRawJson(raw) && /^-?\d+$/.test(raw.rawJSON)) return BigInt(raw.rawJSON)
  throw mismatch()
}

function wrapAny(raw: unknown): Value {
  if (typeof raw === 'string' || typeof raw === 'boolean') return raw
  if (typeof raw === 'number') return Number.isInteger(raw) ? BigInt(raw) : raw
  if (isRawJson(raw)) return /^-?\d+$/.test(raw.rawJSON) ? BigInt(raw.rawJSON) : Number(raw.rawJSON)
  if (Array.isArray(raw)) return new DataList(raw, anyList)
  const fields = parseFields(raw)
  return fields === undefined ? null : new DataMap(fields, dyn)
}
const anyList: CelType = Object.freeze({ name: 'list', args: [dyn] })

/** The stored value does not have the type of the schema: it is older than the schema. */
function mismatch(): CelError {
  return new CelError('no such overload')
}

/** A list type with what the schema says about how its items correspond. */
export interface ListType extends CelType {
  readonly listType?: 'atomic' | 'set' | 'map'
  /** Escaped names of the fields that identify an item of a list of type map. */
  readonly keys?: readonly string[]
}

class DataList extends CelList {
  readonly #raw: readonly unknown[]
  readonly #element: CelType
  override readonly listType: 'atomic' | 'set' | 'map'
  readonly #keys: readonly string[]
  constructor(raw: readonly unknown[], type: ListType) {
    super()
    this.#raw = raw
    this.#element = elementOf(type)
    this.listType = type.listType ?? 'atomic'
    this.#keys = type.keys ?? []
  }
  get length(): number {
    return this.#raw.length
  }
  at(index: number): Value {
    if (index < 0 || index >= this.#raw.length) throw new CelError(`index out of bounds: ${index}`)
    return wrap(this.#raw[index], this.#element)
  }
  override merge(items: readonly Value[], more: readonly Value[]): readonly Value[] {
    const merged = new Map<string, Value>()
    for (const item of [...items, ...more]) merged.set(this.#identity(item), item)
    return [...merged.values()]
  }
  #identity(item: Value): string {
    if (!(item instanceof CelStruct)) throw mismatch()
    return JSON.stringify(this.#keys.map((key) => mapKey(item.field(key) ?? '')))
  }
}

class DataMap extends CelMap {
  readonly #raw: ReadonlyFields
  readonly #value: CelType
  #keys: readonly string[] | undefined
  constructor(raw: ReadonlyFields, value: CelType) {
    super()
    this.#raw = raw
    this.#value = value
  }
  get size(): number {
    return this.#names.length
  }
  keys(): Iterable<Value> {
    return this.#names
  }
  get #names(): readonly string[] {
    this.#keys ??= Object.keys(this.#raw).filter((key) => this.#raw[key] !== undefined)
    return this.#keys
  }
  get(key: Value): Value | undefined {
    if (typeof key !== 'string') {
      mapKey(key)
      return undefined
    }
    if (!Object.hasOwn(this.#raw, key)) return undefined
    const value = this.#raw[key]
    return value === undefined ? undefined : wrap(value, this.#value)
  }
}

class DataStruct extends CelStruct {
  readonly #raw: ReadonlyFields
  readonly type: CelType
  constructor(raw: ReadonlyFields, type: CelType) {
    super()
    this.#raw = raw
    this.type = type
  }
  field(name: string): Value | undefined {
    const declared = this.type.struct?.field(name)
    if (declared === undefined || !Object.hasOwn(this.#raw, declared.key)) return undefined
    // A field that is null is not there.
    const value = this.#raw[declared.key]
    return value === undefined || value === null ? undefined : wrap(value, declared.type)
  }
  equals(other: CelStruct): boolean {
    return other instanceof DataStruct && deepEqual(this.#raw, other.#raw)
  }
}
