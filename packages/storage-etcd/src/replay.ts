import {
  inRange,
  StoreUnavailableError,
  type Batch,
  type KeyRange,
  type Revision,
  type StoreEvent,
} from '@kairship/storage'
import type { EtcdClient } from './client.ts'
import { GrpcError } from './connection/grpc-error.ts'
import { EventReader, LostPreviousError } from './event-reader.ts'
import type { Feed } from './feed.ts'
import type { KeySpace } from './key-space.ts'
import { assertGoesOn, WatchCompactedError } from './watch-error.ts'
import { decodeWatch } from './wire/messages.ts'

export interface ReplayOptions {
  readonly client: EtcdClient
  readonly keys: KeySpace
  readonly feed: Feed
  readonly range: KeyRange
  readonly after: Revision
  readonly signal: AbortSignal
  /** Aborts when the store closes. */
  readonly closed: AbortSignal
  /** The plane's last write at a revision; throws `CompactedError`. */
  readonly headAt: (revision: Revision) => Promise<Revision>
  /** Makes the error for a revision that etcd no longer has. */
  readonly compacted: () => Promise<Error>
}

/**
 * A watch from before what the feed remembers: reads etcd's own history up to where the feed begins, at the reader's
 * pace, then follows the feed.
 */
export async function* replay(options: ReplayOptions): AsyncGenerator<Batch, undefined> {
  const { feed, range, signal } = options
  let at = options.after
  // Memory may move on meanwhile.
  while (at < feed.oldest && !signal.aborted) {
    const oldest = feed.oldest
    const last = await options.headAt(oldest)
    if (last > at)
      for await (const batch of history({ ...options, after: at }, last)) {
        at = batch.revision
        yield { revision: at, events: batch.events.filter((event) => inRange(keyOf(event), range)) }
      }
    at = Math.max(at, oldest)
  }
  if (!signal.aborted) yield* feed.watch(range, at, signal)
  return undefined
}

/** Everything after `after`, at least up to the write of revision `until`. Throws when that cannot be had. */
async function* history(options: ReplayOptions, until: Revision): AsyncGenerator<Batch, undefined> {
  const { client, keys, after, signal, closed } = options
  // From `after` itself, so that etcd refuses when anything behind it may be gone.
  const { stream } = await client.watch({ ...keys.all, startRevision: Math.max(1, after) })
  using _ = stream
  const onAbort = (): void => stream.cancel()
  const either = AbortSignal.any([signal, closed])
  either.addEventListener('abort', onAbort, { once: true })
  if (either.aborted) onAbort()
  const reader = new EventReader({
    keys,
    position: after,
    head: undefined,
    before: () => undefined,
    instance: (_key, value) => new Uint8Array(value),
  })
  try {
    for await (const message of stream) {
      const response = decodeWatch(message)
      assertGoesOn(response)
      if (response.events.length === 0) continue
      const events = reader.read(response)
      if (reader.position > after) yield { revision: reader.position, events }
      if (reader.position >= until) return undefined
    }
  } catch (error) {
    if (error instanceof WatchCompactedError || error instanceof LostPreviousError) throw await options.compacted()
    if (error instanceof GrpcError) throw new StoreUnavailableError(`etcd: ${error.message}`, { cause: error })
    throw error
  } finally {
    either.removeEventListener('abort', onAbort)
  }
  if (signal.aborted) return undefined
  throw new StoreUnavailableError(closed.aborted ? 'the store was closed' : 'etcd ended the watch')
}

function keyOf(event: StoreEvent): string {
  return event.type === 'put' ? event.entry.key : event.previous.key
}
