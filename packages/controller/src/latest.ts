import type { DeepReadonly, KubeObject } from '@kairship/apimachinery'
import { isReason, objectKey } from '@kairship/apimachinery'
import type { Informer } from '@kairship/client'

/**
 * An informer's cache that also knows what this process has just written itself: until the informer has caught up, `get`
 * answers with the reply of the write. So a reconciler that runs again at once decides on what it did, and does not write
 * it a second time.
 */
export class Latest<T extends KubeObject> implements Disposable {
  readonly informer: Informer<T>
  readonly #written = new Map<string, DeepReadonly<T>>()
  /** Writes under way, with the version at which the stream saw their object deleted meanwhile. */
  readonly #inFlight = new Map<string, { deleted: DeepReadonly<T> | undefined }>()
  readonly #subscription: Disposable

  constructor(informer: Informer<T>) {
    this.informer = informer
    this.#subscription = informer.subscribe((event) => {
      if (this.#written.size === 0 && this.#inFlight.size === 0) return
      const key = objectKey(event.object)
      const flight = this.#inFlight.get(key)
      if (flight !== undefined && event.type === 'deleted') flight.deleted = event.object
      const written = this.#written.get(key)
      if (written === undefined) return
      if (event.type === 'deleted' || isAtLeast(event.object, written)) this.#written.delete(key)
    })
  }

  get(key: string): DeepReadonly<T> | undefined {
    return this.#written.get(key) ?? this.informer.cache.get(key)
  }

  /** Objects of an index of the informer, each in its latest known state. */
  *byIndex(index: string, value: string): Iterable<DeepReadonly<T>> {
    for (const object of this.informer.cache.byIndex(index, value)) yield this.#written.get(objectKey(object)) ?? object
  }

  /**
   * Runs a write and remembers its reply. When the object turned out to be changed or gone, what was remembered of it is
   * forgotten and the error goes on.
   */
  async write(key: string, request: () => Promise<DeepReadonly<T>>): Promise<DeepReadonly<T>> {
    const flight: { deleted: DeepReadonly<T> | undefined } = { deleted: undefined }
    this.#inFlight.set(key, flight)
    try {
      const written = await request()
      // The stream may be ahead of the reply.
      const seen = flight.deleted ?? this.informer.cache.get(key)
      if (seen === undefined || !isAtLeast(seen, written)) this.#written.set(key, written)
      return written
    } catch (error) {
      if (isReason(error, 'Conflict') || isReason(error, 'NotFound')) this.#written.delete(key)
      throw error
    } finally {
      if (this.#inFlight.get(key) === flight) this.#inFlight.delete(key)
    }
  }

  forget(key: string): void {
    this.#written.delete(key)
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]()
    this.#written.clear()
  }
}

/** Versions of one resource grow; of what is no number only equality is known, and then the stream is right. */
function isAtLeast(seen: DeepReadonly<KubeObject>, written: DeepReadonly<KubeObject>): boolean {
  const [a, b] = [Number(seen.metadata.resourceVersion), Number(written.metadata.resourceVersion)]
  return Number.isNaN(a) || Number.isNaN(b) || a >= b
}
