import type { KeyRange, Revision } from '@kairship/storage'
import type { OpenFailure } from './open-error.ts'

/**
 * What main thread and worker say to each other. Values travel packed in few buffers that are transferred, not copied:
 * posting a view would copy all of the buffer it looks into, and posting thousands of small ones is slow.
 */
export type Request =
  | {
      readonly type: 'open'
      readonly database: number
      readonly path: string
      readonly maxBytes: number | undefined
      readonly testing: TestingOptions | undefined
    }
  | {
      readonly type: 'commit'
      readonly database: number
      readonly writes: readonly WireWrite[]
      readonly values: Uint8Array
    }
  | {
      readonly type: 'read'
      readonly database: number
      readonly range: KeyRange
      readonly limit: number | undefined
      readonly keysOnly: boolean
    }
  | { readonly type: 'count'; readonly database: number; readonly range: KeyRange }
  | { readonly type: 'close'; readonly database: number }

/** What only tests may ask of a file. */
export interface TestingOptions {
  /** Lets commits return before they are on the disk: what the power-cut simulation must notice. */
  readonly losesWritesOnPowerCut?: boolean
  /** Copies the log into the file after this many pages, so that short tests see it happen often. */
  readonly checkpointPages?: number
}

export interface WireWrite {
  readonly key: string
  readonly revision: Revision
  readonly createRevision: Revision
  /** Bytes of `values` that belong to it, in order; `undefined` deletes. */
  readonly size: number | undefined
  readonly wantPrevious: boolean
}

export interface Answers {
  readonly open: { readonly revision: Revision; readonly entries: Columns }
  readonly commit:
    | { readonly ok: true; readonly previous: PackedValues }
    | { readonly ok: false; readonly message: string; readonly recoverable: boolean }
  readonly read: {
    readonly revision: Revision
    readonly entries: Columns
    readonly values: PackedValues | undefined
    readonly more: boolean
  }
  readonly count: { readonly revision: Revision; readonly count: number }
  readonly close: undefined
}

/** Many entries as few objects. */
export interface Columns {
  readonly keys: readonly string[]
  readonly createRevisions: Float64Array
  readonly modRevisions: Float64Array
}

/** Value after value: each `sizes` of a chunk's bytes. Chunks are small, so that one kept value keeps little else. */
export interface PackedValues {
  readonly sizes: Int32Array
  readonly chunks: readonly Uint8Array[]
}

export type ReplyMessage =
  | { readonly id: number; readonly answer: Answers[keyof Answers] }
  | { readonly id: number; readonly refusal: { readonly failure: OpenFailure; readonly detail: string } }
  | { readonly id: number; readonly error: string }

export interface RequestMessage {
  readonly id: number
  readonly request: Request
}
