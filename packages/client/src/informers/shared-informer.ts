import type { DeepReadonly, KubeObject, ResourceRef, WatchEvent } from '@kairship/apimachinery'
import { deepFreeze, objectKey } from '@kairship/apimachinery'
import { deferred, orAbort } from '@kairship/runtime'
import type { Clock, Deferred, Logger } from '@kairship/runtime'
import type { Cache, CacheEvent, Informer } from '../informer.ts'
import { IndexedCache } from './cache.ts'

type Listener<T> = (event: CacheEvent<T>) => void
export type Transform = <T extends KubeObject>(object: DeepReadonly<T>) => DeepReadonly<T>

/** What a reflector feeds: the cache, its indexes and everyone who listens. */
export class SharedInformer<T extends KubeObject> implements Informer<T> {
  readonly ref: ResourceRef<T>
  readonly #cache = new IndexedCache<T>()
  readonly #clock: Clock
  readonly #log: Logger
  readonly #transform: Transform | undefined
  readonly #synced: Deferred<void> = deferred()
  #listeners: readonly Listener<T>[] = []
  #aliveAt = -Infinity
  #problem: Error | undefined

  constructor(ref: ResourceRef<T>, options: { clock: Clock; log: Logger; transform: Transform | undefined }) {
    this.ref = ref
    this.#clock = options.clock
    this.#log = options.log
    this.#transform = options.transform
  }

  get cache(): Cache<T> {
    return this.#cache
  }

  index(name: string, values: (object: DeepReadonly<T>) => readonly string[]): void {
    this.#cache.index(name, values)
  }

  subscribe(listener: Listener<T>): Disposable {
    for (const object of this.#cache.list()) this.#tell(listener, { type: 'added', object, initial: true })
    // A new array each time: a round of events that is under way keeps the listeners it began with.
    this.#listeners = [...this.#listeners, listener]
    return {
      [Symbol.dispose]: () => {
        this.#listeners = this.#listeners.filter((other) => other !== listener)
      },
    }
  }

  get hasSynced(): boolean {
    return this.#synced.settled
  }

  synced(signal: AbortSignal): Promise<void> {
    return orAbort(this.#synced.promise, signal)
  }

  age(): number {
    return this.#clock.now() - this.#aliveAt
  }

  get problem(): Error | undefined {
    return this.#problem
  }

  /** The stream proved to work. */
  alive(): void {
    this.#aliveAt = this.#clock.now()
    this.#problem = undefined
  }

  broken(problem: Error): void {
    this.#problem = problem
  }

  /** The complete current state, after a first or renewed list: tells only the differences. */
  replace(objects: Iterable<DeepReadonly<T>>): void {
    const present = new Set<string>()
    for (const object of objects) {
      present.add(objectKey(object))
      this.#put(object, !this.hasSynced)
    }
    const vanished = Array.from(this.#cache.keys()).filter((key) => !present.has(key))
    for (const key of vanished) {
      const object = this.#cache.get(key)
      if (object !== undefined) this.#drop(object, true)
    }
    this.alive()
    if (!this.hasSynced) this.#synced.resolve()
  }

  apply(event: WatchEvent<T>): void {
    switch (event.type) {
      case 'ADDED':
      case 'MODIFIED':
        return this.#put(event.object, false)
      case 'DELETED':
        return this.#drop(this.#prepare(event.object), false)
      case 'BOOKMARK':
        return
    }
  }

  #put(given: DeepReadonly<T>, initial: boolean): void {
    const previous = this.#cache.get(objectKey(given))
    if (previous !== undefined && previous.metadata.uid === given.metadata.uid) {
      if (previous.metadata.resourceVersion === given.metadata.resourceVersion) return
      const object = this.#prepare(given)
      this.#cache.set(object)
      return this.#emit({ type: 'updated', object, previous })
    }
    // Another object took the name while nobody watched: two facts, not a change of one object.
    if (previous !== undefined) this.#drop(previous, true)
    const object = this.#prepare(given)
    this.#cache.set(object)
    this.#emit({ type: 'added', object, initial })
  }

  #drop(object: DeepReadonly<T>, finalStateUnknown: boolean): void {
    const key = objectKey(object)
    if (this.#cache.get(key) === undefined) return
    this.#cache.remove(key)
    this.#emit({ type: 'deleted', object, finalStateUnknown })
  }

  #prepare(object: DeepReadonly<T>): DeepReadonly<T> {
    return deepFreeze(this.#transform === undefined ? object : this.#transform(object))
  }

  #emit(event: CacheEvent<T>): void {
    for (const listener of this.#listeners) this.#tell(listener, event)
  }

  #tell(listener: Listener<T>, event: CacheEvent<T>): void {
    try {
      listener(event)
    } catch (error) {
      // One faulty listener must not cost the others the event.
      this.#log.error('a listener of an informer failed', error, { object: objectKey(event.object) })
    }
  }
}
