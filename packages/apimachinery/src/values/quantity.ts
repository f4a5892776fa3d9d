/** How a quantity is written: `500m`, `1Gi` or `1e3`. */
export type QuantityFormat = 'decimalSI' | 'binarySI' | 'decimalExponent'

/** A resource.Quantity, exact to a nano. */
export interface Quantity {
  /** The value times 10^9. */
  readonly nano: bigint
  readonly format: QuantityFormat
}

/** Not a quantity; the messages are upstream's. */
export class QuantityError extends Error {
  override readonly name = 'QuantityError'
}

const NANO = 1_000_000_000n
const MAX = (2n ** 63n - 1n) * NANO
const WRONG_FORMAT = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

const DECIMAL_SUFFIXES: ReadonlyMap<string, number> = new Map([
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
])
const BINARY_SUFFIXES: ReadonlyMap<string, number> = new Map([
  ['Ki', 10],
  ['Mi', 20],
  ['Gi', 30],
  ['Ti', 40],
  ['Pi', 50],
  ['Ei', 60],
])
const DECIMAL_BY_EXPONENT: ReadonlyMap<number, string> = new Map([...DECIMAL_SUFFIXES].map(([text, at]) => [at, text]))

/** Finer than a nano is rounded up, away from zero, as upstream does. A number is read like its decimal text. */
export function parseQuantity(input: string | number): Quantity {
  const text = String(input)
  const match = /^([+-]?)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*)([+-]?\d*)$/.exec(text)
  if (match === null) throw new QuantityError(WRONG_FORMAT)
  const [, sign, whole = '', fraction = '', letters = '', power = ''] = match
  if (whole === '' && fraction === '') throw new QuantityError(WRONG_FORMAT)
  const suffix = readSuffix(letters, power)
  const digits = BigInt(whole + fraction)
  const magnitude = scale(digits << BigInt(suffix.binary), suffix.decimal + 9 - fraction.length)
  return { nano: sign === '-' ? -magnitude : magnitude, format: suffix.format }
}

/** True for text (or a number) that `parseQuantity` accepts. */
export function isQuantity(input: unknown): input is string | number {
  if (typeof input !== 'string' && typeof input !== 'number') return false
  try {
    parseQuantity(input)
    return true
  } catch {
    return false
  }
}

function readSuffix(letters: string, power: string): { decimal: number; binary: number; format: QuantityFormat } {
  if (power === '') {
    const decimal = DECIMAL_SUFFIXES.get(letters)
    if (decimal !== undefined) return { decimal, binary: 0, format: 'decimalSI' }
    const binary = BINARY_SUFFIXES.get(letters)
    if (binary !== undefined) return { decimal: 0, binary, format: 'binarySI' }
  } else if ((letters === 'e' || letters === 'E') && /\d/.test(power)) {
    // Beyond this everything is capped or rounded to a nano anyway, and nobody computes 10^1000000000.
    const decimal = Math.max(-1000, Math.min(1000, Number(power)))
    return { decimal, binary: 0, format: 'decimalExponent' }
  }
  throw new QuantityError("unable to parse quantity's suffix")
}

/** value × 10^power as an integer, rounded up, capped at int64. */
function scale(value: bigint, power: number): bigint {
  if (value === 0n) return 0n
  if (power >= 0) {
    const scaled = value * 10n ** BigInt(power)
    return scaled > MAX ? MAX : scaled
  }
  const divisor = 10n ** BigInt(-power)
  const quotient = (value + divisor - 1n) / divisor
  return quotient > MAX ? MAX : quotient
}

/** The canonical text: `1000m` is `1`, `0.5` is `500m`, `1024Mi` is `1Gi`, `1e3` stays. */
export function formatQuantity({ nano, format }: Quantity): string {
  if (nano === 0n) return '0'
  const sign = nano < 0n ? '-' : ''
  const magnitude = nano < 0n ? -nano : nano
  // Small or broken binary quantities are written in decimal, without loss.
  if (format === 'binarySI' && magnitude >= 1024n * NANO && magnitude % NANO === 0n) {
    return sign + formatBinary(magnitude / NANO)
  }
  let exponent = -9
  let mantissa = magnitude
  const highest = format === 'decimalExponent' ? Number.POSITIVE_INFINITY : 18
  while (exponent < highest && mantissa % 1000n === 0n) {
    mantissa /= 1000n
    exponent += 3
  }
  if (format === 'decimalExponent') return sign + mantissa.toString() + (exponent === 0 ? '' : `e${exponent}`)
  return sign + mantissa.toString() + (DECIMAL_BY_EXPONENT.get(exponent) ?? '')
}

function formatBinary(value: bigint): string {
  let mantissa = value
  let suffix = ''
  for (const next of BINARY_SUFFIXES.keys()) {
    if (mantissa % 1024n !== 0n) break
    mantissa /= 1024n
    suffix = next
  }
  return mantissa.toString() + suffix
}

const PLAIN = /^[1-9]\d{0,2}(?:m|k|M|G|T|Ki|Mi|Gi|Ti)?$/

/** What a built-in type stores for the text it was given. Throws `QuantityError`. */
export function canonicalQuantity(input: string | number): string {
  // At most three digits that are no full 1000 (or 1024) are canonical already.
  if (typeof input === 'string' && PLAIN.test(input)) return input
  return formatQuantity(parseQuantity(input))
}

/** Negative, zero or positive. */
export function compareQuantities(left: Quantity, right: Quantity): number {
  return left.nano < right.nano ? -1 : left.nano > right.nano ? 1 : 0
}

/** Keeps the format of `left`, unless that is zero. */
export function addQuantities(left: Quantity, right: Quantity): Quantity {
  return { nano: left.nano + right.nano, format: left.nano === 0n ? right.format : left.format }
}

export function subtractQuantities(left: Quantity, right: Quantity): Quantity {
  return { nano: left.nano - right.nano, format: left.nano === 0n ? right.format : left.format }
}

/** The value as a number; exact up to 2^53. */
export function quantityToNumber(quantity: Quantity): number {
  const { nano } = quantity
  return nano % NANO === 0n ? Number(nano / NANO) : Number(nano) / 1e9
}

/** Thousandths, rounded up: what CPU is counted in. */
export function quantityToMilli(quantity: Quantity): number {
  return Number(ceilDivide(quantity.nano, 1_000_000n))
}

/** Whole units, rounded up: what memory is counted in. */
export function quantityToInteger(quantity: Quantity): number {
  return Number(ceilDivide(quantity.nano, NANO))
}

function ceilDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor
  return value > 0n && value % divisor !== 0n ? quotient + 1n : quotient
}

/** Thousandths straight from text, without big integers in the usual cases (`2`, `250m`, `64Mi`). */
export function parseMilli(input: string | number): number {
  if (typeof input === 'number' && Number.isSafeInteger(input * 1000)) return Math.ceil(input * 1000)
  const match = typeof input === 'string' ? /^(\d{1,6})(m|k|Ki|Mi|Gi)?$/.exec(input) : null
  if (match === null) return quantityToMilli(parseQuantity(input))
  const value = Number(match[1])
  switch (match[2] ?? '') {
    case 'm':
      return value
    case 'k':
      return value * 1e6
    case 'Ki':
      return value * 1024 * 1000
    case 'Mi':
      return value * 1024 * 1024 * 1000
    case 'Gi':
      return value <= 8000 ? value * 1024 * 1024 * 1024 * 1000 : quantityToMilli(parseQuantity(input))
    default:
      return value * 1000
  }
}
