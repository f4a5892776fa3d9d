import {
  ApiError,
  type Connection,
  type DeepReadonly,
  errors,
  formatApiVersion,
  type JsonObject,
  type Operation,
  type RawReply,
  type Reply,
  type UserInfo,
  type WatchEvent,
} from '@kairship/apimachinery'
import type { Clock, Logger } from '@kairship/runtime'
import type { WatchStream } from '../cache/watch-stream.ts'
import type { List, Outcome, Request } from '../request.ts'
import type { Handler } from '../stages/stage.ts'

export interface InProcessOptions {
  readonly user: UserInfo
  readonly handler: Handler
  readonly clock: Clock
  readonly log: Logger
  /** Aborts when the plane closes. */
  readonly closed: AbortSignal
  readonly raw: (path: string, user: UserInfo, accept: string) => Promise<RawReply>
}

const batchSize = 1000

/** The second door: the same pipeline, objects instead of bytes. Bodies are the cache's own frozen objects. */
export function inProcessConnection({ user, handler, clock, log, closed, raw }: InProcessOptions): Connection {
  const begin = (operation: Operation, signal: AbortSignal | undefined): Request => {
    signal?.throwIfAborted()
    if (closed.aborted) throw errors.unavailable('the plane is closed')
    return { operation, user, now: clock.now(), log, warnings: [], signal }
  }
  return {
    async request(operation, signal) {
      try {
        if (operation.verb === 'watch') throw errors.badRequest('a watch is not a request')
        const request = begin(operation, signal)
        const outcome = await handler(request)
        return reply(outcome, request.warnings)
      } catch (error) {
        if (!(error instanceof ApiError)) throw error
        return { status: error.code, body: { ...error.status }, warnings: [] }
      }
    },
    async *watch(operation, signal) {
      if (signal.aborted) return
      const outcome = await handler(begin({ ...operation, verb: 'watch' }, signal))
      if (outcome.type !== 'watch') throw new Error('a watch must answer a stream')
      outcome.stream.endWith(closed)
      yield* events(outcome.stream, signal)
    },
    raw: (path, options) => raw(path, user, options?.accept ?? 'application/json'),
  }
}

function reply(outcome: Outcome, warnings: readonly string[]): Reply {
  switch (outcome.type) {
    case 'object':
      return { status: outcome.status, body: outcome.view.body, warnings }
    case 'value':
      return { status: outcome.status, body: outcome.body, warnings }
    case 'list':
      return { status: 200, body: listBody(outcome.list), warnings }
    case 'watch':
      outcome.stream[Symbol.dispose]()
      throw new Error('a stream is no reply')
  }
}

export function listBody({ installed, views, ...list }: List): DeepReadonly<JsonObject> {
  const { group, version, listKind } = installed.definition
  return Object.freeze({
    kind: listKind,
    apiVersion: formatApiVersion(group, version),
    metadata: Object.freeze(listMetadata(list)),
    items: Object.freeze(views.map(({ body }) => body)),
  })
}

export function listMetadata(list: Omit<List, 'installed' | 'views'>): JsonObject {
  return {
    resourceVersion: String(list.revision),
    ...(list.continue === undefined ? {} : { continue: list.continue }),
    ...(list.remaining === undefined ? {} : { remainingItemCount: list.remaining }),
  }
}

async function* events(stream: WatchStream, signal: AbortSignal): AsyncGenerator<readonly WatchEvent[]> {
  using _ = stream
  let wake: (() => void) | undefined
  const onReady = (): void => {
    wake?.()
    wake = undefined
  }
  stream.onReady = onReady
  signal.addEventListener('abort', onReady, { once: true })
  try {
    while (!signal.aborted) {
      const ended = stream.ended
      const batch = stream.read(batchSize).map(toEvent)
      if (batch.length > 0) yield batch
      else if (ended) return
      else await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    signal.removeEventListener('abort', onReady)
  }
}

function toEvent(event: ReturnType<WatchStream['read']>[number]): WatchEvent {
  return event.type === 'BOOKMARK'
    ? { type: 'BOOKMARK', resourceVersion: String(event.revision), initialEventsEnd: event.initialEventsEnd }
    : { type: event.type, object: event.view.object }
}
