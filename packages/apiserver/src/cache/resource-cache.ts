import type { RegistryEvent } from '../strategy.ts'
import { type Change, registryEvent } from './change.ts'
import type { Item } from './item.ts'
import { SortedMap } from './sorted-map.ts'

/**
 * All objects of one resource, in list order, with as much history as the plane affords. History is one log that every
 * watcher reads at its own pace, so a slow watcher costs no memory: it falls off the end and is told so.
 */
export class ResourceCache {
  readonly group: string
  readonly resource: string
  items: SortedMap<Item> = new SortedMap<Item>()
  /** Grows with every reset: what a watcher knew before is void. */
  generation = 0
  /** Changes after this revision are in the log. */
  floor: number
  #log: Change[] = []
  /** Index in `#log` of the oldest retained change; the ones before are forgotten and cut off now and then. */
  #start = 0
  /** How many changes were ever cut off: `position` of a change = this + its index. */
  #cut = 0
  readonly #watchers = new Set<() => void>()
  readonly #listeners = new Set<(event: RegistryEvent) => void>()

  constructor(group: string, resource: string, floor: number) {
    this.group = group
    this.resource = resource
    this.floor = floor
  }

  /** Replaces everything, as after a lost connection to the store: listeners learn the difference, watches end. */
  reset(items: Iterable<Item>, floor: number): void {
    const before = this.items
    this.items = new SortedMap()
    this.#log = []
    this.#start = 0
    this.#cut = 0
    this.floor = floor
    this.generation++
    for (const item of items) this.items.set(item.key, item)
    if (this.#listeners.size === 0) return
    for (const [key, previous] of before.range()) {
      if (!this.items.has(key)) this.#tell({ revision: floor, key, item: undefined, previous })
    }
    for (const [key, item] of this.items.range()) {
      const previous = before.get(key)
      if (previous?.revision !== item.revision) this.#tell({ revision: item.revision, key, item, previous })
    }
  }

  apply(change: Change): void {
    if (change.item === undefined) this.items.delete(change.key)
    else this.items.set(change.key, change.item)
    this.#log.push(change)
    this.#tell(change)
  }

  #tell(change: Change): void {
    if (this.#listeners.size === 0) return
    const event = registryEvent(change)
    const failures: unknown[] = []
    for (const listener of this.#listeners) {
      try {
        listener(event)
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'listeners failed')
  }

  /** Wakes the watchers; called once for a batch of changes. */
  notify(): void {
    for (const wake of this.#watchers) wake()
  }

  /** Forgets the oldest change. */
  forget(): void {
    const oldest = this.#log[this.#start]
    if (oldest === undefined) return
    this.floor = oldest.revision
    this.#start++
    if (this.#start > 1024 && this.#start * 2 > this.#log.length) {
      this.#log.splice(0, this.#start)
      this.#cut += this.#start
      this.#start = 0
    }
  }

  /** Position just behind the newest change. */
  get end(): number {
    return this.#cut + this.#log.length
  }
  /** Position of the oldest retained change. */
  get begin(): number {
    return this.#cut + this.#start
  }
  at(position: number): Change | undefined {
    return this.#log[position - this.#cut]
  }
  /** Position of the first change after `revision`. */
  after(revision: number): number {
    let low = this.#start
    let high = this.#log.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#log[middle]?.revision ?? 0) <= revision) low = middle + 1
      else high = middle
    }
    return this.#cut + low
  }

  /** Items with `start <= key < end` as they were at `revision` (which is not below the floor), in order. */
  *snapshot(revision: number, start: string, end: string | undefined): Generator<Item> {
    const first = this.after(revision)
    if (first === this.end) {
      for (const [, item] of this.items.range(start, end)) yield item
      return
    }
    // The oldest later change of a key knows what was there before.
    const before = new SortedMap<Item | 'absent'>()
    for (let position = first; position < this.end; position++) {
      const change = this.at(position)
      if (change === undefined || change.key < start || (end !== undefined && change.key >= end)) continue
      if (!before.has(change.key)) before.set(change.key, change.previous ?? 'absent')
    }
    const undone = before.range()
    let next = undone.next()
    for (const [key, item] of this.items.range(start, end)) {
      while (!next.done && next.value[0] < key) {
        if (next.value[1] !== 'absent') yield next.value[1]
        next = undone.next()
      }
      if (!next.done && next.value[0] === key) {
        if (next.value[1] !== 'absent') yield next.value[1]
        next = undone.next()
      } else yield item
    }
    for (; !next.done; next = undone.next()) if (next.value[1] !== 'absent') yield next.value[1]
  }

  /** How many items `snapshot` would give; not looking at them unless something changed since. */
  countAt(revision: number, start: string, end: string | undefined): number {
    if (this.after(revision) === this.end) return this.items.count(start, end)
    let count = 0
    for (const _ of this.snapshot(revision, start, end)) count++
    return count
  }

  onChange(wake: () => void): Disposable {
    this.#watchers.add(wake)
    return { [Symbol.dispose]: () => void this.#watchers.delete(wake) }
  }

  subscribe(listener: (event: RegistryEvent) => void): Disposable {
    for (const [, item] of this.items.range()) listener({ type: 'put', object: item.object, previous: undefined })
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) }
  }
}
