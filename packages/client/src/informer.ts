import type { DeepReadonly, KubeObject, ResourceRef } from '@kairship/apimachinery'

export type CacheEvent<T> =
  | { readonly type: 'added'; readonly object: DeepReadonly<T>; readonly initial: boolean }
  | { readonly type: 'updated'; readonly object: DeepReadonly<T>; readonly previous: DeepReadonly<T> }
  | { readonly type: 'deleted'; readonly object: DeepReadonly<T>; readonly finalStateUnknown: boolean }

/** Objects by key (`namespace/name` or `name`), deep-frozen and shared. */
export interface Cache<T extends KubeObject> {
  get(key: string): DeepReadonly<T> | undefined
  list(where?: { readonly namespace?: string }): Iterable<DeepReadonly<T>>
  byIndex(index: string, value: string): Iterable<DeepReadonly<T>>
  readonly size: number
}

export interface Informer<T extends KubeObject> {
  readonly ref: ResourceRef<T>
  readonly cache: Cache<T>
  /** May be added at any time; existing objects are indexed at once. Adding the same name twice is an error. */
  index(name: string, values: (object: DeepReadonly<T>) => readonly string[]): void
  /** The listener sees every object that is in the cache now as `added`, then every change, in order. */
  subscribe(listener: (event: CacheEvent<T>) => void): Disposable
  /** True once the first list is complete. */
  readonly hasSynced: boolean
  synced(signal: AbortSignal): Promise<void>
  /** Milliseconds since the stream last proved to be alive (event, bookmark or list); infinite before the first proof. */
  age(): number
  /** Why the stream is broken at the moment; `undefined` while it works. */
  readonly problem: Error | undefined
}

/** The part of a resource an informer holds. Different scopes of one resource are different informers. */
export interface InformerScope {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

/** Shared by construction: one list+watch per ref and scope. Informers start on first `of` and stop when disposed. */
export interface Informers extends AsyncDisposable {
  of<T extends KubeObject>(ref: ResourceRef<T>, scope?: InformerScope): Informer<T>
  /** Stops and forgets one informer. */
  drop(ref: ResourceRef, scope?: InformerScope): Promise<void>
}
