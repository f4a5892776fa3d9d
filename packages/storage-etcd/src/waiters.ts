import type { Clock } from '@kairship/runtime'
import type { Revision } from '@kairship/storage'

export interface WaitersOptions {
  readonly clock: Clock
  /** A revision that has not come after this time is a sign that none comes any more. */
  readonly stallMs: number
  /** After this time nobody waits any longer. */
  readonly patienceMs: number
  /** What is done about it is given twice as long each time before it is done again. */
  readonly onStall: () => void
}

/** Those who wait until the feed has reached a revision. */
export class Waiters {
  readonly #options: WaitersOptions
  #waiting: { readonly revision: Revision; readonly since: number; readonly resolve: () => void }[] = []
  #timer: Disposable | undefined
  /** How often a stall was reported since something came, and when last. */
  #stalls = 0
  #stalledAt = 0

  constructor(options: WaitersOptions) {
    this.#options = options
  }

  add(revision: Revision): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push({ revision, since: this.#options.clock.now(), resolve })
    this.#arm()
    return promise
  }

  release(upTo: Revision): void {
    if (this.#waiting.length === 0) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const one of waiting) {
      if (one.revision <= upTo) one.resolve()
      else this.#waiting.push(one)
    }
    if (this.#waiting.length === waiting.length) return
    this.#stalls = 0
    if (this.#waiting.length === 0) this.#disarm()
  }

  releaseAll(): void {
    this.release(Infinity)
  }

  #arm(): void {
    this.#timer ??= this.#options.clock.setTimeout(() => this.#check(), this.#options.stallMs, { unref: true })
  }
  #disarm(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
  }

  #check(): void {
    this.#timer = undefined
    const { clock, stallMs, patienceMs, onStall } = this.#options
    const now = clock.now()
    const waiting = this.#waiting
    this.#waiting = []
    for (const one of waiting) {
      if (now - one.since >= patienceMs) one.resolve()
      else this.#waiting.push(one)
    }
    const [oldest] = waiting
    const quietSince = this.#stalls === 0 ? (oldest?.since ?? now) : this.#stalledAt
    if (now - quietSince >= stallMs * 2 ** this.#stalls) {
      this.#stalls++
      this.#stalledAt = now
      onStall()
    }
    if (this.#waiting.length > 0) this.#arm()
    else this.#stalls = 0
  }
}
