import type { Backend, CommitOutcome, Entry, Known, KeyRange, Page, Revision, Write } from '@kairship/storage'
import { concatenate, unpack } from './packing.ts'
import type { Answers, Columns } from './protocol.ts'
import type { SqliteThread } from './sqlite-thread.ts'

const empty = new Uint8Array(0)

/**
 * A file behind a thread. In this thread's memory: the revisions of every key, and the values of those written
 * recently (history keeps them anyway). All other values are only in the file.
 */
export class SqliteBackend implements Backend {
  readonly #thread: SqliteThread
  readonly #database: number
  readonly #path: string
  readonly #onClose: () => void
  readonly #index = new Map<string, Known>()

  constructor(options: {
    readonly thread: SqliteThread
    readonly database: number
    readonly path: string
    readonly index: Columns
    readonly onClose: () => void
  }) {
    this.#thread = options.thread
    this.#database = options.database
    this.#path = options.path
    this.#onClose = options.onClose
    const { keys, createRevisions, modRevisions } = options.index
    for (const [row, key] of keys.entries()) {
      const [createRevision = 0, modRevision = 0] = [createRevisions[row], modRevisions[row]]
      this.#index.set(key, { createRevision, modRevision, value: undefined })
    }
  }

  lookup(key: string): Known | undefined {
    return this.#index.get(key)
  }

  async commit(writes: readonly Write[]): Promise<CommitOutcome> {
    const values = packValues(writes)
    const outcome = await this.#thread.request(
      this.#path,
      {
        type: 'commit',
        database: this.#database,
        values,
        writes: writes.map(({ key, value, revision, createRevision, wantPrevious }) => ({
          key,
          revision,
          createRevision,
          size: value?.byteLength,
          wantPrevious,
        })),
      },
      [values.buffer],
    )
    if (!outcome.ok) return { ok: false, error: new Error(outcome.message), recoverable: outcome.recoverable }
    for (const { key, value, createRevision, revision } of writes) {
      if (value === undefined) this.#index.delete(key)
      else this.#index.set(key, { createRevision, modRevision: revision, value })
    }
    return { ok: true, previous: spread(writes, outcome) }
  }

  async read(range: KeyRange, options: { readonly limit?: number; readonly keysOnly?: boolean }): Promise<Page> {
    const { revision, entries, values, more } = await this.#thread.request(this.#path, {
      type: 'read',
      database: this.#database,
      range,
      limit: options.limit,
      keysOnly: options.keysOnly ?? false,
    })
    const unpacked = values === undefined ? [] : unpack(values)
    return { revision, more, entries: entries.keys.map((key, row) => this.#entry(key, row, entries, unpacked[row])) }
  }

  count(range: KeyRange): Promise<{ readonly revision: Revision; readonly count: number }> {
    return this.#thread.request(this.#path, { type: 'count', database: this.#database, range })
  }

  release(key: string, revision: Revision): void {
    const known = this.#index.get(key)
    if (known?.modRevision === revision) this.#index.set(key, { ...known, value: undefined })
  }

  /** After the input of this turn: requests that arrived together are committed together. */
  schedule(flush: () => void): void {
    setImmediate(flush)
  }

  async close(): Promise<void> {
    try {
      await this.#thread.request(this.#path, { type: 'close', database: this.#database })
    } finally {
      this.#onClose()
    }
  }

  /** One copy of a value per process: that of the writer, where it is still known. */
  #entry(key: string, row: number, columns: Columns, value: Uint8Array = empty): Entry {
    const createRevision = columns.createRevisions[row] ?? 0
    const modRevision = columns.modRevisions[row] ?? 0
    const known = value === empty ? undefined : this.#index.get(key)
    const same = known?.modRevision === modRevision ? known.value : undefined
    return { key, value: same ?? value, createRevision, modRevision }
  }
}

function packValues(writes: readonly Write[]): Uint8Array<ArrayBuffer> {
  const values = writes.flatMap(({ value }) => (value === undefined ? [] : [value]))
  return concatenate(
    values,
    values.reduce((bytes, value) => bytes + value.byteLength, 0),
  )
}

/** The previous values, each at the place of the write that wanted it. */
function spread(
  writes: readonly Write[],
  outcome: Extract<Answers['commit'], { readonly ok: true }>,
): (Uint8Array | undefined)[] {
  if (outcome.previous.sizes.length === 0) return []
  const values = unpack(outcome.previous).values()
  return writes.map(({ wantPrevious }) => (wantPrevious ? values.next().value : undefined))
}
