import type { Batch, Entry, KeyRange, Revision, Store, StoreEvent, WriteResult } from '../store.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export function bytes(text: string): Uint8Array {
  return encoder.encode(text)
}
export function text(value: Uint8Array | undefined): string | undefined {
  return value === undefined ? undefined : decoder.decode(value)
}

/** The revision of a write that must have succeeded. */
export function won(result: WriteResult): Revision {
  if (!result.ok) throw new Error(`the write lost against ${JSON.stringify(plain(result.current))}`)
  return result.revision
}
/** The winner of a write that must have lost. */
export function lost(result: WriteResult): Entry | undefined {
  if (result.ok) throw new Error(`the write won with revision ${result.revision}`)
  return result.current
}

export type PlainEntry = {
  readonly key: string
  readonly value: string | undefined
  readonly create: number
  readonly mod: number
}
export function plain(entry: Entry | undefined): PlainEntry | undefined {
  if (entry === undefined) return undefined
  return { key: entry.key, value: text(entry.value), create: entry.createRevision, mod: entry.modRevision }
}

export type PlainEvent = {
  readonly type: 'put' | 'delete'
  readonly revision: number
  readonly entry: PlainEntry | undefined
  readonly previous: PlainEntry | undefined
}
export function plainEvent(event: StoreEvent): PlainEvent {
  const previous = plain(event.previous)
  if (event.type === 'delete') return { type: 'delete', revision: event.revision, entry: undefined, previous }
  return { type: 'put', revision: event.entry.modRevision, entry: plain(event.entry), previous }
}

/** Follows a range in the background and remembers everything it was told. */
export interface Follower extends AsyncDisposable {
  readonly batches: readonly Batch[]
  readonly events: readonly PlainEvent[]
  /** Resolves once the follower has been told everything up to `revision`. */
  reached(revision: Revision): Promise<void>
  /** How the watch ended: `undefined` for a regular end. */
  readonly ended: Promise<unknown>
}

export function follow(store: Store, range: KeyRange, after: Revision): Follower {
  const controller = new AbortController()
  const batches: Batch[] = []
  const events: PlainEvent[] = []
  const waiting: { readonly revision: Revision; readonly resolve: () => void }[] = []
  let at = -1
  const run = async (): Promise<unknown> => {
    try {
      for await (const batch of store.watch(range, { after, signal: controller.signal })) {
        batches.push(batch)
        events.push(...batch.events.map(plainEvent))
        at = batch.revision
        for (const one of waiting) if (one.revision <= at) one.resolve()
      }
      return undefined
    } catch (error) {
      return error
    }
  }
  const ended = run()
  return {
    batches,
    events,
    ended,
    reached: (revision) => {
      if (at >= revision) return Promise.resolve()
      const early = ended.then((error) => Promise.reject(error ?? new Error(`the watch ended at ${at}`)))
      return Promise.race([new Promise<void>((resolve) => waiting.push({ revision, resolve })), early])
    },
    async [Symbol.asyncDispose]() {
      controller.abort()
      await ended
    },
  }
}
