import type { Backoff, Clock } from '@kairship/runtime'
import { exponentialBackoff } from '@kairship/runtime'
import type { Lease, WorkQueue } from '../contracts.ts'
import { Heap } from './heap.ts'
import { PriorityFifo } from './priority-fifo.ts'

export interface WorkQueueOptions<K> {
  /** JavaScript compares objects by reference; this says when two keys are the same. */
  readonly identity: (key: K) => string
  readonly clock: Clock
  /** Delay of `retry()` without a time; per key. Default 10 ms doubling to 60 s. */
  readonly backoff?: Backoff
}

export function workQueue<K>(options: WorkQueueOptions<K>): WorkQueue<K> {
  return new KeyedQueue(options)
}

/**
 * A key is in one state: `ready` (in the FIFO), `delayed` (in the heap) or `leased`. Changing state makes a new ticket;
 * entries in FIFO or heap with an old ticket are skipped when they come up, so nothing is ever searched for.
 */
interface Item<K> {
  readonly id: string
  readonly key: K
  state: 'ready' | 'delayed' | 'leased'
  ticket: number
  priority: number
  /** When a delayed key becomes ready. */
  due: number
  attempt: number
  /** What was asked for while the key was leased. */
  again: { priority: number; due: number } | undefined
}
interface Ticket<K> {
  readonly item: Item<K>
  readonly ticket: number
  readonly due: number
}

class KeyedQueue<K> implements WorkQueue<K> {
  readonly #identity: (key: K) => string
  readonly #clock: Clock
  readonly #backoff: Backoff
  readonly #items = new Map<string, Item<K>>()
  readonly #ready = new PriorityFifo<Ticket<K>>()
  readonly #delayed = new Heap<Ticket<K>>((a, b) => a.due < b.due || (a.due === b.due && a.ticket < b.ticket))
  readonly #waiters = new Set<(lease: Lease<K> | undefined) => void>()
  #tickets = 0
  #readyCount = 0
  #leased = 0
  #closed = false
  #timer: { readonly due: number; readonly handle: Disposable } | undefined
  #returned: (() => void) | undefined

  constructor(options: WorkQueueOptions<K>) {
    this.#identity = options.identity
    this.#clock = options.clock
    this.#backoff = options.backoff ?? exponentialBackoff({ baseMs: 10, capMs: 60_000 })
  }

  /** Keys that wait, delayed ones included; leased ones are not counted. */
  get length(): number {
    return this.#items.size - this.#leased
  }

  add(key: K, options: { readonly afterMs?: number; readonly priority?: number } = {}): void {
    if (this.#closed) return
    const { afterMs = 0, priority = 0 } = options
    const due = afterMs > 0 ? this.#clock.now() + afterMs : 0
    const id = this.#identity(key)
    const item = this.#items.get(id)
    if (item === undefined) {
      const fresh: Item<K> = { id, key, state: 'delayed', ticket: 0, priority, due, attempt: 0, again: undefined }
      this.#items.set(id, fresh)
      return this.#place(fresh)
    }
    if (item.state === 'leased') {
      const { again } = item
      item.again =
        again === undefined
          ? { priority, due }
          : { priority: Math.max(again.priority, priority), due: Math.min(again.due, due) }
      return
    }
    const raised = priority > item.priority
    if (raised) item.priority = priority
    if (item.state === 'ready') {
      // A ready key of the same priority keeps its place in the line.
      if (raised) {
        this.#readyCount--
        this.#place(item)
      }
    } else if (due < item.due) {
      item.due = due
      this.#place(item)
    }
  }

  async lease(signal: AbortSignal): Promise<Lease<K> | undefined> {
    if (signal.aborted) return undefined
    const lease = this.#take()
    if (lease !== undefined) return lease
    if (this.#closed) return undefined
    return new Promise((resolve) => {
      const answer = (given: Lease<K> | undefined): void => {
        signal.removeEventListener('abort', abort)
        resolve(given)
      }
      const abort = (): void => {
        this.#waiters.delete(answer)
        answer(undefined)
      }
      this.#waiters.add(answer)
      signal.addEventListener('abort', abort, { once: true })
    })
  }

  /** Puts an item where its `due` says, under a new ticket. */
  #place(item: Item<K>): void {
    item.ticket = ++this.#tickets
    const ticket: Ticket<K> = { item, ticket: item.ticket, due: item.due }
    if (item.due > 0) {
      item.state = 'delayed'
      this.#delayed.push(ticket)
      this.#schedule()
      return
    }
    item.state = 'ready'
    this.#readyCount++
    this.#ready.push(ticket, item.priority)
    this.#serve()
  }

  #serve(): void {
    while (this.#waiters.size > 0 && this.#readyCount > 0) {
      const waiter = this.#waiters.values().next()
      if (waiter.done) return
      const lease = this.#take()
      if (lease === undefined) return
      this.#waiters.delete(waiter.value)
      waiter.value(lease)
    }
  }

