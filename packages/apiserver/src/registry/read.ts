import { errors, failure } from '@kairship/apimachinery'
import { aborted } from '@kairship/runtime'
import type { PlaneCache } from '../cache/plane-cache.ts'
import type { Item, View } from '../cache/item.ts'
import { listKey } from '../cache/keys.ts'
import { WatchStream } from '../cache/watch-stream.ts'
import type { Outcome, Request } from '../request.ts'
import type { InstalledResource, PlaneRegistry } from '../strategy.ts'
import { convertItems } from './convert.ts'
import { decodeContinue, encodeContinue } from './continue-token.ts'
import { listMode, parseRevision, tooLarge, watchStart } from './list-options.ts'
import type { Resources } from './resources.ts'
import { selection } from './selection.ts'

export interface ReadContext {
  readonly cache: PlaneCache
  readonly resources: Resources
  readonly registry: Pick<PlaneRegistry, 'clock' | 'random'>
}

const futureWaitMs = 3000
const minWatchMs = 1_800_000
const expiredPage =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without ' +
  'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ' +
  'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted ' +
  'between the time the first chunk was returned and now may show up in the list.'

/** Waits a little for a revision that is not here yet; 504 when it does not come. */
export async function reach(
  { cache, registry }: Pick<ReadContext, 'cache' | 'registry'>,
  revision: number,
  signal?: AbortSignal,
): Promise<void> {
  const reached = cache.reached(revision)
  if (reached === undefined) return
  const expired = Symbol('expired')
  using timer = new DisposableStack()
  const timeout = new Promise<symbol>((resolve) => {
    timer.use(registry.clock.setTimeout(() => resolve(expired), futureWaitMs))
  })
  const gone = signal === undefined ? [] : [aborted(signal)]
  if ((await Promise.race([reached, timeout, ...gone])) === expired) throw tooLarge(revision, cache.revision)
}

export async function get(context: ReadContext, installed: InstalledResource, request: Request): Promise<Outcome> {
  const { definition } = installed
  const { namespace = '', name = '', query = {} } = request.operation
  const { resourceVersion = '' } = query
  if (resourceVersion !== '' && resourceVersion !== '0') {
    await reach(context, parseRevision(resourceVersion), request.signal)
  }
  const item = context.cache.of(definition).items.get(listKey(namespace, name))
  if (item === undefined) throw errors.notFound(definition, name)
  const converting = convertItems(installed, [item])
  if (converting !== undefined) await converting
  return { type: 'object', status: 200, view: item.view(installed), installed }
}

export async function list(context: ReadContext, installed: InstalledResource, request: Request): Promise<Outcome> {
  const { definition } = installed
  const { namespace = '', query = {} } = request.operation
  const { limit = 0, continue: token = '' } = query
  const mode = listMode(query)
  if (mode.type !== 'latest') await reach(context, mode.revision, request.signal)
  const cache = context.cache.of(definition)
  const { range, matches, filtered } = selection(definition, namespace, query)
  let { start } = range
  let revision = mode.type === 'exact' ? mode.revision : context.cache.revision
  if (token !== '') {
    const continuation = decodeContinue(token)
    if (continuation.start > start) start = continuation.start
    if (continuation.revision > 0) revision = continuation.revision
    if (revision > context.cache.revision) await reach(context, revision, request.signal)
    if (revision < cache.floor) {
      const status = failure(410, 'Expired', expiredPage).status
      const again = encodeContinue({ revision: -1, start: continuation.start })
      throw Object.assign(failure(410, 'Expired', expiredPage), {
        status: { ...status, metadata: { continue: again } },
      })
    }
  } else if (revision < cache.floor) {
    throw errors.expired('The resourceVersion for the provided list is too old.')
  }
  const bounded = limit > 0 && !(query.resourceVersion === '0' && token === '')
  const views: View[] = []
  let last = ''
  let next: string | undefined
  let items: Iterable<Item> = cache.snapshot(revision, start, range.end)
  if (installed.strategy.convertAll !== undefined) {
    const all = [...items]
    await convertItems(installed, bounded && !filtered ? all.slice(0, limit) : all)
    items = all
  }
  for (const item of items) {
    if (bounded && !filtered && views.length === limit) {
      next = `${last}\0`
      break
    }
    const view = item.view(installed)
    if (!matches(view)) continue
    if (bounded && views.length === limit) {
      next = `${last}\0`
      break
    }
    views.push(view)
    last = item.key
  }
  return {
    type: 'list',
    list: {
      installed,
      views,
      revision,
      ...(next === undefined ? {} : { continue: encodeContinue({ revision, start: next }) }),
      // With selectors nobody knows without looking at all of them.
      ...(next === undefined || filtered ? {} : { remaining: cache.countAt(revision, next, range.end) }),
    },
  }
}

export async function watch(context: ReadContext, installed: InstalledResource, request: Request): Promise<Outcome> {
  const { definition } = installed
  const { namespace = '', query = {} } = request.operation
  const { range, matches } = selection(definition, namespace, query)
  const { after, initial, atLeast } = watchStart(query)
  if (atLeast > 0) await reach(context, atLeast, request.signal)
  const { clock, random } = context.registry
  const { timeoutSeconds = 0, allowWatchBookmarks = false } = query
  const timeoutMs = timeoutSeconds > 0 ? timeoutSeconds * 1000 : minWatchMs * (1 + random.next())
  const stream = new WatchStream({
    plane: context.cache,
    cache: context.cache.of(definition),
    installed,
    range,
    matches,
    after: after === Number.MAX_SAFE_INTEGER ? context.cache.revision : after,
    markInitialEnd: initial && allowWatchBookmarks,
    bookmarks: allowWatchBookmarks,
    timeoutMs,
    clock,
    convert: (items) => convertItems(installed, items),
  })
  stream.endWith(context.resources.lifetime(installed))
  return { type: 'watch', stream }
}
