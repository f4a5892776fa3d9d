import { ApiError, type OperationQuery, type Unstructured, type WatchEvent } from '@kairship/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configMap, configMaps, createNamespace, ok } from '../testing/calls.ts'
import { startTestServer, type TestServer } from '../testing/test-server.ts'

type Seen = readonly [string, string, string?]

describe('watch', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
    await createNamespace(server.connection, 'test')
    await createNamespace(server.connection, 'other')
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const labelled = (name: string, watched: string): { [key: string]: never } =>
    configMap(name, { metadata: { name, labels: { watched } } }) as { [key: string]: never }
  const create = (name: string, watched: string) =>
    ok(server.connection, { verb: 'create', ...configMaps, body: labelled(name, watched) })
  const label = (name: string, watched: string) =>
    ok(server.connection, {
      verb: 'patch',
      patchType: 'merge',
      ...configMaps,
      name,
      body: { metadata: { labels: { watched } } },
    })
  const remove = (name: string) => ok(server.connection, { verb: 'delete', ...configMaps, name })
  const revision = async (): Promise<string> => {
    const list = await ok(server.connection, { verb: 'list', ...configMaps })
    return (list['metadata'] as { resourceVersion: string }).resourceVersion
  }

  /** Events until `count` have come. */
  async function take(query: OperationQuery, count: number, act: () => Promise<unknown>): Promise<WatchEvent[]> {
    const abort = new AbortController()
    const seen: WatchEvent[] = []
    const watching = (async () => {
      for await (const batch of server.connection.watch({ verb: 'watch', ...configMaps, query }, abort.signal)) {
        seen.push(...batch)
        if (seen.length >= count) abort.abort()
      }
    })()
    await act()
    await watching
    return seen
  }
  const brief = (events: readonly WatchEvent[]): Seen[] =>
    events.map((event) =>
      event.type === 'BOOKMARK'
        ? [event.type, String(event.initialEventsEnd)]
        : [event.type, event.object.metadata.name ?? ''],
    )

  it('first tells what is there, then every change in order', async () => {
    await create('first', 'one')
    const events = await take({ labelSelector: 'watched=one' }, 4, async () => {
      await create('second', 'one')
      await label('first', 'one')
      await ok(server.connection, {
        verb: 'patch',
        patchType: 'merge',
        ...configMaps,
        name: 'first',
        body: { data: { a: 'b' } },
      })
      await remove('second')
    })
    expect(brief(events)).toEqual([
      ['ADDED', 'first'],
      ['ADDED', 'second'],
      ['MODIFIED', 'first'],
      ['DELETED', 'second'],
    ])
  })

  it('continues after a revision without gaps or repeats', async () => {
    await create('third', 'two')
    const from = await revision()
    await create('fourth', 'two')
    await label('third', 'two-gone')
    const events = await take({ resourceVersion: from, labelSelector: 'watched=two' }, 3, () => create('fifth', 'two'))
    expect(brief(events)).toEqual([
      ['ADDED', 'fourth'],
      ['DELETED', 'third'],
      ['ADDED', 'fifth'],
    ])
  })

  it('tells an object that leaves the selector as deleted, in its old state at the new revision', async () => {
    await create('leaver', 'three')
    const from = await revision()
    const changed = await label('leaver', 'elsewhere')
    const [event] = await take({ resourceVersion: from, labelSelector: 'watched=three' }, 1, async () => undefined)
    expect(event?.type).toBe('DELETED')
    const { metadata } = (event as unknown as { object: Unstructured }).object
    expect(metadata.labels).toEqual({ watched: 'three' })
    expect(metadata.resourceVersion).toBe((changed['metadata'] as { resourceVersion: string }).resourceVersion)
  })

  it('gives a deleted object the revision of its deletion', async () => {
    const created = await create('goner', 'four')
    const from = (created['metadata'] as { resourceVersion: string }).resourceVersion
    await remove('goner')
    const [event] = await take({ resourceVersion: from, labelSelector: 'watched=four' }, 1, async () => undefined)
    const { metadata } = (event as unknown as { object: Unstructured }).object
    expect(Number(metadata.resourceVersion)).toBeGreaterThan(Number(from))
  })

  it('says nothing about a write that changes nothing (trap 6)', async () => {
    await create('same', 'five')
    const from = await revision()
    await label('same', 'five')
    const events = await take({ resourceVersion: from, labelSelector: 'watched=five' }, 1, () => create('end', 'five'))
    expect(brief(events)).toEqual([['ADDED', 'end']])
  })

  it('marks the end of the initial events with a bookmark (trap 2)', async () => {
    await create('initial', 'six')
    const query = {
      labelSelector: 'watched=six',
      sendInitialEvents: true,
      resourceVersionMatch: 'NotOlderThan',
      allowWatchBookmarks: true,
    }
    const events = await take(query, 3, async () => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      await create('later', 'six')
    })
    expect(brief(events)).toEqual([
      ['ADDED', 'initial'],
      ['BOOKMARK', 'true'],
      ['ADDED', 'later'],
    ])
  })

  it('refuses sendInitialEvents without its partner', async () => {
    const watch = server.connection.watch(
      { verb: 'watch', ...configMaps, query: { sendInitialEvents: true } },
      AbortSignal.timeout(5000),
    )
    await expect(watch[Symbol.asyncIterator]().next()).rejects.toThrow(
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    )
  })

  it('does not tell one namespace about another', async () => {
    const from = await revision()
    const elsewhere = { ...configMaps, namespace: 'other' }
    const events = await take({ resourceVersion: from, labelSelector: 'watched=seven' }, 1, async () => {
      await ok(server.connection, { verb: 'create', ...elsewhere, body: labelled('outside', 'seven') })
      await create('inside', 'seven')
    })
    expect(brief(events)).toEqual([['ADDED', 'inside']])
  })

  it('ends cleanly at its timeout, with a bookmark for those who asked', async () => {
    const events: WatchEvent[] = []
    const query = { timeoutSeconds: 1, allowWatchBookmarks: true, labelSelector: 'watched=nothing' }
    for await (const batch of server.connection.watch(
      { verb: 'watch', ...configMaps, query },
      AbortSignal.timeout(10_000),
    )) {
      events.push(...batch)
    }
    expect(brief(events)).toEqual([['BOOKMARK', 'false']])
  })

  it('answers 410 for a revision before the plane began', async () => {
    const watch = server.connection.watch(
      { verb: 'watch', ...configMaps, query: { resourceVersion: '1' } },
      AbortSignal.timeout(5000),
    )
    const first = await watch[Symbol.asyncIterator]()
      .next()
      .catch((error: unknown) => error)
    // The history reaches back to the opening of the plane; before that there is nothing to tell from.
    if (first instanceof ApiError) expect(first.status).toMatchObject({ code: 410, reason: 'Expired' })
    else expect(first).toMatchObject({ done: false })
  })

  it('shows all watchers the same events, as the same objects', async () => {
    const from = await revision()
    const query = { resourceVersion: from, labelSelector: 'watched=eight' }
    const [left, right] = await Promise.all([
      take(query, 2, async () => undefined),
      take(query, 2, async () => {
        await create('x', 'eight')
        await create('y', 'eight')
      }),
    ])
    expect(left.map((event) => 'object' in event && event.object)).toEqual(
      right.map((event) => 'object' in event && event.object),
    )
    expect((left[0] as { object: object }).object).toBe((right[0] as { object: object }).object)
  })
})
