import {
  CompactedError,
  FutureRevisionError,
  type Entry,
  type KeyRange,
  type Revision,
  type StoreEvent,
} from '../store.ts'
import { inRange } from './keys.ts'

/** How much of the past stays in memory; whichever is reached first. */
export interface HistoryLimits {
  readonly events: number
  readonly bytes: number
}
export const defaultHistory: HistoryLimits = { events: 100_000, bytes: 64 * 2 ** 20 }

export function eventRevision(event: StoreEvent): Revision {
  return event.type === 'put' ? event.entry.modRevision : event.revision
}
export function eventKey(event: StoreEvent): string {
  return event.type === 'put' ? event.entry.key : event.previous.key
}

/** The last events, in order. Old ones leave at the front: then watches and reads from before them are refused. */
export class EventHistory {
  readonly #limits: HistoryLimits
  readonly #onForget: (event: StoreEvent) => void
  /** Events before `#head` are forgotten; the array is cut when they are half of it. */
  #events: StoreEvent[] = []
  #head = 0
  #bytes = 0
  #oldest: Revision
  #newest: Revision

  constructor(options: {
    readonly start: Revision
    readonly limits: HistoryLimits
    readonly onForget: (event: StoreEvent) => void
  }) {
    this.#limits = options.limits
    this.#onForget = options.onForget
    this.#oldest = options.start
    this.#newest = options.start
  }

  /** The oldest revision whose state and all later events are known. */
  get oldest(): Revision {
    return this.#oldest
  }
  /** The revision of the last event, and of the state it led to. */
  get newest(): Revision {
    return this.#newest
  }

  append(events: readonly StoreEvent[]): void {
    for (const event of events) {
      this.#events.push(event)
      this.#bytes += eventBytes(event)
      this.#newest = eventRevision(event)
    }
    while (this.#events.length - this.#head > this.#limits.events || this.#bytes > this.#limits.bytes)
      this.#forgetFirst()
    this.#cut()
  }

  /** Nothing happened up to `revision`. */
  advance(revision: Revision): void {
    if (revision > this.#newest) this.#newest = revision
  }

  /** Forgets what led to the state at `before`; that state itself stays readable. */
  compact(before: Revision): Revision {
    for (;;) {
      const first = this.#events[this.#head]
      if (first === undefined || eventRevision(first) > before) break
      this.#forgetFirst()
    }
    this.#oldest = Math.max(this.#oldest, Math.min(before, this.#newest))
    this.#cut()
    return this.#oldest
  }

  /** The newest event of `key`, if it is not forgotten. */
  latest(key: string): StoreEvent | undefined {
    for (let i = this.#events.length - 1; i >= this.#head; i--) {
      const event = this.#events[i]
      if (event !== undefined && eventKey(event) === key) return event
    }
    return undefined
  }

  assertAvailable(at: Revision): void {
    if (at < this.#oldest) throw new CompactedError(this.#oldest)
    if (at > this.#newest) throw new FutureRevisionError(at, this.#newest)
  }

  /** Events above `after`. The caller has made sure that none of them is forgotten. */
  after(after: Revision, range?: KeyRange): StoreEvent[] {
    const all = this.#events.slice(this.#indexAfter(after))
    return range === undefined ? all : all.filter((event) => inRange(eventKey(event), range))
  }

  /** What has changed in `range` between `at` and `until`: each key with its entry as it was at `at`. */
  before(range: KeyRange, at: Revision, until: Revision): Map<string, Entry | undefined> {
    const was = new Map<string, Entry | undefined>()
    for (let i = this.#indexAfter(at); i < this.#events.length; i++) {
      const event = this.#events[i]
      if (event === undefined || eventRevision(event) > until) break
      const key = eventKey(event)
      if (!was.has(key) && inRange(key, range)) was.set(key, event.previous)
    }
    return was
  }

  #indexAfter(revision: Revision): number {
    let low = this.#head
    let high = this.#events.length
    while (low < high) {
      const middle = (low + high) >> 1
      const event = this.#events[middle]
      if (event !== undefined && eventRevision(event) <= revision) low = middle + 1
      else high = middle
    }
    return low
  }

  #forgetFirst(): void {
    const event = this.#events[this.#head]
    if (event === undefined) return
    this.#head++
    this.#bytes -= eventBytes(event)
    this.#oldest = eventRevision(event)
    this.#onForget(event)
  }

  #cut(): void {
    if (this.#head < 1024 && this.#head < this.#events.length) return
    if (this.#head * 2 < this.#events.length) return
    this.#events = this.#events.slice(this.#head)
    this.#head = 0
  }
}

/** Rough cost of keeping an event; the previous value counts too, because the event may be all that keeps it. */
function eventBytes(event: StoreEvent): number {
  const written = event.type === 'put' ? event.entry.value.byteLength : 0
  return written + (event.previous?.value.byteLength ?? 0) + 2 * eventKey(event).length + 200
}
