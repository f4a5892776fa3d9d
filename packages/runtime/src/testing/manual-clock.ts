import type { Clock } from '../contracts.ts'
import { sleepOn } from '../clock.ts'

export interface ManualClock extends Clock {
  /**
   * Moves time forward and runs every timer that comes due, in order of time and then of creation, each at its own
   * instant. After each one the promises it settled run first, so `await sleep()` in a loop behaves as on a real clock.
   */
  advance(ms: number): Promise<void>
  /** When the next timer is due; `undefined` when none waits. */
  next(): number | undefined
  /** How many timers wait. */
  readonly pending: number
}

/** A clock that moves only when told to. */
export function manualClock(start: number = Date.UTC(2026, 0, 1)): ManualClock {
  let now = start
  // Insertion order breaks ties, because iteration keeps it and only a strictly earlier timer replaces the choice.
  const timers = new Set<{ readonly at: number; readonly callback: () => void }>()
  const earliest = (): { readonly at: number; readonly callback: () => void } | undefined => {
    let first: { readonly at: number; readonly callback: () => void } | undefined
    for (const timer of timers) if (first === undefined || timer.at < first.at) first = timer
    return first
  }
  const clock: ManualClock = {
    now: () => now,
    setTimeout(callback, ms) {
      const timer = { at: now + Math.max(0, ms), callback }
      timers.add(timer)
      return { [Symbol.dispose]: () => void timers.delete(timer) }
    },
    sleep: (ms, signal) => sleepOn(clock, ms, signal),
    async advance(ms) {
      const end = now + ms
      await settle()
      for (let timer = earliest(); timer !== undefined && timer.at <= end; timer = earliest()) {
        timers.delete(timer)
        now = Math.max(now, timer.at)
        timer.callback()
        await settle()
      }
      now = end
      await settle()
    },
    next: () => earliest()?.at,
    get pending() {
      return timers.size
    },
  }
  return clock
}

/** Lets everything that is already resolved run to its next real wait. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
