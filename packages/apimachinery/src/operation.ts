import type { JsonObject, JsonValue } from './json.ts'
import type { DeepReadonly } from './json.ts'
import type { Unstructured } from './object.ts'

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection'

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply'

/** Query options of all verbs, already parsed; names as in Kubernetes. */
export interface OperationQuery {
  readonly labelSelector?: string
  readonly fieldSelector?: string
  readonly limit?: number
  readonly continue?: string
  readonly resourceVersion?: string
  readonly resourceVersionMatch?: string
  readonly allowWatchBookmarks?: boolean
  readonly sendInitialEvents?: boolean
  readonly timeoutSeconds?: number
  readonly dryRun?: boolean
  readonly fieldManager?: string
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore'
  readonly force?: boolean
}

/**
 * One API request, whoever made it: the HTTP door decodes bytes into one, an in-process caller builds one, and the same
 * pipeline runs it (I4).
 */
export interface Operation {
  readonly verb: Verb
  readonly group: string
  readonly version: string
  /** Plural. */
  readonly resource: string
  readonly namespace?: string
  readonly name?: string
  readonly subresource?: string
  readonly query?: OperationQuery
  /** create/update: the object. patch: the patch document. delete/deletecollection: DeleteOptions. Never mutated. */
  readonly body?: DeepReadonly<JsonValue> | DeepReadonly<JsonObject>
  readonly patchType?: PatchType
  /** Paths of keys that occurred twice in the body's text; only the HTTP door can know. */
  readonly duplicateFields?: readonly string[]
  /** Used for the default field manager (text before the first `/`). */
  readonly userAgent?: string
}

/** `body` is the object, list or Status; frozen when it comes from a cache. `status` is the HTTP status code. */
export interface Reply {
  readonly status: number
  readonly body: DeepReadonly<JsonObject>
  readonly warnings: readonly string[]
}

/** ERROR events are never delivered: they are thrown as `ApiError` by the iterator. */
export type WatchEvent<T = Unstructured> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: DeepReadonly<T> }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string; readonly initialEventsEnd: boolean }

/** A plain GET outside the resource API: `/version`, `/readyz`, `/apis`, `/openapi/v3` … */
export interface RawReply {
  readonly status: number
  readonly contentType: string
  readonly body: Uint8Array
}

/**
 * Any control plane as seen by a caller with an identity: ours in-process, ours or anyone's over HTTPS.
 * Never throws for API errors in `request` (they are a Reply with status >= 400 and a Status body);
 * throws `ApiError` from `watch`, and `ConnectionError` when no answer came at all.
 */
export interface Connection {
  request(operation: Operation, signal?: AbortSignal): Promise<Reply>
  /**
   * Events in order, in batches as they became visible together; an empty batch only says that the watch is open. Ends
   * without error when the server closed the watch (timeout) or `signal` aborted; the caller then continues from the
   * last resource version.
   */
  watch(operation: Operation, signal: AbortSignal): AsyncIterable<readonly WatchEvent[]>
  raw(path: string, options?: { readonly accept?: string; readonly signal?: AbortSignal }): Promise<RawReply>
}

/** Who is asking, as Kubernetes knows it. */
export interface UserInfo {
  readonly username: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra?: { readonly [key: string]: readonly string[] }
}
