const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** The short ages of kubectl tables: `54s`, `2m30s`, `5h12m`, `3d4h`, `2y30d`. */
export function formatAge(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / SECOND)
  if (seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  if (seconds < 120) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 10) return pair(minutes, 'm', seconds % 60, 's')
  if (minutes < 180) return `${minutes}m`
  const hours = Math.floor(minutes / 60)
  if (hours < 8) return pair(hours, 'h', minutes % 60, 'm')
  if (hours < 48) return `${hours}h`
  const days = Math.floor(hours / 24)
  if (days < 8) return pair(days, 'd', hours % 24, 'h')
  if (days < 2 * 365) return `${days}d`
  const years = Math.floor(days / 365)
  return years < 8 ? pair(years, 'y', days % 365, 'd') : `${years}y`
}

function pair(major: number, majorUnit: string, minor: number, minorUnit: string): string {
  return minor === 0 ? `${major}${majorUnit}` : `${major}${majorUnit}${minor}${minorUnit}`
}

/** The age cell for a timestamp; `<unknown>` when there is none. */
export function formatAgeOf(timestamp: string | null | undefined, now: number): string {
  const time = timestamp ? Date.parse(timestamp) : Number.NaN
  return Number.isNaN(time) ? '<unknown>' : formatAge(now - time)
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['µs', 1e-3],
  ['μs', 1e-3],
  ['ms', 1],
  ['s', SECOND],
  ['m', MINUTE],
  ['h', HOUR],
])

/** Not a Go duration; the messages are Go's. */
export class DurationError extends Error {
  override readonly name = 'DurationError'
}

/** Go's time.ParseDuration (`1h30m`, `2.5s`, `-10ms`, `0`) in milliseconds. */
export function parseDuration(text: string): number {
  const [, sign = '', body = ''] = /^([+-]?)(.*)$/s.exec(text) ?? []
  if (body === '0') return 0
  const shown = JSON.stringify(text)
  if (body === '') throw new DurationError(`time: invalid duration ${shown}`)
  let total = 0
  let at = 0
  while (at < body.length) {
    const number = /^(?:\d+(?:\.\d*)?|\.\d+)/.exec(body.slice(at))?.[0]
    if (number === undefined) throw new DurationError(`time: invalid duration ${shown}`)
    at += number.length
    const unit = /^[^\d.]*/.exec(body.slice(at))?.[0] ?? ''
    if (unit === '') throw new DurationError(`time: missing unit in duration ${shown}`)
    const factor = UNITS.get(unit)
    if (factor === undefined) throw new DurationError(`time: unknown unit ${JSON.stringify(unit)} in duration ${shown}`)
    at += unit.length
    total += Number(number) * factor
  }
  // About 292 years: what fits into int64 nanoseconds.
  if (total > 9223372036854.775) throw new DurationError(`time: invalid duration ${shown}`)
  return sign === '-' ? -total : total
}

/** Go's Duration.String: `1h30m0s`, `1.5s`, `300ms`, `0s`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds === 0) return '0s'
  const sign = milliseconds < 0 ? '-' : ''
  const magnitude = Math.abs(milliseconds)
  const nanos = Math.round(magnitude * 1e6)
  if (nanos < 1e3) return `${sign}${nanos}ns`
  if (nanos < 1e6) return `${sign}${trim(nanos / 1e3)}µs`
  if (nanos < 1e9) return `${sign}${trim(nanos / 1e6)}ms`
  const hours = Math.floor(magnitude / HOUR)
  const minutes = Math.floor((magnitude % HOUR) / MINUTE)
  const seconds = `${trim((magnitude % MINUTE) / SECOND)}s`
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}`
  return minutes > 0 ? `${sign}${minutes}m${seconds}` : `${sign}${seconds}`
}

function trim(value: number): string {
  return String(Number(value.toFixed(9)))
}
