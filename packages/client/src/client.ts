import type {
  Connection,
  DeepReadonly,
  KubeObject,
  PatchType,
  ResourceRef,
  WatchEvent,
  JsonValue,
} from '@kairship/apimachinery'

export interface ListOptions {
  readonly labelSelector?: string
  readonly fieldSelector?: string
  readonly limit?: number
  readonly continue?: string
  readonly resourceVersion?: string
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan'
}
export interface WatchOptions extends ListOptions {
  readonly allowWatchBookmarks?: boolean
  readonly sendInitialEvents?: boolean
  readonly timeoutSeconds?: number
  readonly signal: AbortSignal
}
export interface WriteOptions {
  readonly dryRun?: boolean
  readonly fieldManager?: string
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore'
  readonly signal?: AbortSignal
}
export interface DeleteOptions {
  readonly uid?: string
  readonly resourceVersion?: string
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan'
  readonly gracePeriodSeconds?: number
  readonly dryRun?: boolean
  readonly signal?: AbortSignal
}
export interface TypedList<T extends KubeObject> {
  readonly items: readonly DeepReadonly<T>[]
  readonly resourceVersion: string
  readonly continue?: string
}

/**
 * One resource, in one namespace or cluster-wide. Failures are thrown as `ApiError` (or `ConnectionError`).
 * Results may be frozen objects shared with the server's cache: use `edit()` before changing one.
 */
export interface ResourceClient<T extends KubeObject> {
  get(name: string, options?: { readonly signal?: AbortSignal }): Promise<DeepReadonly<T>>
  /** `undefined` instead of a NotFound error. */
  find(name: string, options?: { readonly signal?: AbortSignal }): Promise<DeepReadonly<T> | undefined>
  list(options?: ListOptions & { readonly signal?: AbortSignal }): Promise<TypedList<T>>
  watch(options: WatchOptions): AsyncIterable<readonly WatchEvent<T>[]>
  create(object: DeepReadonly<T>, options?: WriteOptions): Promise<DeepReadonly<T>>
  update(object: DeepReadonly<T>, options?: WriteOptions): Promise<DeepReadonly<T>>
  updateStatus(object: DeepReadonly<T>, options?: WriteOptions): Promise<DeepReadonly<T>>
  patch(
    name: string,
    type: PatchType,
    patch: DeepReadonly<JsonValue>,
    options?: WriteOptions & { readonly subresource?: string; readonly force?: boolean },
  ): Promise<DeepReadonly<T>>
  apply(
    object: DeepReadonly<T>,
    options: WriteOptions & { readonly fieldManager: string; readonly force?: boolean; readonly subresource?: string },
  ): Promise<DeepReadonly<T>>
  /** NotFound is thrown like any failure. */
  delete(name: string, options?: DeleteOptions): Promise<void>
  deleteCollection(options?: ListOptions & DeleteOptions): Promise<void>
}

export interface Client {
  readonly connection: Connection
  /** Without `namespace`: cluster-scoped resources, or all namespaces for list and watch. */
  of<T extends KubeObject>(ref: ResourceRef<T>, namespace?: string): ResourceClient<T>
}
