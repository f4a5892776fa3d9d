import { createStore, type HistoryLimits, type Store } from '@kairship/storage'
import { resolve } from 'node:path'
import type { TestingOptions } from './protocol.ts'
import { SqliteBackend } from './sqlite-backend.ts'
import { SqliteThread } from './sqlite-thread.ts'

export interface SqliteEngineOptions {
  /** How many threads wait for the disk. Files are spread over them. Default 1. */
  readonly threads?: number
}

export interface SqliteStoreOptions {
  readonly history?: Partial<HistoryLimits>
  /** Writes beyond this size of the file are refused as if the disk were full. Default: no limit. */
  readonly maxBytes?: number
  /** For tests only. */
  readonly testing?: TestingOptions
}

/** Opens store files. SQLite runs in threads of the engine, so that waiting for the disk never blocks this one. */
export interface SqliteEngine extends AsyncDisposable {
  /**
   * Opens the file, made when it does not exist; its directory must. Throws `StoreOpenError` for a file that is in use,
   * damaged, foreign or too new, and leaves it as it is.
   */
  open(path: string, options?: SqliteStoreOptions): Promise<Store>
}

/** Disposing the engine disposes its stores, then ends its threads. */
export function createSqliteEngine(options: SqliteEngineOptions = {}): SqliteEngine {
  const most = Math.max(1, options.threads ?? 1)
  const threads: SqliteThread[] = []
  const stores = new Set<Store>()
  const opening = new Set<Promise<unknown>>()
  let nextDatabase = 0
  let disposal: Promise<void> | undefined

  const leastBusy = (): SqliteThread => {
    const [idle] = threads.toSorted((a, b) => a.databases - b.databases)
    if (idle !== undefined && (idle.databases === 0 || threads.length >= most)) return idle
    const started = new SqliteThread()
    threads.push(started)
    return started
  }

  const open = async (path: string, settings: SqliteStoreOptions): Promise<Store> => {
    const thread = leastBusy()
    const database = nextDatabase++
    thread.databases++
    try {
      const request = { type: 'open', database, path, maxBytes: settings.maxBytes, testing: settings.testing } as const
      const { revision, entries } = await thread.request(path, request)
      const onClose = (): void => {
        thread.databases--
        stores.delete(store)
      }
      const backend = new SqliteBackend({ thread, database, path, index: entries, onClose })
      const store = createStore(backend, {
        revision,
        ...(settings.history === undefined ? {} : { history: settings.history }),
      })
      stores.add(store)
      return store
    } catch (error) {
      thread.databases--
      throw error
    }
  }

  const close = async (): Promise<void> => {
    await Promise.all(opening)
    const closed = await Promise.allSettled(Array.from(stores, (store) => store[Symbol.asyncDispose]()))
    await Promise.all(threads.map((thread) => thread[Symbol.asyncDispose]()))
    const failures = closed.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    if (failures.length > 0) throw new AggregateError(failures, 'stores did not close')
  }

  return {
    open(path, settings = {}) {
      if (disposal !== undefined) return Promise.reject(new Error('the engine is closed'))
      const store = open(resolve(path), settings)
      const settled = store.then(nothing, nothing).finally(() => opening.delete(settled))
      opening.add(settled)
      return store
    },
    [Symbol.asyncDispose]() {
      disposal ??= close()
      return disposal
    },
  }
}

const nothing = (): void => {}
