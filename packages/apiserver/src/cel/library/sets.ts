import type { Meter } from '../program/meter.ts'
import { equals } from '../values/equal.ts'
import { type CelList, Duration, Optional, Timestamp, Uint, type Value } from '../values/value.ts'
import { CelError } from '../error.ts'
import { define, type Overload } from './overload.ts'

function has(list: CelList, item: Value, meter: Meter): boolean {
  for (let index = 0; index < list.length; index++) {
    meter.work(1)
    if (equals(list.at(index), item, meter)) return true
  }
  return false
}
function contains(list: CelList, part: CelList, meter: Meter): boolean {
  for (let index = 0; index < part.length; index++) if (!has(list, part.at(index), meter)) return false
  return true
}
function intersects(a: CelList, b: CelList, meter: Meter): boolean {
  for (let index = 0; index < a.length; index++) if (has(b, a.at(index), meter)) return true
  return false
}

const product = { cost: (a = 0, b = 0) => a * b + 1 }

export const setOverloads: readonly Overload[] = [
  define('sets.contains(list<A>, list<A>): bool', contains, product),
  define('sets.intersects(list<A>, list<A>): bool', intersects, product),
  define(
    'sets.equivalent(list<A>, list<A>): bool',
    (a: CelList, b: CelList, meter: Meter) => contains(a, b, meter) && contains(b, a, meter),
    { cost: (a = 0, b = 0) => 2 * a * b + 1 },
  ),
]

const yearOne = -62_135_596_800_000_000_000n

function isZero(value: Value): boolean {
  if (value === null || value === '' || value === false || value === 0 || value === 0n) return true
  if (typeof value !== 'object') return false
  if (value instanceof Uint) return value.value === 0n
  if (value instanceof Timestamp) return value.nanos === yearOne
  if (value instanceof Duration) return value.nanos === 0n
  return 'length' in value ? value.length === 0 : 'size' in value && value.size === 0
}

export const optionalOverloads: readonly Overload[] = [
  define('optional.of(A): optional<A>', (value: Value) => new Optional(value)),
  define('optional.ofNonZeroValue(A): optional<A>', (value: Value) => new Optional(isZero(value) ? undefined : value)),
  define('optional.none(): optional<A>', () => new Optional(undefined)),
  define('optional<A>.hasValue(): bool', (optional: Optional) => optional.value !== undefined),
  define('optional<A>.value(): A', (optional: Optional) => {
    if (optional.value === undefined) throw new CelError('optional.none() dereference')
    return optional.value
  }),
  define('optional<A>.or(optional<A>): optional<A>', (a: Optional, b: Optional) => (a.value === undefined ? b : a)),
  define('optional<A>.orValue(A): A', (optional: Optional, other: Value) => optional.value ?? other),
]
