import type { DeepReadonly, KubeObject } from '@kairship/apimachinery'
import { objectKey } from '@kairship/apimachinery'
import type { CacheEvent, Informer } from '@kairship/client'
import type { Source } from './contracts.ts'

/** What existed before the controller started gives way to what users do now. */
export const lowPriority = -100

export interface InformerSourceOptions<T> {
  /** Events for which this is false enqueue nothing. */
  readonly when?: (event: CacheEvent<T>) => boolean
  /** Default true. False: the controller starts without waiting for this informer (one that may never answer). */
  readonly waitForSync?: boolean
  /** Delay before a key is worked on, so that several events become one reconciliation. */
  readonly afterMs?: number
}

/**
 * Enqueues the keys `map` finds for every object that comes, changes or goes; after a change those of the old and the new
 * object, because it may have moved from one owner to another.
 */
export function informerSource<T extends KubeObject, K>(
  informer: Informer<T>,
  map: (object: DeepReadonly<T>, event: CacheEvent<T>) => Iterable<K>,
  options: InformerSourceOptions<T> = {},
): Source<K> {
  const { when, waitForSync = true, afterMs = 0 } = options
  return {
    async start(enqueue, signal) {
      const subscription = informer.subscribe((event) => {
        if (when !== undefined && !when(event)) return
        const priority = event.type === 'added' && event.initial ? lowPriority : 0
        for (const key of map(event.object, event)) enqueue(key, { priority, afterMs })
        if (event.type !== 'updated') return
        for (const key of map(event.previous, event)) enqueue(key, { priority, afterMs })
      })
      if (signal.aborted) return subscription[Symbol.dispose]()
      signal.addEventListener('abort', () => subscription[Symbol.dispose](), { once: true })
      if (waitForSync) await informer.synced(signal)
    },
  }
}

/** The object's own key: the commonest `map`. */
export function ownKey(object: DeepReadonly<KubeObject>): readonly string[] {
  return [objectKey(object)]
}

/** The key of the controlling owner when it is of this kind. */
export function controllerKey(group: string, kind: string): (object: DeepReadonly<KubeObject>) => readonly string[] {
  return (object) => {
    const owner = object.metadata.ownerReferences?.find((reference) => reference.controller === true)
    if (owner === undefined || owner.kind !== kind) return []
    const slash = owner.apiVersion.indexOf('/')
    if ((slash < 0 ? '' : owner.apiVersion.slice(0, slash)) !== group) return []
    const { namespace } = object.metadata
    return [namespace ? `${namespace}/${owner.name}` : owner.name]
  }
}

/** Keys pushed by hand, from something that is no informer. Those pushed before the start wait for it. */
export interface PushSource<K> extends Source<K> {
  push(key: K, options?: { readonly afterMs?: number; readonly priority?: number }): void
}

export function pushSource<K>(): PushSource<K> {
  type Enqueue = Parameters<Source<K>['start']>[0]
  const early: Parameters<Enqueue>[] = []
  let enqueue: Enqueue | undefined
  return {
    push(key, options) {
      if (enqueue === undefined) early.push(options === undefined ? [key] : [key, options])
      else enqueue(key, options)
    },
    async start(given, signal) {
      enqueue = given
      for (const call of early.splice(0)) given(...call)
      signal.addEventListener('abort', () => (enqueue = undefined), { once: true })
    },
  }
}
