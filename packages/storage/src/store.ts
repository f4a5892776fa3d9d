/** A store's one counter: grows with every write, shared by all keys. Safe integer. */
export type Revision = number

/** `[start, end)` in byte order of the UTF-8 keys; only the key `start` when `end` is left out. */
export interface KeyRange {
  readonly start: string
  readonly end?: string
}
/** Every key. */
export const everything: KeyRange = { start: '', end: '\u{10ffff}' }

/** The range of all keys that begin with `prefix`. */
export function prefixRange(prefix: string): KeyRange {
  if (prefix === '') return everything
  const last = prefix.charCodeAt(prefix.length - 1)
  // The next code unit would be no character: what follows '\ud7ff' is '\ue000', and a surrogate pair has no simple next.
  if (last >= 0xd7ff) return { start: prefix, end: `${prefix}\u{10ffff}` }
  return { start: prefix, end: prefix.slice(0, -1) + String.fromCharCode(last + 1) }
}

export interface Entry {
  readonly key: string
  /**
   * Never decoded by a store (I1); the same instance the writer passed in when the store can keep it, so nobody may
   * change its bytes. Empty in a `keysOnly` read.
   */
  readonly value: Uint8Array
  readonly createRevision: Revision
  readonly modRevision: Revision
}

/** `revision` is the store's revision the page was read at. `more` when `limit` cut it. */
export interface Page {
  readonly revision: Revision
  readonly entries: readonly Entry[]
  readonly more: boolean
}

/** Losing a race is an answer, not an exception: it carries what won, so the caller need not re-read. */
export type WriteResult =
  | { readonly ok: true; readonly revision: Revision }
  | { readonly ok: false; readonly current: Entry | undefined }

export type StoreEvent =
  | { readonly type: 'put'; readonly entry: Entry; readonly previous: Entry | undefined }
  | { readonly type: 'delete'; readonly revision: Revision; readonly previous: Entry }

/** Events that became visible together, in revision order. Without events it only reports progress up to `revision`. */
export interface Batch {
  readonly revision: Revision
  readonly events: readonly StoreEvent[]
}

/** The revision asked for is no longer (or, `oldest` above it, never was) available. */
export class CompactedError extends Error {
  override readonly name = 'CompactedError'
  readonly oldest: Revision
  constructor(oldest: Revision) {
    super(`revision is compacted; the oldest available is ${oldest}`)
    this.oldest = oldest
  }
}
/** A revision was asked for that the store has not reached: the caller's knowledge comes from another store or time. */
export class FutureRevisionError extends Error {
  override readonly name = 'FutureRevisionError'
  readonly current: Revision
  constructor(asked: Revision, current: Revision) {
    super(`revision ${asked} is in the future; the store is at ${current}`)
    this.current = current
  }
}
/** The store cannot take or answer requests (disk full, closed, lost connection). Nothing was acknowledged. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError'
}

/** A value is larger than the store takes. Nothing was written. */
export class ValueTooLargeError extends Error {
  override readonly name = 'ValueTooLargeError'
}

/**
 * Ordered keys with revisions: what a Kubernetes API needs of etcd and nothing more. A write's promise resolves only
 * when the write is durable (I2); watchers see a write no earlier than that, and before or at the same turn in which
 * its promise resolves. Every implementation passes `storeContract` of `@kairship/storage/testing`.
 */
export interface Store extends AsyncDisposable {
  /**
   * Set when others write below the same keys through stores of their own (replicas on one etcd). Then `revision()`
   * tells of their writes too, and watches of this store reach it without any further write.
   */
  readonly shared?: true
  /** False while a shared store has lost sight of what happens: what its watches told may be old. */
  readonly fresh?: boolean
  /**
   * Entries in key order. `at` reads an old revision and throws `CompactedError` when history does not reach it,
   * `FutureRevisionError` when the store has not. The page's `revision` is `at`, or else where the store was.
   */
  read(
    range: KeyRange,
    options?: { readonly at?: Revision; readonly limit?: number; readonly keysOnly?: boolean },
  ): Promise<Page>
  count(range: KeyRange, options?: { readonly at?: Revision }): Promise<number>
  /** Fails with the current entry when the key exists. */
  create(key: string, value: Uint8Array): Promise<WriteResult>
  /** Compare-and-swap: succeeds only when the key's modRevision equals `expected`. */
  update(key: string, value: Uint8Array, expected: Revision): Promise<WriteResult>
  /** With `expected` compare-and-delete. Deleting a missing key fails with `current: undefined`. */
  delete(key: string, expected?: Revision): Promise<WriteResult>
  /**
   * Every event with a revision above `after`, in order, no gaps, no duplicates (I3). The iteration throws
   * `CompactedError` when that is impossible: from the start, or later when the reader is slower than history is long.
   * `after` may be in the future. Ends when `signal` aborts or, after the last event, when the store closes.
   * For one reader at a time.
   */
  watch(range: KeyRange, options: { readonly after: Revision; readonly signal: AbortSignal }): AsyncIterable<Batch>
  /** The last revision that is durable. */
  revision(): Promise<Revision>
  /**
   * Forgets history before `before`. Returns the oldest revision that can still be read and watched from; history may
   * also be forgotten without being asked, to bound memory.
   */
  compact(before: Revision): Promise<Revision>
}
