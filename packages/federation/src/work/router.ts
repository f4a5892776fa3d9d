import { objectKey } from '@kairship/apimachinery'
import type { Work } from '@kairship/api/karmada'
import type { CacheEvent, Informer } from '@kairship/client'

type Listener = (key: string, initial: boolean) => void

/** Tells each member's controller about the Works of its own namespace, with one subscription for all members. */
export class WorkRouter implements Disposable {
  readonly #informer: Informer<Work>
  readonly #listeners = new Map<string, Set<Listener>>()
  readonly #subscription: Disposable

  constructor(informer: Informer<Work>) {
    this.#informer = informer
    this.#subscription = informer.subscribe((event) => {
      if (!isRelevant(event)) return
      const initial = event.type === 'added' && event.initial
      for (const listener of this.#listeners.get(event.object.metadata.namespace ?? '') ?? []) {
        listener(objectKey(event.object), initial)
      }
    })
  }

  /** The listener hears of every Work there is now, then of every change of what one asks for. */
  register(namespace: string, listener: Listener): Disposable {
    const listeners = this.#listeners.get(namespace) ?? new Set()
    this.#listeners.set(namespace, listeners.add(listener))
    for (const work of this.#informer.cache.list({ namespace })) listener(objectKey(work), true)
    return {
      [Symbol.dispose]: () => {
        listeners.delete(listener)
        if (listeners.size === 0 && this.#listeners.get(namespace) === listeners) this.#listeners.delete(namespace)
      },
    }
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]()
  }
}

function isRelevant(event: CacheEvent<Work>): boolean {
  if (event.type !== 'updated') return true
  const { object, previous } = event
  return (
    object.metadata.generation !== previous.metadata.generation ||
    object.metadata.deletionTimestamp !== previous.metadata.deletionTimestamp
  )
}
