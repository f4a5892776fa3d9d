import type { Clock } from '@kairship/runtime'

export interface BatchWindowOptions {
  readonly clock: Clock
  /** How long changes are collected in quiet times. */
  readonly baseMs: number
  /** The longest that a change waits, however busy it is. */
  readonly maxMs: number
  /** Changes per second that are not yet busy. */
  readonly quietRate?: number
}

/**
 * How long to collect changes of status before one write says them all: short in quiet times, longer the more changes
 * there are, so that a burst costs a few writes per object and creations are not held up by reports about them.
 */
export class BatchWindow {
  readonly #options: BatchWindowOptions
  #recent = 0
  #at = 0

  constructor(options: BatchWindowOptions) {
    this.#options = options
  }

  /** Counts one change and tells how long it may wait. */
  next(): number {
    const { clock, baseMs, maxMs, quietRate = 50 } = this.#options
    const now = clock.now()
    // About the number of changes in the last second.
    this.#recent = this.#recent * Math.exp((this.#at - now) / 1000) + 1
    this.#at = now
    return Math.min(maxMs, baseMs * Math.max(1, this.#recent / quietRate))
  }
}
