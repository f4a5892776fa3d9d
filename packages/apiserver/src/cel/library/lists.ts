import { CelError } from '../error.ts'
import type { Meter } from '../program/meter.ts'
import { equals } from '../values/equal.ts'
import { CelList, type CelMap, Duration, Optional, Timestamp, Uint, ValueList, type Value } from '../values/value.ts'
import { compare, int, uint } from './numbers.ts'
import { define, type Overload } from './overload.ts'

function itemsOf(list: CelList, meter: Meter): Value[] {
  meter.work(list.length)
  const items: Value[] = []
  for (let index = 0; index < list.length; index++) items.push(list.at(index))
  return items
}

/** Two lists as one. Of lists of type set or map, the right one adds what is new (sets) or comes instead (maps do so too). */
class Joined extends CelList {
  readonly #parts: readonly [CelList, CelList]
  constructor(left: CelList, right: CelList) {
    super()
    this.#parts = [left, right]
  }
  get length(): number {
    return this.#parts[0].length + this.#parts[1].length
  }
  at(index: number): Value {
    const [left, right] = this.#parts
    return index < left.length ? left.at(index) : right.at(index - left.length)
  }
}

function concat(a: CelList, b: CelList, meter: Meter): CelList {
  if (a.listType === 'map') return new ValueList(a.merge(itemsOf(a, meter), itemsOf(b, meter)), 'map')
  if (a.listType !== 'set') {
    // Reading through many joined lists would go deep: they are laid out.
    return a instanceof Joined || b instanceof Joined
      ? new ValueList([...itemsOf(a, meter), ...itemsOf(b, meter)])
      : new Joined(a, b)
  }
  const all = itemsOf(a, meter)
  for (const item of itemsOf(b, meter)) {
    meter.work(all.length)
    if (!all.some((known) => equals(known, item, meter))) all.push(item)
  }
  return new ValueList(all, 'set')
}

type Ordered = Parameters<typeof compare>[0]
function isOrdered(value: Value): value is Ordered {
  if (value === null || typeof value !== 'object') return value !== null
  return [Uint, Timestamp, Duration, Uint8Array].some((type) => value instanceof type)
}
/** For sorting; values of different kinds have no order. */
export function order(a: Value, b: Value): number {
  if (!isOrdered(a) || !isOrdered(b)) throw new CelError('no such overload')
  return compare(a, b)
}

function isSorted(list: CelList, meter: Meter): boolean {
  const items = itemsOf(list, meter)
  return items.every((item, index) => index === 0 || order(items[index - 1] ?? null, item) <= 0)
}
function extreme(name: string, sign: number) {
  return (list: CelList, meter: Meter): Value => {
    const [first, ...rest] = itemsOf(list, meter)
    if (first === undefined) throw new CelError(`${name} called on empty list`)
    return rest.reduce((best, item) => (order(item, best) * sign > 0 ? item : best), first)
  }
}
function sum(zero: Value) {
  return (list: CelList, meter: Meter): Value => itemsOf(list, meter).reduce(add, zero)
}
function add(a: Value, b: Value): Value {
  if (typeof a === 'bigint' && typeof b === 'bigint') return int(a + b)
  if (typeof a === 'number' && typeof b === 'number') return a + b
  if (a instanceof Uint && b instanceof Uint) return uint(a.value + b.value)
  if (a instanceof Duration && b instanceof Duration) return new Duration(a.nanos + b.nanos)
  throw new CelError('no such overload')
}
function indexOf(list: CelList, wanted: Value, meter: Meter): bigint {
  return BigInt(itemsOf(list, meter).findIndex((item) => equals(item, wanted, meter)))
}
function lastIndexOf(list: CelList, wanted: Value, meter: Meter): bigint {
  return BigInt(itemsOf(list, meter).findLastIndex((item) => equals(item, wanted, meter)))
}
function slice(list: CelList, from: bigint, to: bigint, meter: Meter): CelList {
  if (from < 0n || to < 0n) throw new CelError(`cannot slice(${from}, ${to}), negative indexes not supported`)
  if (from > to) throw new CelError(`cannot slice(${from}, ${to}), start index must be less than or equal to end index`)
  if (to > BigInt(list.length)) throw new CelError(`cannot slice(${from}, ${to}), list is length ${list.length}`)
  return new ValueList(itemsOf(list, meter).slice(Number(from), Number(to)))
}
function distinct(list: CelList, meter: Meter): CelList {
  const kept: Value[] = []
  for (const item of itemsOf(list, meter)) {
    meter.work(kept.length)
    if (!kept.some((known) => equals(known, item, meter))) kept.push(item)
  }
  return new ValueList(kept)
}
function flatten(depth: bigint, list: CelList, meter: Meter): Value[] {
  if (depth < 0n) throw new CelError('level must be non-negative')
  return itemsOf(list, meter).flatMap((item) =>
    item instanceof CelList && depth > 0n ? flatten(depth - 1n, item, meter) : [item],
  )
}
const longestRange = 1_000_000n
function range(length: bigint, meter: Meter): CelList {
  if (length > longestRange) throw new CelError('lists.range is too long')
  const items = Math.max(0, Number(length))
  meter.charge(items)
  return new ValueList(Array.from({ length: items }, (_item, index) => BigInt(index)))
}

