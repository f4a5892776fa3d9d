import type { KeyRange, Page, Revision } from '../store.ts'

/** What a backend always knows of a key. The value only when it is in memory anyway. */
export interface Known {
  readonly createRevision: Revision
  readonly modRevision: Revision
  readonly value: Uint8Array | undefined
}

export interface Write {
  readonly key: string
  /** `undefined` deletes. */
  readonly value: Uint8Array | undefined
  readonly revision: Revision
  /** The revision itself when the write creates the key. */
  readonly createRevision: Revision
  /** Whether the value that is replaced must be handed back because nobody in memory has it. */
  readonly wantPrevious: boolean
}

export type CommitOutcome =
  | {
      readonly ok: true
      /** Per write, where it was wanted. */
      readonly previous?: readonly (Uint8Array | undefined)[]
    }
  | {
      readonly ok: false
      readonly error: unknown
      /** The backend is sure that nothing was written and later commits may succeed (disk full), or else is given up. */
      readonly recoverable: boolean
    }

/**
 * Where the last durable state lives: the lower seam, below revisions, compare-and-swap, history and watches, which
 * `createStore` adds for every backend alike. Each backend has one owner, so nothing changes behind its back.
 */
export interface Backend {
  /** Answers at once, from an index in memory, about the last committed state. */
  lookup(key: string): Known | undefined
  /** Makes all writes durable, or none. Called again only after the last call has resolved. */
  commit(writes: readonly Write[]): Promise<CommitOutcome>
  /** The committed state. `revision` is that of the last commit the answer contains. */
  read(range: KeyRange, options: { readonly limit?: number; readonly keysOnly?: boolean }): Promise<Page>
  count(range: KeyRange): Promise<{ readonly revision: Revision; readonly count: number }>
  /** `revision` of `key` left the history: its value need not be kept for that any more. */
  release(key: string, revision: Revision): void
  /** Runs `flush` soon: how long writes gather before they are committed together. */
  schedule(flush: () => void): void
  close(): Promise<void>
}
