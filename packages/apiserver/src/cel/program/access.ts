import { CelError } from '../error.ts'
import { CelList, CelMap, CelStruct, Optional, type Value } from '../values/value.ts'

/** The field of an object or the entry of a map; `undefined` when it is not there. */
export function fieldOf(value: Value, name: string): Value | undefined {
  if (value instanceof CelStruct) return value.field(name)
  if (value instanceof CelMap) return value.get(name)
  throw new CelError('no such overload')
}

/** `value[key]`; `undefined` when it is not there. */
export function elementAt(value: Value, key: Value): Value | undefined {
  if (value instanceof CelMap) return value.get(key)
  if (value instanceof CelStruct && typeof key === 'string') return value.field(key)
  if (value instanceof CelList) {
    const index = indexOf(key)
    return index < 0 || index >= value.length ? undefined : value.at(index)
  }
  throw new CelError('no such overload')
}

function indexOf(key: Value): number {
  if (typeof key === 'bigint') return Number(key)
  if (typeof key === 'number' && Number.isInteger(key)) return key
  throw new CelError(`unsupported index type '${typeof key}' in list`)
}

export function missing(container: Value, key: Value): CelError {
  const shown = typeof key === 'object' ? '' : String(key)
  return new CelError(container instanceof CelList ? `index out of bounds: ${shown}` : `no such key: ${shown}`)
}

/** Selecting on an optional selects on its value, and the result is optional. */
export function throughOptional(value: Value, get: (inner: Value) => Value | undefined): Optional {
  if (!(value instanceof Optional)) return new Optional(flat(get(value)))
  return value.value === undefined ? value : new Optional(flat(get(value.value)))
}
function flat(value: Value | undefined): Value | undefined {
  return value instanceof Optional ? value.value : value
}
