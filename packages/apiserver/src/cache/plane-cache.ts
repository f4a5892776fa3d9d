import type { ResourceDefinition } from '@kairship/api'
import type { Clock, Logger } from '@kairship/runtime'
import { type Batch, CompactedError, prefixRange, type Store, type StoreEvent } from '@kairship/storage'
import type { RegistryEvent } from '../strategy.ts'
import { type Change, registryEvent } from './change.ts'
import type { OwnWrite } from './codec.ts'
import { Item } from './item.ts'
import { parseKey } from './keys.ts'
import { ResourceCache } from './resource-cache.ts'

export interface PlaneCacheOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
  /** Bounds of the history kept for watches and pages at an old revision, per plane. */
  readonly maxChanges?: number
  readonly maxBytes?: number
}

const everything = prefixRange('/')
const pageSize = 5000
const retryMs = 200

type AllListener = (resource: { group: string; resource: string }, event: RegistryEvent) => void

/** Every object of a plane in memory, fed by one watch of the store. All reads are answered from here. */
export class PlaneCache {
  readonly #store: Store
  readonly #clock: Clock
  readonly #log: Logger
  readonly #maxChanges: number
  readonly #maxBytes: number
  readonly #resources = new Map<string, ResourceCache>()
  #revision = 0
  #loadedAt = 0
  #bytes = 0
  readonly #history: { readonly cache: ResourceCache; readonly bytes: number }[] = []
  #historyStart = 0
  readonly #own = new WeakMap<Uint8Array, OwnWrite>()
  #waiters: { readonly revision: number; readonly resolve: () => void }[] = []
  readonly #all = new Set<AllListener>()
  #fresh = false

  constructor(options: PlaneCacheOptions) {
    this.#store = options.store
    this.#clock = options.clock
    this.#log = options.log
    this.#maxChanges = options.maxChanges ?? 20_000
    this.#maxBytes = options.maxBytes ?? 32 * 1024 * 1024
  }

  /** False while the store's watch is broken: what is in memory may be old. */
  get fresh(): boolean {
    return this.#fresh && this.#store.fresh !== false
  }

  /** All changes up to this one are visible. */
  get revision(): number {
    return this.#revision
  }

  /** The store's newest revision when others write to it too; `undefined` when nobody but this plane does. */
  newest(): Promise<number> | undefined {
    return this.#store.shared === true ? this.#store.revision() : undefined
  }

  /** Reads the whole store at one revision. */
  async load(): Promise<void> {
    const found = new Map<ResourceCache, Item[]>()
    let start = everything.start
    let at: number | undefined
    for (;;) {
      const range = everything.end === undefined ? { start } : { start, end: everything.end }
      const page = await this.#store.read(range, { limit: pageSize, ...(at === undefined ? {} : { at }) })
      at ??= page.revision
      for (const { key, value, modRevision } of page.entries) {
        const { group, resource, rest } = parseKey(key)
        const cache = this.resource(group, resource)
        const items = found.get(cache)
        const item = new Item(rest, modRevision, value)
        if (items === undefined) found.set(cache, [item])
        else items.push(item)
      }
      const last = page.entries.at(-1)
      if (!page.more || last === undefined) break
      start = `${last.key}\0`
    }
    this.#history.length = 0
    this.#historyStart = 0
    this.#bytes = 0
    this.#loadedAt = at
    // A store that was put back to an earlier state goes on from there.
    this.#revision = at
    for (const cache of this.#resources.values()) cache.reset(found.get(cache) ?? [], at)
    this.#advance(at)
    this.#fresh = true
    for (const cache of this.#resources.values()) cache.notify()
  }

  /** Follows the store until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const batch of this.#store.watch(everything, { after: this.#revision, signal })) this.#apply(batch)
        if (signal.aborted) return
        throw new Error('the store ended its watch')
      } catch (error) {
        if (signal.aborted) return
        this.#fresh = false
        this.#log.error('the watch of the store broke', error)
        await this.#clock.sleep(retryMs, signal).catch(() => undefined)
        if (error instanceof CompactedError) await this.load().catch((cause) => this.#log.error('reload failed', cause))
        else this.#fresh = true
      }
    }
  }

  resource(group: string, resource: string): ResourceCache {
    const id = `${group}/${resource}`
    let cache = this.#resources.get(id)
    if (cache === undefined) this.#resources.set(id, (cache = new ResourceCache(group, resource, this.#loadedAt)))
    return cache
  }
  /** Where the objects of a definition are kept. */
  of({ group, storageGroup, resource }: ResourceDefinition): ResourceCache {
    return this.resource(storageGroup ?? group, resource)
  }
  resources(): Iterable<ResourceCache> {
    return this.#resources.values()
  }

  /** Lets everybody go who still waits for a revision. */
  close(): void {
    this.#fresh = false
    this.#advance(Number.MAX_SAFE_INTEGER)
  }

  /** Announces a value about to be written, so that its object need not be parsed back. */
  announce(value: Uint8Array, own: OwnWrite): void {
    this.#own.set(value, own)
  }

  /** Resolves when everything up to `revision` is visible. */
  reached(revision: number): Promise<void> | undefined {
    if (revision <= this.#revision) return undefined
    return new Promise((resolve) => this.#waiters.push({ revision, resolve }))
  }

  subscribeAll(listener: AllListener): Disposable {
    this.#all.add(listener)
    return { [Symbol.dispose]: () => void this.#all.delete(listener) }
  }

  #apply(batch: Batch): void {
    const touched = new Set<ResourceCache>()
    for (const event of batch.events) {
      const { group, resource, rest } = parseKey(event.type === 'put' ? event.entry.key : event.previous.key)
      const cache = this.resource(group, resource)
      const change = this.#change(cache, rest, event)
      if (change === undefined) continue
      this.#revision = change.revision
      try {
        cache.apply(change)
        for (const listener of this.#all) listener(cache, registryEvent(change))
      } catch (error) {
        this.#log.error('a listener of the plane failed', error, { resource: cache.resource, key: rest })
      }
      this.#remember(cache, change)
      touched.add(cache)
    }
    this.#advance(batch.revision)
    for (const cache of touched) cache.notify()
  }

  #change(cache: ResourceCache, key: string, event: StoreEvent): Change | undefined {
    const previous = cache.items.get(key)
    if (event.type === 'delete') {
      return previous === undefined ? undefined : { revision: event.revision, key, item: undefined, previous }
    }
    const { value, modRevision } = event.entry
    const own = this.#own.get(value)
    this.#own.delete(value)
    return { revision: modRevision, key, item: new Item(key, modRevision, value, own), previous }
  }

  #remember(cache: ResourceCache, change: Change): void {
    const bytes = (change.previous ?? change.item)?.size ?? 0
    this.#history.push({ cache, bytes })
    this.#bytes += bytes
    while (this.#history.length - this.#historyStart > this.#maxChanges || this.#bytes > this.#maxBytes) {
      const oldest = this.#history[this.#historyStart]
      if (oldest === undefined) break
      this.#historyStart++
      this.#bytes -= oldest.bytes
      oldest.cache.forget()
    }
    if (this.#historyStart > 4096 && this.#historyStart * 2 > this.#history.length) {
      this.#history.splice(0, this.#historyStart)
      this.#historyStart = 0
    }
  }

  #advance(revision: number): void {
    if (revision > this.#revision) this.#revision = revision
    if (this.#waiters.length === 0) return
    const waiting = this.#waiters
    this.#waiters = []
    for (const waiter of waiting) {
      if (waiter.revision <= this.#revision) waiter.resolve()
      else this.#waiters.push(waiter)
    }
  }
}
