import { CelError } from '../error.ts'
import { Duration, Timestamp } from './value.ts'

const units: { readonly [unit: string]: bigint | undefined } = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
}
const nanosPerMilli = 1_000_000n
const rfc3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)$/

/** Go's durations: `1h30m`, `-1.5s`. */
export function parseDuration(text: string): Duration {
  const bad = (): CelError => new CelError(`time: invalid duration ${JSON.stringify(text)}`)
  const sign = text.startsWith('-') ? -1n : 1n
  const rest = text.replace(/^[+-]/, '')
  if (rest === '0') return new Duration(0n)
  if (rest.length > 64) throw bad()
  let total = 0n
  let end = 0
  for (const match of rest.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    if (match.index !== end) throw bad()
    end += match[0].length
    const [whole = '', fraction = ''] = (match[1] ?? '').split('.')
    const unit = units[match[2] ?? ''] ?? 0n
    total += BigInt(whole || '0') * unit
    if (fraction !== '') total += (BigInt(fraction) * unit) / 10n ** BigInt(fraction.length)
  }
  if (end === 0 || end !== rest.length) throw bad()
  return new Duration(sign * total)
}

export function parseTimestamp(text: string): Timestamp {
  const match = rfc3339.exec(text)
  const millis = match === null ? Number.NaN : Date.parse(`${match[1]}${match[3]}`)
  if (match === null || Number.isNaN(millis)) throw new CelError(`invalid timestamp ${JSON.stringify(text)}`)
  return new Timestamp(BigInt(millis) * nanosPerMilli + BigInt((match[2] ?? '').padEnd(9, '0')))
}

export function timestampText({ nanos }: Timestamp): string {
  const millis = floorDiv(nanos, nanosPerMilli)
  const fraction = nanos - floorDiv(nanos, 1_000_000_000n) * 1_000_000_000n
  const seconds = new Date(Number(millis)).toISOString().slice(0, 19)
  return `${seconds}${fraction === 0n ? '' : `.${String(fraction).padStart(9, '0').replace(/0+$/, '')}`}Z`
}

/** `3723.004s` */
export function durationText({ nanos }: Duration): string {
  const sign = nanos < 0n ? '-' : ''
  const size = nanos < 0n ? -nanos : nanos
  const fraction = size % 1_000_000_000n
  const tail = fraction === 0n ? '' : `.${String(fraction).padStart(9, '0').replace(/0+$/, '')}`
  return `${sign}${size / 1_000_000_000n}${tail}s`
}

function floorDiv(a: bigint, b: bigint): bigint {
  const quotient = a / b
  return a % b < 0n ? quotient - 1n : quotient
}

export interface CalendarTime {
  readonly year: number
  readonly month: number
  readonly date: number
  readonly weekday: number
  readonly yearday: number
  readonly hours: number
  readonly minutes: number
  readonly seconds: number
  readonly millis: number
}

/** The fields of a time in a zone: `UTC`, `+01:00`, `01:00` or a name of the time zone database. */
export function calendar({ nanos }: Timestamp, zone: string): CalendarTime {
  const millis = Number(floorDiv(nanos, nanosPerMilli))
  const local = new Date(millis + offsetMinutes(millis, zone) * 60_000)
  const newYear = Date.UTC(local.getUTCFullYear(), 0, 1)
  return {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth(),
    date: local.getUTCDate(),
    weekday: local.getUTCDay(),
    yearday: Math.floor((local.getTime() - newYear) / 86_400_000),
    hours: local.getUTCHours(),
    minutes: local.getUTCMinutes(),
    seconds: local.getUTCSeconds(),
    millis: local.getUTCMilliseconds(),
  }
}

function offsetMinutes(millis: number, zone: string): number {
  if (zone === '' || zone === 'UTC') return 0
  const fixed = /^([+-]?)(\d\d):(\d\d)$/.exec(zone)
  if (fixed !== null) return (fixed[1] === '-' ? -1 : 1) * (Number(fixed[2]) * 60 + Number(fixed[3]))
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
    const name = format.formatToParts(millis).find((part) => part.type === 'timeZoneName')?.value ?? ''
    const named = /GMT([+-])(\d\d):(\d\d)/.exec(name)
    return named === null ? 0 : (named[1] === '-' ? -1 : 1) * (Number(named[2]) * 60 + Number(named[3]))
  } catch {
    throw new CelError(`unknown time zone ${zone}`)
  }
}
