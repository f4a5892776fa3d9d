import { CelError } from '../error.ts'
import { compareNumbers, type CelNumber } from '../values/equal.ts'
import { durationText, parseDuration, parseTimestamp, timestampText } from '../values/time.ts'
import { Duration, Timestamp, TypeValue, typeName, Uint, type Value } from '../values/value.ts'
import { define, type Overload, traverse } from './overload.ts'

const maxInt = 2n ** 63n - 1n
const minInt = -(2n ** 63n)
const maxUint = 2n ** 64n - 1n

export function int(value: bigint): bigint {
  if (value > maxInt || value < minInt) throw new CelError('integer overflow')
  return value
}
export function uint(value: bigint): Uint {
  if (value > maxUint || value < 0n) throw new CelError('unsigned integer overflow')
  return new Uint(value)
}
function divisor(value: bigint, what: string): bigint {
  if (value === 0n) throw new CelError(what)
  return value
}
function toInt(value: number): bigint {
  if (!(Math.abs(value) < 2 ** 63)) throw new CelError('integer overflow')
  return BigInt(Math.trunc(value))
}
function parseInteger(text: string, type: string): bigint {
  if (/^-?\d{1,20}$/.test(text)) return BigInt(text)
  throw new CelError(`type conversion error from 'string' to '${type}'`)
}
function parseDouble(text: string): number {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : named(text)
  if (value === undefined) throw new CelError("type conversion error from 'string' to 'double'")
  return value
}
function named(text: string): number | undefined {
  const match = /^([+-]?)(inf|infinity)$/i.exec(text)
  if (match !== null) return match[1] === '-' ? -Infinity : Infinity
  return /^nan$/i.test(text) ? Number.NaN : undefined
}
function doubleText(value: number): string {
  if (Math.abs(value) === Infinity) return value > 0 ? '+Inf' : '-Inf'
  return String(value)
}
function parseBool(text: string): boolean {
  if (['true', 'True', 'TRUE', 't', '1'].includes(text)) return true
  if (['false', 'False', 'FALSE', 'f', '0'].includes(text)) return false
  throw new CelError("type conversion error from 'string' to 'bool'")
}
function utf8(value: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(value)
  } catch {
    throw new CelError('invalid UTF-8 in bytes, cannot convert to string')
  }
}
const second = 1_000_000_000n
const text = { size: () => 64 }

const arithmetic: readonly Overload[] = [
  define('_+_(int, int): int', (a: bigint, b: bigint) => int(a + b)),
  define('_-_(int, int): int', (a: bigint, b: bigint) => int(a - b)),
  define('_*_(int, int): int', (a: bigint, b: bigint) => int(a * b)),
  define('_/_(int, int): int', (a: bigint, b: bigint) => int(a / divisor(b, 'division by zero'))),
  define('_%_(int, int): int', (a: bigint, b: bigint) => a % divisor(b, 'modulus by zero')),
  define('-_(int): int', (a: bigint) => int(-a)),
  define('_+_(uint, uint): uint', (a: Uint, b: Uint) => uint(a.value + b.value)),
  define('_-_(uint, uint): uint', (a: Uint, b: Uint) => uint(a.value - b.value)),
  define('_*_(uint, uint): uint', (a: Uint, b: Uint) => uint(a.value * b.value)),
  define('_/_(uint, uint): uint', (a: Uint, b: Uint) => uint(a.value / divisor(b.value, 'division by zero'))),
  define('_%_(uint, uint): uint', (a: Uint, b: Uint) => uint(a.value % divisor(b.value, 'modulus by zero'))),
  define('_+_(double, double): double', (a: number, b: number) => a + b),
  define('_-_(double, double): double', (a: number, b: number) => a - b),
  define('_*_(double, double): double', (a: number, b: number) => a * b),
  define('_/_(double, double): double', (a: number, b: number) => a / b),
  define('-_(double): double', (a: number) => -a),
  define('!_(bool): bool', (a: boolean) => !a),
  define('_+_(timestamp, duration): timestamp', (a: Timestamp, b: Duration) => new Timestamp(a.nanos + b.nanos)),
  define('_+_(duration, timestamp): timestamp', (a: Duration, b: Timestamp) => new Timestamp(a.nanos + b.nanos)),
  define('_+_(duration, duration): duration', (a: Duration, b: Duration) => new Duration(a.nanos + b.nanos)),
  define('_-_(timestamp, timestamp): duration', (a: Timestamp, b: Timestamp) => new Duration(a.nanos - b.nanos)),
  define('_-_(timestamp, duration): timestamp', (a: Timestamp, b: Duration) => new Timestamp(a.nanos - b.nanos)),
  define('_-_(duration, duration): duration', (a: Duration, b: Duration) => new Duration(a.nanos - b.nanos)),
  define('_+_(bytes, bytes): bytes', (a: Uint8Array, b: Uint8Array) => new Uint8Array(Buffer.concat([a, b])), {
    cost: traverse,
    size: (a, b) => (a ?? 0) + (b ?? 0),
  }),
  define('size(bytes): int', (value: Uint8Array) => BigInt(value.length)),
  define('bytes.size(): int', (value: Uint8Array) => BigInt(value.length)),
]

