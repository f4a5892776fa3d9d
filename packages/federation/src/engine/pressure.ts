import type { Clock } from '@kairship/runtime'

export interface PressureOptions {
  readonly clock: Clock
  /** How long changes of status are collected in quiet times. */
  readonly baseMs: number
  /** The longest that a report waits, however busy it is. */
  readonly maxMs: number
}

/** Writes of content per second up to which it is quiet. */
const QUIET_RATE = 10

/**
 * How busy the engine is with bringing content to members. Reports about status give way to that: they are collected for
 * a moment, longer the busier it is, so that a burst of creations is not slowed down by news about itself and costs a few
 * status writes per object.
 */
export class Pressure {
  readonly #options: PressureOptions
  #recent = 0
  #at = 0

  constructor(options: PressureOptions) {
    this.#options = options
  }

  /** A binding, Work or member object was written. */
  note(): void {
    this.#recent = this.#decayed() + 1
  }

  /** How long a report may be collected from now on. */
  get reportDelayMs(): number {
    const { baseMs, maxMs } = this.#options
    return Math.min(maxMs, baseMs * Math.max(1, this.#decayed() / QUIET_RATE))
  }

  /** About the number of writes in the last second. */
  #decayed(): number {
    const now = this.#options.clock.now()
    this.#recent *= Math.exp((this.#at - now) / 1000)
    this.#at = now
    return this.#recent
  }
}
