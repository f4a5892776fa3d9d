import { Cron } from 'croner'

export interface Moments {
  /** The latest scheduled time after `since` and not after `now`. */
  readonly due: number | undefined
  readonly next: number | undefined
}

/** Throws for a schedule or time zone that cannot be read. */
export function moments(schedule: string, timeZone: string | undefined, since: number, now: number): Moments {
  // Kubernetes has no seconds field; `mode` refuses patterns with one.
  const cron = new Cron(schedule, { paused: true, mode: '5-part', timezone: timeZone ?? 'Etc/UTC' })
  const next = cron.nextRun(new Date(now))?.getTime()
  const [last] = cron.previousRuns(1, new Date(now + 1))
  const due = last?.getTime()
  return { due: due !== undefined && due > since && due <= now ? due : undefined, next }
}
