import { ConnectionError } from '@kairship/apimachinery'
import type { Connection, Operation, RawReply, Reply, WatchEvent } from '@kairship/apimachinery'
import type { Clock } from '@kairship/runtime'

export interface GuardOptions {
  readonly member: string
  readonly clock: Clock
  readonly timeoutMs: number
  /** Failures in a row after which requests are refused at once, for a while. */
  readonly tolerance?: number
  /** The member answers again after requests had been refused. */
  readonly onRecovered?: () => void
}

const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 30_000

/**
 * A connection to a member that may hang or vanish: every request ends in time, and after a few failures in a row the
 * next ones fail at once until a pause is over, so that a dead member costs little (I9).
 */
export class GuardedConnection implements Connection {
  readonly #inner: Connection
  readonly #options: GuardOptions
  #failures = 0
  #refuseUntil = 0

  constructor(inner: Connection, options: GuardOptions) {
    this.#inner = inner
    this.#options = options
  }

  /** True while requests are refused without being sent. */
  get open(): boolean {
    return this.#options.clock.now() < this.#refuseUntil
  }

  request(operation: Operation, signal?: AbortSignal): Promise<Reply> {
    if (this.open) return Promise.reject(new ConnectionError(`member ${this.#options.member} does not answer`))
    return this.#timed(this.#options.timeoutMs, signal, (timed) => this.#inner.request(operation, timed))
  }

  /** Watches last; only their beginning is the server's duty, and the connection below sees to it. */
  watch(operation: Operation, signal: AbortSignal): AsyncIterable<readonly WatchEvent[]> {
    return this.#inner.watch(operation, signal)
  }

  /** Used for probes: sent even while other requests are refused. */
  raw(
    path: string,
    options: { readonly accept?: string; readonly signal?: AbortSignal; readonly timeoutMs?: number } = {},
  ): Promise<RawReply> {
    const { signal, timeoutMs = this.#options.timeoutMs, ...rest } = options
    return this.#timed(timeoutMs, signal, (timed) => this.#inner.raw(path, { ...rest, signal: timed }))
  }

  async #timed<T>(
    timeoutMs: number,
    outer: AbortSignal | undefined,
    send: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { clock, member } = this.#options
    const stop = new AbortController()
    const follow = (): void => stop.abort(outer?.reason)
    if (outer?.aborted === true) throw outer.reason
    outer?.addEventListener('abort', follow, { once: true })
    let timedOut: (error: ConnectionError) => void = () => undefined
    const limit = new Promise<never>((_resolve, reject) => (timedOut = reject))
    using _timer = clock.setTimeout(
      () => {
        const error = new ConnectionError(`member ${member} did not answer within ${timeoutMs} ms`)
        stop.abort(error)
        timedOut(error)
      },
      timeoutMs,
      { unref: true },
    )
    try {
      const answer = await Promise.race([send(stop.signal), limit])
      this.#answered()
      return answer
    } catch (error) {
      if (!isAborted(outer) && error instanceof ConnectionError) this.#failed()
      throw error
    } finally {
      outer?.removeEventListener('abort', follow)
    }
  }

  #answered(): void {
    const refused = this.#refuseUntil > 0
    this.#failures = 0
    this.#refuseUntil = 0
    if (refused) this.#options.onRecovered?.()
  }

  #failed(): void {
    const { clock, tolerance = 3 } = this.#options
    this.#failures++
    if (this.#failures < tolerance) return
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(10, this.#failures - tolerance))
    this.#refuseUntil = clock.now() + pause
  }
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true
}
