import { CelError } from '../error.ts'
import { Opaque } from '../values/value.ts'
import { define, type Overload, traverse } from './overload.ts'

/** A number as Kubernetes writes amounts, exact: `unscaled / 10^9`. */
class QuantityValue extends Opaque {
  readonly type = 'kubernetes.Quantity'
  readonly nanos: bigint
  constructor(nanos: bigint) {
    super()
    this.nanos = nanos
  }
  equals(other: Opaque): boolean {
    return other instanceof QuantityValue && other.nanos === this.nanos
  }
}

const whole = 1_000_000_000n
const syntax = /^([+-]?)(\d{1,40})?(?:\.(\d{0,40}))?(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?\d{1,3})?$/
const binary = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
const decimal: { readonly [suffix: string]: number | undefined } = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
}

/** Amounts smaller than a billionth are rounded up, as upstream does. */
function parse(text: string): bigint | undefined {
  const match = syntax.exec(text)
  if (match === null || ((match[2] ?? '') === '' && (match[3] ?? '') === '')) return undefined
  const [, sign, digits = '', fraction = '', suffix = ''] = match
  let value = BigInt(`${digits}${fraction}` || '0') * whole
  let divisor = 10n ** BigInt(fraction.length)
  const power = binary.indexOf(suffix)
  const exponent = /^[eE][+-]?\d/.test(suffix) ? Number(suffix.slice(1)) : (decimal[suffix] ?? 0)
  if (power >= 0) value *= 1024n ** BigInt(power + 1)
  else if (exponent > 100 || exponent < -100) return undefined
  else if (exponent >= 0) value *= 10n ** BigInt(exponent)
  else divisor *= 10n ** BigInt(-exponent)
  const nanos = value / divisor + (value % divisor === 0n ? 0n : 1n)
  return sign === '-' ? -nanos : nanos
}
function quantity(text: string): QuantityValue {
  const nanos = parse(text)
  if (nanos !== undefined) return new QuantityValue(nanos)
  throw new CelError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
}
function order(a: QuantityValue, b: QuantityValue): bigint {
  return a.nanos < b.nanos ? -1n : a.nanos > b.nanos ? 1n : 0n
}
function isInteger({ nanos }: QuantityValue): boolean {
  const value = nanos / whole
  return nanos % whole === 0n && value < 2n ** 63n && value >= -(2n ** 63n)
}
function asInteger(value: QuantityValue): bigint {
  if (!isInteger(value)) throw new CelError('cannot convert value to integer')
  return value.nanos / whole
}

const scan = { cost: traverse }
const Q = 'kubernetes.Quantity'

export const quantityOverloads: readonly Overload[] = [
  define(`quantity(string): ${Q}`, quantity, scan),
  define('isQuantity(string): bool', (text: string) => parse(text) !== undefined, scan),
  define(`${Q}.sign(): int`, ({ nanos }: QuantityValue) => (nanos > 0n ? 1n : nanos < 0n ? -1n : 0n)),
  define(`${Q}.isInteger(): bool`, isInteger),
  define(`${Q}.asInteger(): int`, asInteger),
  define(`${Q}.asApproximateFloat(): double`, ({ nanos }: QuantityValue) => Number(nanos) / 1e9),
  define(`${Q}.add(${Q}): ${Q}`, (a: QuantityValue, b: QuantityValue) => new QuantityValue(a.nanos + b.nanos)),
  define(`${Q}.add(int): ${Q}`, (a: QuantityValue, b: bigint) => new QuantityValue(a.nanos + b * whole)),
  define(`${Q}.sub(${Q}): ${Q}`, (a: QuantityValue, b: QuantityValue) => new QuantityValue(a.nanos - b.nanos)),
  define(`${Q}.sub(int): ${Q}`, (a: QuantityValue, b: bigint) => new QuantityValue(a.nanos - b * whole)),
  define(`${Q}.compareTo(${Q}): int`, order),
  define(`${Q}.isGreaterThan(${Q}): bool`, (a: QuantityValue, b: QuantityValue) => order(a, b) > 0n),
  define(`${Q}.isLessThan(${Q}): bool`, (a: QuantityValue, b: QuantityValue) => order(a, b) < 0n),
]
