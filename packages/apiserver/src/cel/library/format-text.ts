import { CelError } from '../error.ts'
import type { Meter } from '../program/meter.ts'
import { durationText, timestampText } from '../values/time.ts'
import { CelList, CelMap, Duration, Timestamp, TypeValue, Uint, type Value } from '../values/value.ts'

const largestPrecision = 1000

/** `'%s is %d'.format([…])`: %s %d %f %e %x %X %o %b and %%. */
export function formatText(template: string, args: CelList, meter: Meter): string {
  let next = 0
  return template.replaceAll(/%(?:\.(\d+))?(.)?/gs, (_all, precision: string | undefined, verb: string | undefined) => {
    if (verb === '%') return '%'
    if (verb === undefined) throw new CelError('unexpected end of string')
    if (next >= args.length) throw new CelError(`index ${next} out of range`)
    const text = clause(args.at(next++), verb, precision === undefined ? undefined : Number(precision), meter)
    meter.work(text.length)
    return text
  })
}

function clause(value: Value, verb: string, precision: number | undefined, meter: Meter): string {
  if (precision !== undefined && precision > largestPrecision) throw new CelError('precision is too large')
  const whole = typeof value === 'bigint' ? value : value instanceof Uint ? value.value : undefined
  switch (verb) {
    case 's':
      return shown(value, meter)
    case 'd':
      if (whole !== undefined) return String(whole)
      if (typeof value === 'number') return String(value)
      break
    case 'f':
      if (whole !== undefined || typeof value === 'number')
        return Number(whole ?? value).toFixed(Math.min(precision ?? 6, 100))
      break
    case 'e':
      if (whole !== undefined || typeof value === 'number') {
        const digits = Number(whole ?? value).toExponential(Math.min(precision ?? 6, 100))
        return digits.replace(/e([+-])(\d+)$/, (_all, sign: string, power: string) => `×10${raised(sign, power)}`)
      }
      break
    case 'b':
      if (typeof value === 'boolean') return value ? '1' : '0'
      if (whole !== undefined) return whole.toString(2)
      break
    case 'o':
      if (whole !== undefined) return whole.toString(8)
      break
    case 'x':
    case 'X': {
      const hex = hexText(value, whole)
      if (hex !== undefined) return verb === 'X' ? hex.toUpperCase() : hex
      break
    }
    default:
      throw new CelError(`unrecognized formatting clause "${verb}"`)
  }
  throw new CelError(`error during formatting: unsupported value for clause %${verb}`)
}

function hexText(value: Value, whole: bigint | undefined): string | undefined {
  if (whole !== undefined) return whole.toString(16)
  if (typeof value === 'string') return Buffer.from(value).toString('hex')
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : undefined
}

function shown(value: Value, meter: Meter): string {
  meter.work(1)
  if (value === null) return 'null'
  if (typeof value !== 'object') return String(value)
  if (value instanceof Uint) return String(value.value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8')
  if (value instanceof Timestamp) return timestampText(value)
  if (value instanceof Duration) return durationText(value)
  if (value instanceof TypeValue) return value.type
  if (value instanceof CelList) {
    const parts: string[] = []
    for (let index = 0; index < value.length; index++) parts.push(shown(value.at(index), meter))
    return `[${parts.join(', ')}]`
  }
  if (value instanceof CelMap) {
    const parts: string[] = []
    for (const key of value.keys()) parts.push(`${shown(key, meter)}: ${shown(value.get(key) ?? null, meter)}`)
    return `{${parts.toSorted().join(', ')}}`
  }
  throw new CelError('error during formatting: value has no text')
}

/** `+0` → `⁰⁰`, as cel-go shows exponents. */
function raised(sign: string, power: string): string {
  const digits = power.padStart(2, '0').replaceAll(/\d/g, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)] ?? '')
  return (sign === '-' ? '⁻' : '') + digits
}
