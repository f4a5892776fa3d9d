import { calendar, type CalendarTime } from '../values/time.ts'
import type { Meter } from '../program/meter.ts'
import type { Duration, Timestamp } from '../values/value.ts'
import { define, type Overload } from './overload.ts'

/** Time zones are looked up slowly. */
const workPerZone = 1500

const getters: readonly (readonly [string, (time: CalendarTime) => number])[] = [
  ['getFullYear', (time) => time.year],
  ['getMonth', (time) => time.month],
  ['getDate', (time) => time.date],
  ['getDayOfMonth', (time) => time.date - 1],
  ['getDayOfWeek', (time) => time.weekday],
  ['getDayOfYear', (time) => time.yearday],
  ['getHours', (time) => time.hours],
  ['getMinutes', (time) => time.minutes],
  ['getSeconds', (time) => time.seconds],
  ['getMilliseconds', (time) => time.millis],
]

export const timeOverloads: readonly Overload[] = [
  ...getters.flatMap(([name, get]) => [
    define(`timestamp.${name}(): int`, (time: Timestamp) => BigInt(get(calendar(time, 'UTC')))),
    define(`timestamp.${name}(string): int`, (time: Timestamp, zone: string, meter: Meter) => {
      meter.work(workPerZone)
      return BigInt(get(calendar(time, zone)))
    }),
  ]),
  define('duration.getHours(): int', ({ nanos }: Duration) => nanos / 3_600_000_000_000n),
  define('duration.getMinutes(): int', ({ nanos }: Duration) => nanos / 60_000_000_000n),
  define('duration.getSeconds(): int', ({ nanos }: Duration) => nanos / 1_000_000_000n),
  define('duration.getMilliseconds(): int', ({ nanos }: Duration) => nanos / 1_000_000n),
]
