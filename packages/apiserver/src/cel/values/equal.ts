import type { Meter } from '../program/meter.ts'
import {
  CelList,
  CelMap,
  CelStruct,
  Duration,
  Opaque,
  Optional,
  Timestamp,
  TypeValue,
  Uint,
  type Value,
} from './value.ts'

/**
 * Whether two values are equal: numbers across types, lists of type set and map in any order. Values of different types
 * are not equal. Large ones are charged as they are walked.
 */
export function equals(a: Value, b: Value, meter: Meter): boolean {
  if (a === b) return true
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b) === 0
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (a instanceof CelList) return b instanceof CelList && equalLists(a, b, meter)
  if (a instanceof CelMap) return b instanceof CelMap && equalMaps(a, b, meter)
  if (a instanceof CelStruct) return b instanceof CelStruct && a.equals(b)
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanos === b.nanos
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0
  if (a instanceof TypeValue) return b instanceof TypeValue && a.type === b.type
  if (a instanceof Opaque) return b instanceof Opaque && a.type === b.type && a.equals(b)
  if (!(a instanceof Optional) || !(b instanceof Optional)) return false
  if (a.value === undefined || b.value === undefined) return a.value === b.value
  return equals(a.value, b.value, meter)
}

export type CelNumber = bigint | number | Uint

export function isNumber(value: Value): value is CelNumber {
  return typeof value === 'bigint' || typeof value === 'number' || value instanceof Uint
}
/** NaN when one of them is. */
export function compareNumbers(a: CelNumber, b: CelNumber): number {
  const left = a instanceof Uint ? a.value : a
  const right = b instanceof Uint ? b.value : b
  // JavaScript compares bigint and number by value.
  if (left < right) return -1
  if (left > right) return 1
  return left >= right ? 0 : Number.NaN
}

function equalLists(a: CelList, b: CelList, meter: Meter): boolean {
  const length = a.length
  const unordered = a.listType !== 'atomic' || b.listType !== 'atomic'
  if (length !== b.length) return false
  meter.work(length)
  let index = 0
  while (index < length && equals(a.at(index), b.at(index), meter)) index += 1
  if (index === length || !unordered) return index === length
  const taken = new Set<number>()
  for (let left = index; left < length; left++) {
    let found = -1
    for (let right = index; right < length && found < 0; right++) {
      if (taken.has(right)) continue
      meter.work(1)
      if (equals(a.at(left), b.at(right), meter)) found = right
    }
    if (found < 0) return false
    taken.add(found)
  }
  return true
}

function equalMaps(a: CelMap, b: CelMap, meter: Meter): boolean {
  if (a.size !== b.size) return false
  meter.work(a.size)
  for (const key of a.keys()) {
    const left = a.get(key)
    const right = b.get(key)
    if (left === undefined || right === undefined || !equals(left, right, meter)) return false
  }
  return true
}