  #take(): Lease<K> | undefined {
    for (;;) {
      const next = this.#ready.shift()
      if (next === undefined) return undefined
      const { item, ticket } = next
      if (item.ticket !== ticket || item.state !== 'ready') continue
      this.#readyCount--
      this.#leased++
      item.state = 'leased'
      return this.#lend(item)
    }
  }

  #lend(item: Item<K>): Lease<K> {
    let retry: { readonly afterMs: number } | undefined
    let held = true
    return {
      key: item.key,
      attempt: item.attempt,
      retry: (options = {}) => {
        retry = { afterMs: options.afterMs ?? this.#backoff(item.attempt) }
      },
      [Symbol.dispose]: () => {
        if (!held) return
        held = false
        this.#giveBack(item, retry)
      },
    }
  }

  #giveBack(item: Item<K>, retry: { readonly afterMs: number } | undefined): void {
    this.#leased--
    const { again } = item
    item.again = undefined
    item.attempt = retry === undefined ? 0 : item.attempt + 1
    if (this.#closed || (retry === undefined && again === undefined)) this.#items.delete(item.id)
    else {
      const due = retry !== undefined && retry.afterMs > 0 ? this.#clock.now() + retry.afterMs : 0
      if (retry === undefined && again !== undefined) {
        item.due = again.due
        item.priority = again.priority
      } else {
        // A change that arrived meanwhile is worked on at once, not after the backoff.
        item.due = again === undefined ? due : Math.min(again.due, due)
        item.priority = again === undefined ? item.priority : Math.max(again.priority, item.priority)
      }
      this.#place(item)
    }
    if (this.#closed && this.#leased === 0) this.#returned?.()
  }

  /** One timer for the earliest delayed key. */
  #schedule(): void {
    let first = this.#delayed.peek()
    while (first !== undefined && !isCurrent(first)) {
      this.#delayed.pop()
      first = this.#delayed.peek()
    }
    if (first === undefined || this.#timer?.due === first.due) return
    if (this.#timer !== undefined) {
      if (this.#timer.due < first.due) return
      this.#timer.handle[Symbol.dispose]()
    }
    const { due } = first
    const handle = this.#clock.setTimeout(() => this.#ripen(), Math.max(0, due - this.#clock.now()))
    this.#timer = { due, handle }
  }

  #ripen(): void {
    this.#timer = undefined
    const now = this.#clock.now()
    for (let next = this.#delayed.peek(); next !== undefined; next = this.#delayed.peek()) {
      if (isCurrent(next)) {
        if (next.due > now) break
        this.#delayed.pop()
        next.item.due = 0
        this.#place(next.item)
      } else this.#delayed.pop()
    }
    this.#schedule()
  }

  /** Takes no more keys, forgets delayed ones, and waits until every lease is given back. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#timer?.handle[Symbol.dispose]()
    this.#timer = undefined
    for (const item of this.#items.values()) if (item.state === 'delayed') this.#items.delete(item.id)
    this.#delayed.clear()
    for (const waiter of this.#waiters) waiter(undefined)
    this.#waiters.clear()
    if (this.#leased > 0) await new Promise<void>((resolve) => (this.#returned = resolve))
  }
}

function isCurrent<K>(ticket: Ticket<K>): boolean {
  return ticket.item.ticket === ticket.ticket && ticket.item.state === 'delayed'
}