const walk = { cost: (size = 0) => size }
const made = 11
const keep = { cost: (size = 0) => made + size, size: (size = 0) => size }
const pairs = { cost: (size = 0) => made + 2 * size * size, size: (size = 0) => size }
const summed: readonly (readonly [string, Value])[] = [
  ['int', 0n],
  ['uint', new Uint(0n)],
  ['double', 0],
  ['duration', new Duration(0n)],
]
const comparable = ['int', 'uint', 'double', 'bool', 'string', 'bytes', 'timestamp', 'duration']

export const listOverloads: readonly Overload[] = [
  define('size(list<A>): int', (list: CelList) => BigInt(list.length)),
  define('list<A>.size(): int', (list: CelList) => BigInt(list.length)),
  define('size(map<A, B>): int', (map: CelMap) => BigInt(map.size)),
  define('map<A, B>.size(): int', (map: CelMap) => BigInt(map.size)),
  define('_+_(list<A>, list<A>): list<A>', concat, { size: (a, b) => (a ?? 0) + (b ?? 0) }),
  ...comparable.flatMap((type) => [
    define(`list<${type}>.isSorted(): bool`, isSorted, walk),
    define(`list<${type}>.min(): ${type}`, extreme('min', -1), walk),
    define(`list<${type}>.max(): ${type}`, extreme('max', 1), walk),
  ]),
  ...summed.map(([type, zero]) => define(`list<${type}>.sum(): ${type}`, sum(zero), walk)),
  define('list<A>.indexOf(A): int', indexOf, walk),
  define('list<A>.lastIndexOf(A): int', lastIndexOf, walk),
  define('list<A>.slice(int, int): list<A>', slice, keep),
  define('list<A>.distinct(): list<A>', distinct, pairs),
  define(
    'list<A>.reverse(): list<A>',
    (list: CelList, meter: Meter) => new ValueList(itemsOf(list, meter).reverse()),
    keep,
  ),
  define(
    'list<A>.flatten(): list<dyn>',
    (list: CelList, meter: Meter) => new ValueList(flatten(1n, list, meter)),
    keep,
  ),
  define(
    'list<A>.flatten(int): list<dyn>',
    (list: CelList, depth: bigint, meter: Meter) => new ValueList(flatten(depth, list, meter)),
    keep,
  ),
  define(
    'list<A>.sort(): list<A>',
    (list: CelList, meter: Meter) => new ValueList(itemsOf(list, meter).toSorted(order)),
    pairs,
  ),
  define('list<A>.first(): optional<A>', (list: CelList) => new Optional(list.length === 0 ? undefined : list.at(0))),
  define(
    'list<A>.last(): optional<A>',
    (list: CelList) => new Optional(list.length === 0 ? undefined : list.at(list.length - 1)),
  ),
  define('lists.range(int): list<int>', range, { cost: () => made, size: () => Number(longestRange) }),
]
