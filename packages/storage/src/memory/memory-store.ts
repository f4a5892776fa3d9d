import { createStore } from '../core/create-store.ts'
import type { Backend, CommitOutcome, Known, Write } from '../core/backend.ts'
import type { HistoryLimits } from '../core/history.ts'
import type { Entry, KeyRange, Page, Revision, Store } from '../store.ts'
import { SortedKeys } from './sorted-keys.ts'

export interface MemoryStoreOptions {
  readonly history?: Partial<HistoryLimits>
}

/** A store that forgets everything when it closes: tests, rehearsals, simulated members. */
export function memoryStore(options: MemoryStoreOptions = {}): Store {
  return createStore(new MemoryBackend(), { revision: 0, ...options })
}

const empty = new Uint8Array(0)

/** The state as a sorted map; "durable" as soon as it is there. */
export class MemoryBackend implements Backend {
  readonly #entries = new Map<string, Entry>()
  readonly #keys = new SortedKeys()
  #revision: Revision = 0

  lookup(key: string): Known | undefined {
    return this.#entries.get(key)
  }

  async commit(writes: readonly Write[]): Promise<CommitOutcome> {
    for (const { key, value, revision, createRevision } of writes) {
      if (value === undefined) {
        this.#entries.delete(key)
        this.#keys.delete(key)
      } else {
        if (!this.#entries.has(key)) this.#keys.add(key)
        this.#entries.set(key, { key, value, createRevision, modRevision: revision })
      }
      this.#revision = revision
    }
    return { ok: true }
  }

  async read(range: KeyRange, options: { readonly limit?: number; readonly keysOnly?: boolean }): Promise<Page> {
    const { limit = Infinity, keysOnly = false } = options
    const entries: Entry[] = []
    let more = false
    const visit = (key: string): boolean => {
      const entry = this.#entries.get(key)
      if (entry === undefined) return true
      if (entries.length >= limit) {
        more = true
        return false
      }
      entries.push(keysOnly ? { ...entry, value: empty } : entry)
      return true
    }
    if (range.end === undefined) visit(range.start)
    else this.#keys.visit({ start: range.start, end: range.end }, visit)
    return { revision: this.#revision, entries, more }
  }

  async count({ start, end }: KeyRange): Promise<{ readonly revision: Revision; readonly count: number }> {
    const count = end === undefined ? Number(this.#entries.has(start)) : this.#keys.count({ start, end })
    return { revision: this.#revision, count }
  }

  /** Values are in memory for their own sake. */
  release(): void {}

  /** The end of the current turn: nothing is gained by waiting longer. */
  schedule(flush: () => void): void {
    queueMicrotask(flush)
  }

  async close(): Promise<void> {}
}