type Ordered = string | boolean | CelNumber | Uint8Array | Timestamp | Duration

/** Negative, zero, positive; NaN when neither is before the other. */
export function compare(a: Ordered, b: Ordered): number {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b)
  if (a instanceof Timestamp && b instanceof Timestamp) return compareNumbers(a.nanos, b.nanos)
  if (a instanceof Duration && b instanceof Duration) return compareNumbers(a.nanos, b.nanos)
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  if (isCelNumber(a) && isCelNumber(b)) return compareNumbers(a, b)
  throw new CelError('no such overload')
}
function isCelNumber(value: Ordered): value is CelNumber {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof Uint
}
/** By code points, which surrogate pairs hide. */
function compareText(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) {
    if (a.charCodeAt(index) !== b.charCodeAt(index)) {
      return (a.codePointAt(index) ?? 0) - (b.codePointAt(index) ?? 0)
    }
  }
  return a.length - b.length
}

const ordered = ['bool', 'int', 'uint', 'double', 'string', 'bytes', 'timestamp', 'duration']
const numeric = ['int', 'uint', 'double']
const orders: readonly (readonly [string, (order: number) => boolean])[] = [
  ['_<_', (order) => order < 0],
  ['_<=_', (order) => order <= 0],
  ['_>_', (order) => order > 0],
  ['_>=_', (order) => order >= 0],
]
const comparisons: readonly Overload[] = orders.flatMap(([name, holds]) => {
  const pairs = ordered.map((type) => [type, type] as const)
  for (const left of numeric) for (const right of numeric) if (left !== right) pairs.push([left, right] as never)
  return pairs.map(([left, right]) => {
    const pricing = left === 'string' || left === 'bytes' ? { cost: (a = 0, b = 0) => traverse(Math.min(a, b)) } : {}
    return define(`${name}(${left}, ${right}): bool`, (a: Ordered, b: Ordered) => holds(compare(a, b)), pricing)
  })
})

const conversions: readonly Overload[] = [
  define('dyn(A): dyn', (value: Value) => value),
  define('type(A): type', (value: Value) => new TypeValue(typeName(value))),
  define('int(int): int', (value: bigint) => value),
  define('int(uint): int', (value: Uint) => int(value.value)),
  define('int(double): int', toInt),
  define('int(string): int', (value: string) => int(parseInteger(value, 'int'))),
  define('int(timestamp): int', (value: Timestamp) => value.nanos / second),
  define('int(duration): int', (value: Duration) => value.nanos),
  define('uint(uint): uint', (value: Uint) => value),
  define('uint(int): uint', (value: bigint) => uint(value)),
  define('uint(double): uint', (value: number) => uint(toInt(value))),
  define('uint(string): uint', (value: string) => uint(parseInteger(value, 'uint'))),
  define('double(double): double', (value: number) => value),
  define('double(int): double', (value: bigint) => Number(value)),
  define('double(uint): double', (value: Uint) => Number(value.value)),
  define('double(string): double', parseDouble),
  define('bool(bool): bool', (value: boolean) => value),
  define('bool(string): bool', parseBool),
  define('string(string): string', (value: string) => value, { size: (size = 0) => size }),
  define('string(bool): string', (value: boolean) => String(value), text),
  define('string(int): string', (value: bigint) => String(value), text),
  define('string(uint): string', (value: Uint) => String(value.value), text),
  define('string(double): string', doubleText, text),
  define('string(bytes): string', utf8, { cost: traverse, size: (size = 0) => size }),
  define('string(timestamp): string', timestampText, text),
  define('string(duration): string', durationText, text),
  define('bytes(bytes): bytes', (value: Uint8Array) => value, { size: (size = 0) => size }),
  define('bytes(string): bytes', (value: string) => new Uint8Array(Buffer.from(value)), {
    cost: traverse,
    size: (size = 0) => 4 * size,
  }),
  define('timestamp(timestamp): timestamp', (value: Timestamp) => value),
  define('timestamp(string): timestamp', parseTimestamp),
  define('timestamp(int): timestamp', (value: bigint) => new Timestamp(value * second)),
  define('duration(duration): duration', (value: Duration) => value),
  define('duration(string): duration', parseDuration),
  define('duration(int): duration', (value: bigint) => new Duration(value)),
]

export const numberOverloads: readonly Overload[] = [...arithmetic, ...comparisons, ...conversions]
