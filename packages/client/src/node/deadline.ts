import type { Clock } from '@kairship/runtime'

/** A signal that follows the caller's and also aborts when time is up or the work is over. */
export class Deadline implements Disposable {
  readonly #clock: Clock
  readonly #controller = new AbortController()
  readonly #outer: AbortSignal
  readonly #follow: () => void
  #timer: Disposable | undefined
  expired = false
  ms = 0

  constructor(clock: Clock, outer: AbortSignal) {
    this.#clock = clock
    this.#outer = outer
    this.#follow = () => this.#controller.abort(outer.reason)
    if (outer.aborted) this.#follow()
    else outer.addEventListener('abort', this.#follow, { once: true })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  start(ms: number): void {
    this.stop()
    this.ms = ms
    this.#timer = this.#clock.setTimeout(() => {
      this.expired = true
      this.#controller.abort(new Error(`no answer within ${ms} ms`))
    }, ms)
  }

  stop(): void {
    this.#timer?.[Symbol.dispose]()
  }

  cancel(): void {
    this.#controller.abort(new Error('no longer needed'))
  }

  [Symbol.dispose](): void {
    this.stop()
    this.#outer.removeEventListener('abort', this.#follow)
  }
}
