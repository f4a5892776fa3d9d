import { CelError } from '../error.ts'
import type { CelType } from '../types.ts'

/** A CEL value: int is bigint, double is number. */
export type Value =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | Uint
  | Timestamp
  | Duration
  | CelList
  | CelMap
  | CelStruct
  | Optional
  | TypeValue
  | Opaque

export class Uint {
  readonly value: bigint
  constructor(value: bigint) {
    this.value = value
  }
}
export class Timestamp {
  /** Since 1970. */
  readonly nanos: bigint
  /** 0001-01-01 to 9999-12-31. */
  constructor(nanos: bigint) {
    if (nanos < -62_135_596_800_000_000_000n || nanos > 253_402_300_799_999_999_999n) {
      throw new CelError('timestamp overflow')
    }
    this.nanos = nanos
  }
}
export class Duration {
  readonly nanos: bigint
  constructor(nanos: bigint) {
    if (nanos < -(2n ** 63n) || nanos >= 2n ** 63n) throw new CelError('duration overflow')
    this.nanos = nanos
  }
}
export class Optional {
  readonly value: Value | undefined
  constructor(value: Value | undefined) {
    this.value = value
  }
}
export class TypeValue {
  readonly type: string
  constructor(type: string) {
    this.type = type
  }
}
/** Values of the Kubernetes libraries: quantities, addresses, versions. */
export abstract class Opaque {
  abstract readonly type: string
  abstract equals(other: Opaque): boolean
  /** What the value stands for in sizes and costs. */
  get size(): number {
    return 1
  }
}

export abstract class CelList {
  /** How items of two lists correspond: by place, as a set, or by keys. */
  readonly listType: 'atomic' | 'set' | 'map' = 'atomic'
  abstract readonly length: number
  abstract at(index: number): Value
  /** Items of a list of type map with more of its kind: those with known keys come instead, others are added. */
  merge(items: readonly Value[], more: readonly Value[]): readonly Value[] {
    return [...items, ...more]
  }
}
export class ValueList extends CelList {
  readonly #items: readonly Value[]
  override readonly listType: 'atomic' | 'set' | 'map'
  constructor(items: readonly Value[], listType: 'atomic' | 'set' | 'map' = 'atomic') {
    super()
    this.#items = items
    this.listType = listType
  }
  get length(): number {
    return this.#items.length
  }
  at(index: number): Value {
    const item = this.#items[index]
    if (item === undefined) throw new CelError(`index out of bounds: ${index}`)
    return item
  }
}

export abstract class CelMap {
  abstract readonly size: number
  abstract keys(): Iterable<Value>
  abstract get(key: Value): Value | undefined
}
export class ValueMap extends CelMap {
  readonly #entries: ReadonlyMap<string, readonly [Value, Value]>
  constructor(entries: ReadonlyMap<string, readonly [Value, Value]>) {
    super()
    this.#entries = entries
  }
  get size(): number {
    return this.#entries.size
  }
  *keys(): Iterable<Value> {
    for (const [key] of this.#entries.values()) yield key
  }
  get(key: Value): Value | undefined {
    return this.#entries.get(mapKey(key))?.[1]
  }
}

/** An object whose schema names its fields: `self`, `self.spec`. */
export abstract class CelStruct {
  abstract readonly type: CelType
  abstract field(name: string): Value | undefined
  abstract equals(other: CelStruct): boolean
}

/** Keys that are equal in CEL have equal texts: 1, 1u and 1.0. */
export function mapKey(key: Value): string {
  if (typeof key === 'string') return `s${key}`
  if (typeof key === 'bigint') return `n${key}`
  if (typeof key === 'number' && Number.isInteger(key)) return `n${BigInt(key)}`
  if (key instanceof Uint) return `n${key.value}`
  if (typeof key === 'boolean') return `b${key}`
  throw new CelError(`unsupported key type: ${typeName(key)}`)
}

/** The name of a value's type, as `type(x)` gives it. */
export function typeName(value: Value): string {
  if (value === null) return 'null_type'
  if (typeof value === 'string') return 'string'
  if (typeof value === 'number') return 'double'
  if (typeof value === 'bigint') return 'int'
  if (typeof value === 'boolean') return 'bool'
  if (value instanceof Uint8Array) return 'bytes'
  if (value instanceof Uint) return 'uint'
  if (value instanceof Timestamp) return 'google.protobuf.Timestamp'
  if (value instanceof Duration) return 'google.protobuf.Duration'
  if (value instanceof CelList) return 'list'
  if (value instanceof CelMap) return 'map'
  if (value instanceof Optional) return 'optional_type'
  if (value instanceof TypeValue) return 'type'
  if (value instanceof Opaque) return value.type
  return 'object'
}

/** What costs count: characters, bytes, items, entries; 1 for everything else. */
export function sizeOf(value: Value): number {
  if (typeof value === 'string' || value instanceof Uint8Array || value instanceof CelList) return value.length
  if (value instanceof CelMap || value instanceof Opaque) return value.size
  return 1
}
